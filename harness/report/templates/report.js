"use strict";
// Filtering, and opening what an address points into. Everything else works without a script.
for (const form of document.querySelectorAll("form[data-filters]")) {
  const items = Array.from(document.getElementById(form.dataset.filters).children);
  const controls = Array.from(form.querySelectorAll("[data-by]"));
  const keeps = (item, control) => {
    const wanted = control.value;
    if (!wanted) return true;
    if (control.dataset.by === "tag") return JSON.parse(item.dataset.tags).includes(wanted);
    if (control.dataset.by === "text") return item.dataset.text.toLowerCase().includes(wanted.toLowerCase());
    return item.dataset[control.dataset.by] === wanted;
  };
  const apply = () => {
    let shown = 0;
    for (const item of items) {
      item.hidden = !controls.every((control) => keeps(item, control));
      shown += item.hidden ? 0 : 1;
    }
    form.querySelector("output").textContent = shown + " of " + items.length + " shown";
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = items.length < 2;
  apply();
}
const reveal = () => {
  let target = null;
  try {
    target = document.getElementById(location.hash.slice(1));
  } catch (error) {
    return;
  }
  if (!target) return;
  for (let box = target; box; box = box.parentElement) {
    if (box.tagName === "DETAILS") box.open = true;
    if (box.hidden) box.hidden = false;
  }
  target.scrollIntoView();
};
addEventListener("hashchange", reveal);
reveal();
