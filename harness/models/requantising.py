"""The same weights with another number of bits: 8 bits a number are read faster on a processor than 4."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any, Literal

from harness.errors import Fault, ModelError

Bits = Literal["Q8_0"]
"""A llama.cpp quantisation: blocks of 32 numbers of 8 bits with one scale."""

_FILE_TYPE = {"Q8_0": 7}  # llama.cpp's LLAMA_FTYPE_MOSTLY_Q8_0


def requantise(source: Path, target: Path, bits: Bits) -> None:
    """Write the matrices of a GGUF file anew in ``bits``, with everything else as it is.

    The numbers stay those of ``source`` to within a block's rounding: coming from 4 bits, nothing is gained in quality. What is
    gained is speed, for llama.cpp has a faster matrix product for Q8_0 than for Q4_1. ``target`` appears whole or not at all.

    Args:
        source: The file to read.
        target: The file to write.
        bits: What to write.

    Raises:
        ModelError: The package ``gguf`` is not installed, or ``source`` is not such a file.
        OSError: There is no room.
    """
    try:
        from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter, quants
    except ImportError:
        raise ModelError(
            Fault("the embedded model needs the package 'gguf'", "run pip install 'finetune-harness[local]'")
        ) from None
    kind = GGMLQuantizationType[bits]
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(descriptor)
    try:
        reader: Any = GGUFReader(source)
        writer = GGUFWriter(name, reader.fields["general.architecture"].contents())
        _copy_metadata(reader, writer, bits)
        for tensor in reader.tensors:
            numbers = quants.dequantize(tensor.data, tensor.tensor_type).astype("float32")
            if len(tensor.shape) < 2:  # scales of the norms: few, and wanted exactly
                writer.add_tensor(tensor.name, numbers)
            else:
                writer.add_tensor(tensor.name, quants.quantize(numbers, kind), raw_dtype=kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        with open(name, "rb") as written:
            os.fsync(written.fileno())
        os.chmod(name, 0o644)
        os.replace(name, target)
    except (ValueError, KeyError, NotImplementedError) as error:
        raise ModelError(
            Fault(f"{source.name} cannot be rewritten in {bits}: {error}", "fetch it again: delete the file")
        ) from error
    finally:
        Path(name).unlink(missing_ok=True)


def _copy_metadata(reader: Any, writer: Any, bits: Bits) -> None:
    from gguf import GGUFValueType

    for key, field in reader.fields.items():
        if key.startswith("GGUF.") or key == "general.architecture":
            continue  # the writer's own
        if key == "general.file_type":
            writer.add_file_type(_FILE_TYPE[bits])
            continue
        kind = field.types[0]
        within = field.types[-1] if kind == GGUFValueType.ARRAY else None
        writer.add_key_value(key, field.contents(), kind, sub_type=within)
