"""A LoRA adapter in GGUF form, written by hand: random, small, and strong enough to change every answer."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

LAYERS, WIDTH, RANK = 30, 576, 4  # of SmolLM2-135M
_STRING, _FLOAT32 = 8, 6
_ALIGNMENT = 32


def write_lora(path: Path, *, width: int = WIDTH, seed: int = 0) -> Path:
    """Write an adapter of attn_output in every layer; a ``width`` other than the model's makes one that does not fit.

    The layout is https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, version 3.
    """
    rng = np.random.default_rng(seed)
    tensors = {}
    for layer in range(LAYERS):
        for half, shape in (("a", (RANK, width)), ("b", (width, RANK))):
            tensors[f"blk.{layer}.attn_output.weight.lora_{half}"] = rng.normal(0, 0.5, shape).astype("<f4")
    facts = {"general.type": "adapter", "general.architecture": "llama", "adapter.type": "lora", "adapter.lora.alpha": 8.0}

    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(facts))
    for key, value in facts.items():
        head += _string(key)
        head += struct.pack("<I", _STRING) + _string(value) if isinstance(value, str) else struct.pack("<If", _FLOAT32, value)
    body = b""
    for name, tensor in tensors.items():
        rows, columns = tensor.shape
        head += _string(name) + struct.pack("<IQQIQ", 2, columns, rows, 0, len(body))
        body += tensor.tobytes()
        body += b"\0" * (-len(body) % _ALIGNMENT)
    path.write_bytes(head + b"\0" * (-len(head) % _ALIGNMENT) + body)
    return path


def _string(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()
