"""The page and the pictures about planning and memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Figures = Mapping[str, Any]

BEGIN, END = "<!-- calls a second: begin -->", "<!-- calls a second: end -->"
"""What stands between these in docs/performance.md is not this page's: it is kept as it is."""

HEAD = """\
# How fast, and how much memory

`nox -s performance` measures planning and memory and writes this page, on {machine}. Every suite has
{fixtures:,} fixtures of about 200 tokens, of which a case asks about the first so many, with four variants, and repeats where
that is not enough. Each case runs in a process of its own; memory is the most that process ever had (`VmHWM`), its {loaded} of
Python, packages and loaded fixtures included. Seconds are by the clock, those in brackets by the processors: where the load
average ({busiest:.0f} at most here) is above the number of cores, the clock counts the waiting for other programs too.

{begin}
{calls}
{end}

## Planning

A plan is rendered and hashed some fixtures at a time and goes straight into a DuckDB table that spills to disk. The anti-join
with the answers of all earlier runs happens there, in Parquet and journals where they lie; what is known is copied into the new
run by DuckDB and never becomes a Python object. Here a store knows every answer.

{plan}

![Seconds of planning by requests planned](performance-planning.svg)

*Name* renders and hashes, *look up* finds the newest usable answer of every request, *settle* works out what is left to ask,
and *copy* writes the known answers into the new run, in order.

## Memory

{run}

![Peak memory by requests](performance-memory.svg)

In the first table answers come from files, which are held while they are looked up; in the second over real HTTP, from a server
on the same machine that answers at once. A run holds the suite, its DuckDB connection (128 MiB, more where a query cannot do with
that) and what is in flight. Of what is planned it holds one byte a request.
"""

WHOLE = """\
## All of `harness run`

Measuring reads the responses of a run a few at a time and writes the scores as it goes; verdicts read the scores back into
arrays. The HTML report goes through the responses once and keeps what it may show in a temporary file.

"""


def text(found: Sequence[Figures], calls: str) -> str:
    """The page."""
    by_case = {name: [f for f in found if f["case"] == name] for name in ("plan", "run", "http", "whole")}
    page = HEAD.format(
        machine=found[0]["machine"],
        fixtures=found[0]["fixtures"],
        busiest=max(f["load"] for f in found),
        loaded=memory(by_case["plan"][0]["loaded"]) if by_case["plan"] else "share",
        begin=BEGIN,
        calls=calls.strip("\n"),
        end=END,
        plan="\n".join(plan_table(by_case["plan"])),
        run="\n\n".join("\n".join(run_table(by_case[name], word)) for name, word in (("run", "files"), ("http", "HTTP"))),
    )
    if by_case["whole"]:
        page += "\n" + WHOLE + "\n".join(whole_table(by_case["whole"])) + "\n"
    return page


def kept(page: str) -> str:
    """What an earlier page says between the marks."""
    return page.partition(BEGIN)[2].partition(END)[0] if BEGIN in page else ""


def plan_table(found: Iterable[Figures]) -> Iterable[str]:
    """Steps of planning by size."""
    yield "| requests planned and known | name | look up | settle | planned in all | copy | peak memory | with the copy |"
    yield "|---|---|---|---|---|---|---|---|"
    for f in found:
        steps = [seconds(f, step) for step in ("name", "look_up", "settle")]
        wall, cpu = planning(f), sum(f[f"{step}_cpu"] for step in ("name", "look_up", "settle"))
        yield (
            f"| {f['requests']:,} | {' | '.join(steps)} | **{wall:.1f} s** ({cpu:.1f} s) | {seconds(f, 'copy')} | "
            f"{memory(f['peak'])} | {memory(f['peak_copied'])} |"
        )


def run_table(found: Iterable[Figures], source: str) -> Iterable[str]:
    """Runs by size."""
    yield f"| answered from {source} | seconds | peak memory |"
    yield "|---|---|---|"
    for f in found:
        yield f"| {f['requests']:,} | {seconds(f, 'run')} | {memory(f['peak'])} |"


def whole_table(found: Iterable[Figures]) -> Iterable[str]:
    """Whole runs by size."""
    yield "| requests | asked, measured and judged | peak memory | report | with the report |"
    yield "|---|---|---|---|---|"
    for f in found:
        cells = [seconds(f, "run"), memory(f["peak"]), seconds(f, "report"), memory(f["peak_reported"])]
        yield f"| {f['requests']:,} | {' | '.join(cells)} |"


def planning(f: Figures) -> float:
    """Seconds of planning, without the copy."""
    return float(sum(f[step] for step in ("name", "look_up", "settle")))


def seconds(f: Figures, step: str) -> str:
    """A step's seconds by the clock and by the processors."""
    return f"{f[step]:.1f} s ({f[f'{step}_cpu']:.1f} s)"


def memory(amount: float) -> str:
    """Bytes in megabytes."""
    return f"{amount / 1e6:.0f} MB"


def pictures(found: Sequence[Figures]) -> dict[str, Any]:
    """Growth by requests, two Altair charts by their file's name."""
    plans = [f for f in found if f["case"] == "plan"]
    times = [
        {"requests": f["requests"], "seconds": value, "what": what}
        for f in plans
        for what, value in (
            ("planned, by the clock", planning(f)),
            ("planned, by the processors", sum(f[f"{step}_cpu"] for step in ("name", "look_up", "settle"))),
            ("copied, by the processors", f["copy_cpu"]),
        )
    ]
    words = {"run": "answered from files", "http": "answered over HTTP", "whole": "measured and judged too"}
    peaks = [{"requests": f["requests"], "MB": f["peak"] / 1e6, "what": "planned"} for f in plans]
    peaks += [{"requests": f["requests"], "MB": f["peak"] / 1e6, "what": words[f["case"]]} for f in found if f["case"] in words]
    return {"performance-planning.svg": _lines(times, "seconds", "log"), "performance-memory.svg": _lines(peaks, "MB", "linear")}


def _lines(rows: Sequence[Mapping[str, Any]], measured: str, scale: str) -> Any:
    import altair as alt
    import pandas as pd

    colours = alt.Scale(range=["#2a6fbb", "#c8372d", "#7a8794", "#3a9a5b"])
    base = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X("requests:Q", scale=alt.Scale(type="log"), title="requests", axis=alt.Axis(format="~s")),
        y=alt.Y(f"{measured}:Q", scale=alt.Scale(type=scale), title=measured),
        color=alt.Color("what:N", scale=colours, title=None, sort=list(dict.fromkeys(row["what"] for row in rows))),
    )
    chart = (base.mark_line() + base.mark_circle(size=40, opacity=1)).properties(width=520, height=240)
    return chart.configure_legend(orient="top").configure_view(stroke="#ddd").configure(font="sans-serif")
