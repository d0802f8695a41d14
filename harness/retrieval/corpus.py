"""A corpus read and cut into chunks: one for each Markdown heading, or for each paragraph of plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from harness.retrieval.chunk import Chunk
from harness.suite import find_files, read_corpus

_MARKDOWN = (".md", ".markdown")
_HEADING = re.compile(r" {0,3}#{1,6}(?:[ \t]+(.*?))??(?:[ \t]+#+)?[ \t]*$")
_FENCE = re.compile(r" {0,3}(```+|~~~+)")


def load_corpus(patterns: str | Sequence[str], folder: str | Path) -> Mapping[str, str]:
    """Read a corpus: text by file name, in the order its files are found.

    Args:
        patterns: Paths, globs or fsspec URLs, as ``retrieval: {corpus: ...}`` gives them.
        folder: The suite's folder, where relative paths start.

    Raises:
        SuiteError: A pattern matches nothing, two files have one name, or a file is not UTF-8.
    """
    return read_corpus(find_files(patterns, Path(folder)))


def chunk_corpus(files: Mapping[str, str]) -> tuple[Chunk, ...]:
    """Cut a corpus into chunks.

    A Markdown file gives a chunk for each heading of any depth: the heading's words, a line feed, and the text up to
    the next heading. Its id is ``<file name>#<slug>``; text ahead of the first heading is ``#top``, a slug seen before
    in the file gets ``-2``, ``-3``, and a heading with nothing under it gives no chunk. Other files give a chunk for
    each paragraph: ``#p1``, ``#p2`` and so on.

    Args:
        files: Text by file name.
    """
    chunks: list[Chunk] = []
    for name, text in files.items():
        cut = _sections if PurePosixPath(name).suffix.lower() in _MARKDOWN else _paragraphs
        chunks.extend(cut(name, text.replace("\r\n", "\n")))
    return tuple(chunks)


def slug(heading: str) -> str:
    """Return a heading as it stands in a chunk's id: lower case, every run of other characters a hyphen."""
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-") or "section"


def _sections(name: str, text: str) -> Iterator[Chunk]:
    used: set[str] = set()
    for heading, body in _split_at_headings(text):
        wanted = "top" if heading is None else slug(heading)
        if not body and heading is None:
            continue
        unique, count = wanted, 1
        while unique in used:
            count += 1
            unique = f"{wanted}-{count}"
        used.add(unique)
        if body:
            yield Chunk(f"{name}#{unique}", body if heading is None else f"{heading}\n{body}")


def _split_at_headings(text: str) -> Iterator[tuple[str | None, str]]:
    heading: str | None = None
    body: list[str] = []
    fence = ""
    for line in text.split("\n"):
        if fence:
            if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif opened := _FENCE.match(line):
            fence = opened[1]
        elif found := _HEADING.match(line):
            yield heading, "\n".join(body).strip()
            heading, body = (found[1] or "").strip(), []
            continue
        body.append(line)
    yield heading, "\n".join(body).strip()


def _paragraphs(name: str, text: str) -> Iterator[Chunk]:
    paragraphs = (paragraph.strip() for paragraph in re.split(r"\n[ \t]*\n", text))
    for number, paragraph in enumerate((p for p in paragraphs if p), 1):
        yield Chunk(f"{name}#p{number}", paragraph)
