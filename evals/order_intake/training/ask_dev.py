"""Ask the served model, with or without an adapter, about the development set and print the share of right fields.

Prompts, epochs and seeds are chosen with this; it refuses the sealed fixtures.
"""

from __future__ import annotations

import argparse
import json
import time
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import xllamacpp
from prompting import FIELDS, Catalogue, Message, read_jsonl, render


def serve(base: Path, adapter: Path | None, slots: int, threads: int, context: int = 4096) -> tuple[Any, str]:
    """Start the server and wait until it is ready."""
    params = xllamacpp.CommonParams()
    params.model.path = str(base)
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = context * slots
    params.n_parallel = slots
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.use_jinja = True
    params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED  # as the harness serves
    params.verbosity = 0
    if adapter:
        params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(adapter), 1.0)]
    server = xllamacpp.Server(params)
    while True:
        try:
            with urllib.request.urlopen(f"{server.listening_address}/health") as reply:
                if reply.status == 200:
                    return server, server.listening_address
        except OSError:
            time.sleep(0.1)


def ask(address: str, messages: list[Message], adapted: bool) -> tuple[str, float]:
    """Ask once at temperature 0; give the text and the seconds it took."""
    body: dict[str, Any] = {"messages": messages, "temperature": 0, "max_tokens": 90}
    if adapted:
        body["lora"] = [{"id": 0, "scale": 1.0}]
    request = urllib.request.Request(
        f"{address}/v1/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    started = time.monotonic()
    with urllib.request.urlopen(request, timeout=120) as reply:
        text = json.load(reply)["choices"][0]["message"]["content"]
    return text.strip(), time.monotonic() - started


def parsed(text: str) -> dict[str, Any]:
    """The object an answer holds, or an empty one."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def scores(records: Sequence[dict[str, Any]], texts: Sequence[str]) -> dict[str, float]:
    """The share of right answers for each field, their mean, and the share of answers that are right in all fields."""
    missing = object()
    right = [
        [parsed(text).get(field, missing) == record["expected"][field] for field in FIELDS]
        for record, text in zip(records, texts, strict=True)
    ]
    found = {field: sum(row[column] for row in right) / len(right) for column, field in enumerate(FIELDS)}
    found["mean"] = sum(found.values()) / len(FIELDS)
    found["all"] = sum(all(row) for row in right) / len(right)
    found["json"] = sum(bool(parsed(text)) for text in texts) / len(texts)
    return {name: round(value, 3) for name, value in found.items()}


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True, help="the GGUF of the base model")
    parser.add_argument("--adapter", type=Path, help="the GGUF of an adapter")
    parser.add_argument("--prompt", type=Path, nargs="+", required=True, help="one or more prompt files")
    parser.add_argument("--catalogue", type=Path, help="folder of catalogue files, for prompts with context")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--slots", type=int, default=1, help="more than one is faster and not deterministic")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, help="where to write the answers, JSON")
    return parser.parse_args()


def main() -> None:
    """Print one line of scores for each prompt."""
    options = arguments()
    if options.data.name == "fixtures.jsonl":
        raise SystemExit("the fixtures are sealed: choose on dev.jsonl, and measure them with harness run")
    records = read_jsonl(options.data)
    catalogue = Catalogue(options.catalogue) if options.catalogue else None
    server, address = serve(options.base, options.adapter, options.slots, options.threads)
    for prompt in options.prompt:
        asked = [render(prompt, each["input"], catalogue.context(each["input"]) if catalogue else "") for each in records]
        ask(address, asked[0], options.adapter is not None)
        started = time.monotonic()
        with ThreadPoolExecutor(options.slots) as pool:
            replies = list(pool.map(lambda messages: ask(address, messages, options.adapter is not None), asked))
        pause = (time.monotonic() - started) / len(records)
        slowest = sorted(seconds for _, seconds in replies)[int(0.95 * len(replies))]
        texts = [text for text, _ in replies]
        print(prompt.name, scores(records, texts), f"{pause:.2f} s/call, p95 {slowest:.2f} s", flush=True)
        if options.out:
            target = options.out.with_stem(f"{options.out.stem}-{prompt.stem}")
            target.write_text(json.dumps({record["id"]: text for record, text in zip(records, texts, strict=True)}, indent=1))
    del server


if __name__ == "__main__":
    main()
