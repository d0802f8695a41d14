// What is packed into this file: base64, deflate, JSON. A few blocks are kept unpacked.
const KEPT = 48;
const unpack = async (name) => {
  const raw = atob(document.getElementById("packed-" + name).textContent), bytes = new Uint8Array(raw.length);
  for (let at = 0; at < raw.length; at++) bytes[at] = raw.charCodeAt(at);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
};
const kept = new Map();
const unpacked = (name) => {
  const found = kept.get(name) || unpack(name);
  kept.delete(name);
  kept.set(name, found);
  if (kept.size > KEPT) kept.delete(kept.keys().next().value);
  return found;
};
