"""What a process has loaded from which others are forked: nearly all that takes long, litellm's slow first call included."""

import asyncio
import importlib

from harness.models import Gateway, quiet_litellm  # first, as it keeps litellm from asking the network for prices

LONG = (
    "bm25s",
    "datasketch",
    "detect_secrets.core.scan",
    "duckdb",
    "harness.cli",
    "harness.datachecks",
    "harness.report",
    "harness.session",
    "jsonschema",
    "litellm",
    "pandas",
    "phonenumbers",
    "rapidfuzz.fuzz",
    "rich.live",
    "rich.progress",
    "scipy.stats",
)


async def warm_up() -> None:
    async with Gateway():
        await quiet_litellm.warm_up(tools=False)


asyncio.run(warm_up())
for name in LONG:
    importlib.import_module(name)
