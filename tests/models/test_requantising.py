from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.errors import ModelError
from harness.models.requantising import requantise

gguf = pytest.importorskip("gguf")


@pytest.fixture
def four_bits(tmp_path: Path) -> Path:
    """A file as llama.cpp reads them: a matrix in 4 bits, a vector, numbers, text and a list."""
    path = tmp_path / "four.gguf"
    kind = gguf.GGMLQuantizationType.Q4_1
    matrix = np.random.default_rng(5).normal(size=(96, 64)).astype(np.float32)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(2048)
    writer.add_file_type(3)
    writer.add_token_list(["<s>", "a", "\u00e9"])
    writer.add_token_scores([0.0, -1.5, 2.5])
    writer.add_tensor("blk.0.attn_q.weight", gguf.quants.quantize(matrix, kind), raw_dtype=kind)
    writer.add_tensor("blk.0.attn_norm.weight", np.linspace(0, 1, 64, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def numbers(tensor):
    return gguf.quants.dequantize(tensor.data, tensor.tensor_type)


def test_the_numbers_stay_within_half_a_step_and_the_rest_stays_as_it_is(four_bits: Path, tmp_path: Path) -> None:
    target = tmp_path / "eight.gguf"
    requantise(four_bits, target, "Q8_0")
    before, after = gguf.GGUFReader(four_bits), gguf.GGUFReader(target)
    said = {k: f.contents() for k, f in before.fields.items() if not k.startswith("GGUF.")}
    now = {k: f.contents() for k, f in after.fields.items() if not k.startswith("GGUF.")}
    assert now == said | {"general.file_type": 7}
    new = {t.name: t for t in after.tensors}
    matrix, vector = new["blk.0.attn_q.weight"], new["blk.0.attn_norm.weight"]
    old = {t.name: t for t in before.tensors}
    assert matrix.tensor_type == gguf.GGMLQuantizationType.Q8_0
    blocks = numbers(old["blk.0.attn_q.weight"]).reshape(-1, 32)
    step = np.abs(blocks).max(axis=1, keepdims=True) / 127
    assert np.all(np.abs(numbers(matrix).reshape(-1, 32) - blocks) <= 0.51 * step + 1e-3 * np.abs(blocks))
    np.testing.assert_array_equal(numbers(vector), numbers(old["blk.0.attn_norm.weight"]))


def test_the_same_file_gives_the_same_bytes(four_bits: Path, tmp_path: Path) -> None:
    for name in ("one.gguf", "two.gguf"):
        requantise(four_bits, tmp_path / name, "Q8_0")
    assert (tmp_path / "one.gguf").read_bytes() == (tmp_path / "two.gguf").read_bytes()


def test_a_file_that_is_no_gguf_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "bad.gguf").write_bytes(b"no such thing" * 10)
    with pytest.raises(ModelError, match=r"bad\.gguf cannot be rewritten in Q8_0"):
        requantise(tmp_path / "bad.gguf", tmp_path / "eight.gguf", "Q8_0")
    assert [each.name for each in tmp_path.iterdir()] == ["bad.gguf"]
