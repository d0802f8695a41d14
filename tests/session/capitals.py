"""A suite of capitals of any size: a weak baseline and a fine-tune at a scripted provider."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def write_capitals(folder: Path, url: str, fixtures: int, **changes: Any) -> Path:
    """Write the suite; ``changes`` replace keys of suite.yaml."""
    (folder / "prompts").mkdir(parents=True)
    lines = [{"id": f"c{i}", "input": f"capital of country {i}?", "expected": f"city {i}"} for i in range(fixtures)]
    (folder / "fixtures.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    (folder / "prompts/ask.yaml").write_text("- {role: user, content: 'What is the {{ input }}'}\n", encoding="utf-8")
    price = {"input_per_million": 1, "output_per_million": 2}
    variant = {"prompt": "prompts/ask.yaml", "api_base": url, "price": price, "params": {"max_tokens": 8}}
    gate = {"name": "beats", "metric": "accuracy", "candidate": "tuned", "over": "baseline", "require": "better"}
    suite = {
        "suite": "capitals",
        "fixtures": "fixtures.jsonl",
        "variants": {
            "baseline": {"role": "prompt", "model": "openai/weak", **variant},
            "tuned": {"role": "fine_tune", "model": "openai/strong", **variant},
        },
        "metrics": ["accuracy"],
        "gates": [gate],
        **changes,
    }
    (folder / "suite.yaml").write_text(json.dumps(suite, indent=1), encoding="utf-8")
    return folder
