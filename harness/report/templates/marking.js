// Marking an answer against the expected text: by words, and by characters inside near misses.
const MOST_TOKENS = 1500, NEAR = 0.6, ALIKE = 0.4;
const common = (one, other) => {
  const wide = other.length + 1, table = new Uint16Array((one.length + 1) * wide);
  for (let i = one.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      table[i * wide + j] = one[i] === other[j] ? table[(i + 1) * wide + j + 1] + 1 : Math.max(table[(i + 1) * wide + j], table[i * wide + j + 1]);
    }
  }
  const steps = [];
  const add = (same, lost, given) => {
    const last = steps[steps.length - 1];
    if (last && last[0] === same) { last[1] += lost; last[2] += given; } else steps.push([same, lost, given]);
  };
  let i = 0, j = 0;
  while (i < one.length || j < other.length) {
    if (i < one.length && j < other.length && one[i] === other[j]) add(true, one[i++], other[j++]);
    else if (j >= other.length || (i < one.length && table[(i + 1) * wide + j] >= table[i * wide + j + 1])) add(false, one[i++], "");
    else add(false, "", other[j++]);
  }
  return { steps, length: table[0] };
};
const compared = (expected, given) => {
  const tokens = (text) => text.match(/[\p{L}\p{M}\p{N}_]+|\s+|[^\p{L}\p{M}\p{N}_\s]/gu) || [];
  const theirs = tokens(expected), ours = tokens(given);
  let front = 0, back = 0;
  while (front < theirs.length && front < ours.length && theirs[front] === ours[front]) front++;
  while (back < theirs.length - front && back < ours.length - front && theirs[theirs.length - 1 - back] === ours[ours.length - 1 - back]) back++;
  const middle = [theirs.slice(front, theirs.length - back), ours.slice(front, ours.length - back)];
  if (middle[0].length > MOST_TOKENS || middle[1].length > MOST_TOKENS) return null;
  const pieces = [["same", ours.slice(0, front).join("")]];
  for (const [same, lost, added] of common(...middle).steps) {
    const near = !same && lost && added && lost.length <= 40 && added.length <= 40 ? common(Array.from(lost), Array.from(added)) : null;
    if (same) pieces.push(["same", added]);
    else if (near && (2 * near.length) / (Array.from(lost).length + Array.from(added).length) >= NEAR) {
      for (const [alike, less, more] of near.steps) pieces.push(...(alike ? [["same", more]] : [["gone", less], ["extra", more]]));
    } else pieces.push(["gone", lost], ["extra", added]);
  }
  pieces.push(["same", back ? ours.slice(ours.length - back).join("") : ""]);
  return pieces.filter(([, text]) => text);
};
const isAlike = (pieces) => {
  const length = (...kinds) => pieces.reduce((sum, [kind, text]) => sum + (kinds.includes(kind) ? text.replace(/\s+/g, "").length : 0), 0);
  return length("same") >= ALIKE * length("same", "extra");
};
