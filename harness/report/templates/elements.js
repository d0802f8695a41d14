// Elements, and words for values. What a run says is only ever set as text, never read as markup.
const make = (tag, kind, ...inside) => {
  const made = document.createElement(tag);
  if (kind) made.className = kind;
  made.append(...inside);
  return made;
};

const NONE = "\u2013";
const digits = (value, most) => value.toLocaleString("en", { maximumFractionDigits: most, useGrouping: true });
const significant = (value, most) => Number(value.toPrecision(most)).toLocaleString("en", { maximumSignificantDigits: most });
const written = (value, unit) => {
  if (Number.isNaN(value)) return NONE;
  if (unit === "share") return digits(100 * value, 1) + " %";
  if (unit === "seconds") return significant(value, 3) + " s";
  if (unit === "USD") return "USD " + significant(value, 3);
  return significant(value, 4);
};
const inCell = (value, unit) => {
  if (Number.isNaN(value)) return [NONE, "off"];
  if (unit !== "share") return [written(value, unit), "some"];
  if (value === 1) return ["\u2713 100", "full"];
  return value === 0 ? ["\u2715 0", "zero"] : [digits(100 * value, 0), "some"];
};
const FLIPS = {
  lost: "\u25bc lost: worse", won: "\u25b2 won: better", "right-wrong": "lost from right to wrong", "wrong-right": "won from wrong to right",
  "both-right": "both right", "both-wrong": "both wrong", equal: "equal", unknown: "not both measured",
};
const flipOf = (ours, theirs, metric) => {
  if (Number.isNaN(ours) || Number.isNaN(theirs)) return "unknown";
  if (ours === theirs) return "equal";
  return metric.better ? ((ours > theirs) === (metric.better > 0) ? "won" : "lost") : "";
};
const isFlip = (wanted, ours, theirs, metric) => {
  const parts = wanted.split("-");
  if (parts.length < 2) return flipOf(ours, theirs, metric) === wanted;
  if (metric.best === null || Number.isNaN(ours) || Number.isNaN(theirs)) return false;
  const [over, own] = parts[0] === "both" ? [parts[1], parts[1]] : parts;
  return (theirs === metric.best) === (over === "right") && (ours === metric.best) === (own === "right");
};
