"""How a corpus becomes chunks, and what each chunk is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import SuiteError
from harness.retrieval import Chunk, chunk_corpus, load_corpus

CATALOGUE = """\
Prices in euros.

# Catalogue

## Blue Widget (large)
Costs 10.

### Care & cleaning ##
Wash it.

```sh
# not a heading
```

## Blue widget, large!
Costs 20.

#hashtag
##
Nameless.
"""


def test_every_heading_with_text_under_it_is_a_chunk() -> None:
    assert chunk_corpus({"a.md": CATALOGUE}) == (
        Chunk("a.md#top", "Prices in euros."),
        Chunk("a.md#blue-widget-large", "Blue Widget (large)\nCosts 10."),
        Chunk("a.md#care-cleaning", "Care & cleaning\nWash it.\n\n```sh\n# not a heading\n```"),
        Chunk("a.md#blue-widget-large-2", "Blue widget, large!\nCosts 20.\n\n#hashtag"),
        Chunk("a.md#section", "\nNameless."),
    )


def test_a_slug_is_never_given_twice() -> None:
    text = "".join(f"# {heading}\nx\n" for heading in ("A", "A 2", "a", "A!"))
    assert [chunk.id for chunk in chunk_corpus({"f.md": text})] == ["f.md#a", "f.md#a-2", "f.md#a-3", "f.md#a-4"]
    assert [chunk.id for chunk in chunk_corpus({"f.md": "x\n# Top\ny"})] == ["f.md#top", "f.md#top-2"]


def test_plain_text_is_cut_at_blank_lines() -> None:
    assert chunk_corpus({"a.txt": "\r\none\r\ntwo\r\n \t\r\n\r\n# three\r\n"}) == (
        Chunk("a.txt#p1", "one\ntwo"),
        Chunk("a.txt#p2", "# three"),
    )
    assert chunk_corpus({"empty.txt": "", "empty.md": ""}) == ()


def test_files_are_read_by_name_from_every_pattern(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "b.md").write_bytes(b"\xef\xbb\xbf# B\r\nx")
    (tmp_path / "a.md").write_text("# A")
    (tmp_path / "deep" / "c.txt").write_text("c")
    assert load_corpus(["*.md", "**/*.txt", "a.md"], tmp_path) == {"a.md": "# A", "b.md": "# B\nx", "c.txt": "c"}


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for folder in (tmp_path, tmp_path / "deep"):
        (folder / "a.md").write_text("# A\nx")
    with pytest.raises(SuiteError, match=r"two files of the corpus are called a\.md"):
        load_corpus("**/*.md", tmp_path)
    with pytest.raises(SuiteError, match=r"no file matches \*\.rst"):
        load_corpus("*.rst", tmp_path)
