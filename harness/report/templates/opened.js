// One fixture, opened: the question, the expected answer beside every other, what was retrieved, every metric.
const opening = (all, valuesOf, anchorOf) => {
  const { variants, metrics } = all;
  const outcomeWords = (row, variant) => {
    const bits = parseInt(all.outcome[variant][row], 16);
    return all.outcomes.filter((_, place) => bits & (1 << place)).join(", ") || "not asked";
  };
  const textOf = (part) => [make("pre", "text", part.text), ...(part.left ? [make("p", "rest", part.left)] : [])];
  const titled = (title, note, ...inside) => make("div", "side", make("h4", "", title, " ", make("small", "", note)), ...inside);
  const whoOf = (who, repeated) => who.map(([variant, repeat]) => variants[variant] + (repeated ? " (repeat " + (repeat + 1) + ")" : "")).join(", ");
  const foldOf = (title, ...inside) => make("details", "fold", make("summary", "", title), ...inside);
  const answerOf = (answer, record) => {
    const title = whoOf(answer.who, record.repeated);
    if (answer.outcome === "failed") return titled(title, "failed", make("pre", "text", make("span", "none", "Failed: " + answer.text)));
    if (!answer.text.trim()) return titled(title, answer.outcome || "", make("pre", "text", make("span", "none", "An empty answer.")));
    const plain = (note) => titled(title, [answer.outcome, note].filter(Boolean).join(", "), ...textOf(answer));
    if (!record.marks || answer.left) return plain("");
    if (answer.text === record.expected.text) return plain("as expected");
    const pieces = compared(record.expected.text, answer.text);
    if (!pieces) return plain("too long to be marked");
    if (!isAlike(pieces)) return plain("little of it as expected");
    const marked = pieces.map(([kind, text]) => (kind === "same" ? make("span", "", text) : make(kind === "gone" ? "del" : "ins", kind, text)));
    return titled(title, answer.outcome || "", make("pre", "text", ...marked));
  };
  const passageOf = async ([number, score, wanted], place) => {
    const block = all.passages.block[number];
    const found = block >= 0 ? (await unpacked("passage-" + block))[all.passages.at[number]] : null;
    const note = "rank " + (place + 1) + (score === null ? "" : ", score " + score) + (wanted ? ", one that a good retriever would find" : "");
    if (!found) return [make("p", "rest", "A chunk of " + note + " found no room in this file.")];
    return [make("h4", "", found.name, " ", make("small", "", note)), ...textOf(found)];
  };
  const tableOf = async (row) => {
    const every = await Promise.all(metrics.map((_, number) => valuesOf(number)));
    const line = (title, cells) => make("tr", "", Object.assign(make("th", "", title), { scope: "row" }), ...cells.map((text) => make("td", "num", text)));
    const top = make("tr", "", make("td"), ...variants.map((name) => Object.assign(make("th", "num", name), { scope: "col" })));
    const body = make("tbody", "", line("outcome", variants.map((_, variant) => outcomeWords(row, variant))));
    metrics.forEach((one, number) => body.append(line(one.name, variants.map((_, variant) => written(every[number][variant][row], one.unit)))));
    const table = make("table", "data compact", make("caption", "", make("span", "", "Every metric on " + all.ids[row] + ", means over repeats")), make("thead", "", top), body);
    const frame = make("div", "scroll", table);
    frame.tabIndex = 0;
    frame.setAttribute("role", "region");
    frame.setAttribute("aria-label", "Every metric on " + all.ids[row]);
    return frame;
  };
  const opened = async (row) => {
    const link = make("a", "", "Link to this fixture");
    link.href = "#" + anchorOf(row);
    const groups = all.groups.of[row].map((n) => all.groups.names[n]);
    const parts = [make("p", "quiet", link, groups.length ? ", of group " + groups[0] : "")];
    const block = all.place.block[row];
    if (block < 0) return [...parts, make("p", "warning", "Its texts found no room in this file; they are in the run folder."), await tableOf(row)];
    const record = (await unpacked("text-" + block))[all.place.at[row]];
    parts.push(make("h4", "", "Asked"), ...textOf(record.asked));
    const sides = make("div", "sides", titled("Expected", "", ...(record.expected ? textOf(record.expected) : [make("pre", "text", make("span", "none", "There is no expected answer."))])));
    sides.append(...record.answers.map((answer) => answerOf(answer, record)));
    parts.push(sides);
    if (record.repeats) parts.push(make("p", "rest", "It was asked " + record.repeats + " times; the answers of later repeats are in the run folder."));
    for (const context of record.context || []) {
      const passages = await Promise.all(context.hits.map(passageOf));
      parts.push(foldOf("Context " + context.who.map((variant) => variants[variant]).join(", ") + (context.who.length > 1 ? " were given" : " was given"), ...passages.flat()));
    }
    if (record.tools) parts.push(foldOf("Tools offered", ...textOf(record.tools)));
    return [...parts, await tableOf(row)];
  };
  return opened;
};
