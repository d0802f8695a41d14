"""A page that says why there is no page."""

from __future__ import annotations

from collections.abc import Sequence

from harness.report.hostile import brief
from harness.report.html import policy, source, templates


def render_message(title: str, lines: Sequence[str]) -> str:
    """Render a title and a few lines, with the way back to the list of runs."""
    environment = templates()
    style = source(environment, "report.css") + source(environment, "runs.css")
    template = environment.get_template("message.html.j2")
    said = tuple(brief(line, 2_000) for line in lines[:50])
    return template.render(title=title, lines=said, style=style, policy=policy(style, ""))
