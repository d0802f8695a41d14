"""What a process has loaded from which others are forked: nearly all that takes long, litellm's slow first call included."""

import asyncio

import bm25s
import duckdb
import jsonschema
import litellm
import numpy
import pandas
import rich.live
import rich.progress
import scipy.stats

from harness.models import Gateway, quiet_litellm

assert all((bm25s, duckdb, jsonschema, litellm, numpy, pandas, rich, scipy))


async def warm_up() -> None:
    async with Gateway():
        await quiet_litellm.warm_up(tools=False)


asyncio.run(warm_up())
