// Every fixture: listed, filtered, opened on demand and found by its address.
const explore = async () => {
  const AT_ONCE = 50, MANY = 400;
  const explorer = document.getElementById("explorer");
  const form = explorer.querySelector("form"), field = form.elements, told = explorer.querySelector("output");
  const list = document.getElementById("fixture-rows"), head = explorer.querySelector(".head"), linked = document.getElementById("linked");
  const leaves = explorer.querySelector(".leaves"), leaf = leaves.querySelector("span");

  document.getElementById("unscripted").hidden = true;
  if (!("DecompressionStream" in window)) {
    explorer.before(make("p", "warning", "This browser cannot unpack what is in this file. A newer one can."));
    return;
  }
  const all = await unpack("contents");
  const count = all.ids.length, variants = all.variants, metrics = all.metrics;
  const columns = new Map();
  const valuesOf = (number) => {
    if (!columns.has(number)) {
      columns.set(number, unpack("values-" + number).then((found) =>
        found.codes.map((codes) => Float64Array.from(codes, (code) => (code < 0 ? NaN : found.levels[code])))));
    }
    return columns.get(number);
  };

  const anchorOf = (row) => all.anchors[row] || "fixture-" + all.ids[row];
  const opened = opening(all, valuesOf, anchorOf);

  // The form.
  const offer = (select, options, chosen) => {
    for (const [value, text] of options) select.append(new Option(text, value, false, String(value) === String(chosen)));
  };
  const named = variants.map((name, number) => [number, name]);
  const slices = [...new Set([...all.slices, ...all.tags.names.map((name) => "tag:" + name)])];
  if (all.groups.names.length <= MANY) slices.push(...all.groups.names.map((name) => "group:" + name).filter((name) => !all.slices.includes(name)));
  offer(field.slice, [["", "any"], ...slices.map((name) => [name, name])], "");
  offer(field.outcome, [["", "any"], ...all.outcomes.concat("not asked", "not answered").map((word) => [word, word])], "");
  offer(field.metric, metrics.map((metric, number) => [number, metric.name]), 0);
  offer(field.variant, named, Math.max(all.candidate, 0));
  offer(field.against, [["", "none"], ...named], all.baseline < 0 ? "" : all.baseline);
  offer(field.flip, [["", "any"], ...Object.entries(FLIPS)], "");
  offer(field.order, [["", "as in the suite"], ["loss", "largest loss first"], ["gain", "largest gain first"], ["low", "lowest value first"], ["high", "highest value first"]], "");
  const defaults = new URLSearchParams(new FormData(form));
  for (const select of form.querySelectorAll("select")) for (const option of select.options) option.defaultSelected = option.selected;

  // Filtering.
  const inSlice = (name) => {
    const at = name.indexOf(":"), coded = name.slice(0, at) === "group" ? all.groups : all.tags;
    const number = coded.names.indexOf(name.slice(at + 1));
    return (row) => coded.of[row].includes(number);
  };
  const hadOutcome = (word) => {
    const some = (test) => (row) => variants.some((_, variant) => test(parseInt(all.outcome[variant][row], 16)));
    if (word === "not asked") return some((bits) => bits === 0);
    if (word === "not answered") return some((bits) => (bits & ~1) !== 0 || bits === 0);
    const bit = 1 << all.outcomes.indexOf(word);
    return some((bits) => (bits & bit) !== 0);
  };
  const rowsOf = [];
  all.place.block.forEach((block, row) => { if (block >= 0) (rowsOf[block] = rowsOf[block] || [])[all.place.at[row]] = row; });
  const holds = (record, wanted) =>
    [record.asked, record.expected, ...record.answers].some((part) => part && part.text.toLowerCase().includes(wanted));
  let turn = 0, searched = "", hits = null, shown = [], page = 0, metric = metrics[0], columnsNow = null;

  const search = async (wanted, mine) => {
    const found = new Set();
    for (let row = 0; row < count; row++) {
      const names = [all.ids[row], ...all.tags.of[row].map((n) => all.tags.names[n]), ...all.groups.of[row].map((n) => all.groups.names[n])];
      if (names.some((name) => name.toLowerCase().includes(wanted))) found.add(row);
    }
    hits = found;
    await select(mine, "searching the answers");
    for (let block = 0; block < rowsOf.length; block++) {
      const records = await (rowsOf.length > KEPT ? unpack : unpacked)("text-" + block);
      if (mine !== turn) return;
      records.forEach((record, at) => { if (holds(record, wanted)) found.add(rowsOf[block][at]); });
    }
    searched = wanted;
    await select(mine, "");
  };
  const select = async (mine, busy) => {
    const said = Object.fromEntries(new FormData(form)), tests = [];
    metric = metrics[Number(said.metric)] || null;
    columnsNow = metric ? await valuesOf(Number(said.metric)) : variants.map(() => new Float64Array(count).fill(NaN));
    if (mine !== turn) return;
    const ours = columnsNow[Number(said.variant)] || new Float64Array(count).fill(NaN), theirs = said.against === "" ? null : columnsNow[Number(said.against)];
    const flip = (row) => (metric && theirs ? flipOf(ours[row], theirs[row], metric) : "unknown");
    for (const unit of form.querySelectorAll(".unit")) unit.textContent = metric ? { share: "(%)", seconds: "(s)", USD: "(USD)" }[metric.unit] || "" : "";
    const scale = metric && metric.unit === "share" ? 100 : 1, slack = 1e-9 * scale;
    if (hits) tests.push((row) => hits.has(row));
    if (said.slice) tests.push(inSlice(said.slice));
    if (said.outcome) tests.push(hadOutcome(said.outcome));
    if (said.flip) tests.push((row) => Boolean(metric && theirs) && isFlip(said.flip, ours[row], theirs[row], metric));
    if (said.low !== "") tests.push((row) => ours[row] * scale >= Number(said.low) - slack);
    if (said.high !== "") tests.push((row) => ours[row] * scale <= Number(said.high) + slack);
    shown = [];
    for (let row = 0; row < count; row++) if (tests.every((test) => test(row))) shown.push(row);
    const better = metric ? metric.better || 1 : 1, lift = (row) => (theirs ? (ours[row] - theirs[row]) * better : NaN);
    const keys = { loss: lift, gain: (row) => -lift(row), low: (row) => ours[row], high: (row) => -ours[row] }[said.order];
    if (keys) {
      const key = new Map(shown.map((row) => [row, keys(row)]));
      const last = (row) => (Number.isNaN(key.get(row)) ? Infinity : key.get(row));
      shown.sort((one, other) => (last(one) === last(other) ? one - other : last(one) - last(other)));
    }
    page = 0;
    told.textContent = shown.length.toLocaleString("en") + " of " + count.toLocaleString("en") + " fixtures" + (busy ? ", " + busy : "");
    draw(flip);
  };
  const apply = () => {
    const mine = ++turn, wanted = field.text.value.trim().toLowerCase();
    if (wanted && wanted !== searched) return search(wanted, mine);
    if (!wanted) [hits, searched] = [null, ""];
    return select(mine, "");
  };

  // Drawing the list, some lines at a time.
  let flipNow = () => "unknown";
  const draw = (flip) => {
    flipNow = flip || flipNow;
    head.replaceChildren(make("span", "id", "fixture"), ...variants.map((name) => make("span", "val", name)));
    list.replaceChildren(...shown.slice(page * AT_ONCE, (page + 1) * AT_ONCE).map(lineOf));
    if (!shown.length) list.append(make("p", "quiet none", "No fixture is like that."));
    leaves.hidden = shown.length <= AT_ONCE;
    const last = Math.min((page + 1) * AT_ONCE, shown.length);
    leaf.textContent = (page * AT_ONCE + 1).toLocaleString("en") + " to " + last.toLocaleString("en");
    const [earlier, later] = leaves.querySelectorAll("button");
    earlier.disabled = page === 0;
    later.disabled = last >= shown.length;
  };
  const lineOf = (row) => {
    const small = make("small", "", all.tags.of[row].map((n) => all.tags.names[n]).join(", "));
    const flip = flipNow(row), id = make("span", "id", all.ids[row]);
    if (flip === "lost" || flip === "won") id.append(" ", make("span", "turned " + flip, FLIPS[flip].split(":")[0]));
    id.append(small);
    const summary = make("summary", "line", id);
    variants.forEach((name, variant) => {
      const [text, kind] = inCell(columnsNow[variant][row], metric ? metric.unit : "");
      summary.append(make("span", "val " + kind, make("span", "who", name + " "), text));
    });
    const box = make("details", "", summary);
    box.dataset.row = row;
    box.addEventListener("toggle", () => {
      if (!box.open || box.childElementCount > 1) return;
      const more = make("div", "more", make("p", "quiet", "Unpacking."));
      box.append(more);
      opened(row).then((parts) => {
        more.replaceChildren(...parts);
        for (const text of more.querySelectorAll("pre")) if (text.scrollHeight > text.clientHeight) text.tabIndex = 0;
      });
    });
    return box;
  };

  // Addresses: #fixture-<id> opens one fixture, whatever is filtered; #fixtures:flip=lost and the like set the form.
  const rowsByAnchor = new Map();
  for (let row = 0; row < count; row++) rowsByAnchor.set(anchorOf(row), row);
  const pin = (row, anchor) => {
    const close = make("button", "", "Close");
    close.type = "button";
    close.addEventListener("click", () => { linked.replaceChildren(); form.querySelector("input").focus(); });
    const box = lineOf(row);
    box.id = "every-" + anchor;
    box.open = true;
    linked.replaceChildren(make("p", "quiet", "The fixture this address names ", close), box);
    linked.scrollIntoView();
    box.querySelector("summary").focus({ preventScroll: true });
  };
  const follow = async () => {
    const address = location.hash.slice(1);
    if (address.startsWith("fixtures:")) {
      form.reset();
      for (const [name, value] of new URLSearchParams(address.slice(9))) {
        if (!defaults.has(name)) continue;
        const wanted = ["variant", "against"].includes(name) && value ? String(variants.indexOf(value)) : value, select = field[name];
        if (!select.options || [...select.options].some((option) => option.value === wanted)) select.value = wanted;
      }
      await apply();
      document.getElementById("fixtures").scrollIntoView();
      return;
    }
    if (!/^(every-)?fixture-/.test(address) || document.querySelector("[id='" + CSS.escape(address) + "'].flip")) return;
    let row = rowsByAnchor.get(address.replace(/^every-/, ""));
    if (row === undefined) {
      try { row = rowsByAnchor.get("fixture-" + encodeURIComponent(decodeURIComponent(address.replace(/^(every-)?fixture-/, "")))); } catch (error) { row = undefined; }
    }
    if (row !== undefined) pin(row, anchorOf(row));
    else {
      linked.replaceChildren(make("p", "warning", "The fixture this address names is not in this report."));
      linked.scrollIntoView();
    }
  };
  const remember = () => {
    const said = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (value !== defaults.get(name)) said.set(name, name === "variant" || (name === "against" && value) ? variants[value] : value);
    }
    try { history.replaceState(null, "", said.size ? "#fixtures:" + said : "#fixtures"); } catch (error) { /* an address that may not be set is left */ }
  };
  let wait = 0;
  form.addEventListener("input", (event) => {
    clearTimeout(wait);
    wait = setTimeout(() => { apply(); remember(); }, event.target.type === "search" ? 250 : 0);
  });
  form.addEventListener("reset", () => setTimeout(() => { apply(); remember(); }));
  form.addEventListener("submit", (event) => event.preventDefault());
  leaves.addEventListener("click", (event) => {
    if (!event.target.dataset.turn) return;
    page += Number(event.target.dataset.turn);
    draw();
    list.scrollIntoView();
  });
  for (const card of document.querySelectorAll(".flip[id]")) {
    const link = make("a", "quiet", "every variant and metric");
    link.href = "#every-" + card.id;
    card.querySelector("header").append(link);
  }
  explorer.hidden = false;
  await apply();
  addEventListener("hashchange", follow);
  await follow();
  explorer.dataset.ready = "yes";
};
document.addEventListener("DOMContentLoaded", explore);
