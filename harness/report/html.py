"""The HTML page: one file that asks the network for nothing and runs no script but its own."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.report.beside import NOTHING, Beside
from harness.report.evidence import PAGE_SIZE
from harness.report.hostile import visible
from harness.report.page import page
from harness.store import Run
from harness.verdicts import Judgement

if TYPE_CHECKING:
    from jinja2 import Environment

_STYLES = ("report.css", "pictures.css", "evidence.css")
_SCRIPTS = ("report.js", "elements.js", "packed.js", "marking.js", "opened.js", "explorer.js")


def render_html(run: Run, judgement: Judgement, *, size: int = PAGE_SIZE, beside: Beside = NOTHING) -> str:
    """Render a judged run as one self-contained HTML page.

    Nothing in it depends on the clock or on chance: two renders of one run are byte-identical. Everything that comes
    from the run is escaped, capped in size and shown with its hiding characters visible; the page's own style and
    script are allowed by their hashes alone.

    Args:
        run: The run.
        judgement: Its judgement.
        size: Bytes the page may have, about: what does not fit is left out, and the page says what and where it is.
        beside: What is known that is in neither: prompts, data checks, the noise floor, nights.
    """
    return "".join(_pieces(run, judgement, size, beside))


def write_html(run: Run, judgement: Judgement, path: str | Path, *, size: int = PAGE_SIZE, beside: Beside = NOTHING) -> Path:
    """Render a judged run and write the page to ``path``, making its folder; a reader never meets half a page.

    Returns:
        The path written.

    Raises:
        OSError: When the place cannot be written.
    """
    return write_page(_pieces(run, judgement, size, beside), path)


def _pieces(run: Run, judgement: Judgement, size: int, beside: Beside) -> Iterator[str]:
    """The page as it is rendered, piece by piece."""
    environment = templates()
    style, script = sources(environment, *_STYLES), sources(environment, *_SCRIPTS)
    template = environment.get_template("page.html.j2")
    return template.generate(page=page(run, judgement, size, beside), style=style, script=script, policy=policy(style, script))


def write_page(text: str | Iterable[str], path: str | Path) -> Path:
    """Write a file whole or not at all, making its folder; the text may come in pieces.

    Raises:
        OSError: When the place cannot be written.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with unfinished.open("w", encoding="utf-8", newline="\n", errors="replace") as file:
            file.writelines([text] if isinstance(text, str) else text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return target


@lru_cache(maxsize=1)
def templates() -> Environment:
    """The template engine: everything escaped, everything hiding made visible."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("harness.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _finalized(value: Any) -> Any:
    """Make hiding characters visible in everything a template writes, except in markup of our own."""
    return value if hasattr(value, "__html__") else visible(str(value))


def source(environment: Environment, name: str) -> Any:
    """The text of a file among the templates, as markup of our own."""
    from markupsafe import Markup

    assert environment.loader is not None
    return Markup(environment.loader.get_source(environment, name)[0])


def sources(environment: Environment, *names: str) -> Any:
    """The texts of some files among the templates, one after the other."""
    from markupsafe import Markup

    return Markup("").join(source(environment, name) for name in names)


def policy(style: str, script: str) -> str:
    """The page's content security policy: its own style and script, by their hashes, and nothing else.

    Trusted types are asked for and none is named, so that no script can make markup of a text at all.
    """
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
