"""What exactly was run: models, prompts, adapters, prices, seeds and versions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from harness.report import formats
from harness.report.context import Fact, Group
from harness.report.ranks import variant_order
from harness.report.spending import counts_text
from harness.report.words import price_word, role_word
from harness.store import Run
from harness.verdicts import Judgement, VariantResult


def variant_groups(run: Run, judgement: Judgement) -> tuple[Group, ...]:
    """Return for each variant what was asked, of which model, with what."""
    return tuple(
        Group(name, role_word(judgement.variants[name].role), tuple(_variant_facts(run, name, judgement.variants[name])))
        for name in variant_order(judgement)
    )


def run_groups(run: Run, judgement: Judgement) -> tuple[Group, ...]:
    """Return what holds for the whole run."""
    record = run.record
    hashes = {name: record.hashes.get(name) for name in ("suite", "fixtures", "training")}
    asked = (
        Fact("Suite", record.suite_path),
        Fact("Started", formats.moment(record.started_at)),
        Fact("Finished", formats.moment(record.finished_at)),
        Fact("Status", record.status),
        *(Fact(f"Given up: {name}", why) for name, why in record.stopped.items()),
        *_flat(record.selection),
    )
    counted = (
        Fact("Seed", str(judgement.seed)),
        Fact("Resamples", formats.whole(judgement.resamples)),
        *(Fact(f"SHA-256 of {_plain(name)}", code=str(value)) for name, value in hashes.items() if value),
        *_flat(record.totals),
    )
    made = (
        *(Fact(_plain(str(name)), code=_text(value)) for name, value in record.git.items()),
        *(Fact(str(name), str(version)) for name, version in sorted(record.packages.items())),
        Fact("Run folder format", str(record.format)),
    )
    groups = [Group("The run", "", asked), Group("Seed, data and totals", "", counted), Group("Versions", "", made)]
    groups += [Group(f"The judge of {name}", "", tuple(_flat(judge))) for name, judge in record.judges.items()]
    engine = {name: value for name, value in record.engine.items() if name != "lanes"}
    if engine:
        groups.append(Group("Embedded engine" if "engine" in engine else "Sending", "", tuple(_flat(engine))))
    lanes = _mapping(record.engine.get("lanes"))
    groups += [Group(f"Pace with {name}", "", tuple(_flat(_mapping(facts)))) for name, facts in lanes.items()]
    return tuple(groups)


def _variant_facts(run: Run, name: str, result: VariantResult) -> Iterator[Fact]:
    stated: Mapping[str, Any] = {
        **_mapping(_mapping(run.record.definition.get("variants")).get(name)),
        **{k: v for k, v in _mapping(run.record.variants.get(name)).items() if v is not None},
    }
    hashes = {kind: _mapping(run.record.hashes.get(kind)).get(name) for kind in ("prompts", "adapters", "corpora")}
    yield Fact("Model asked", code=_text(result.model or stated.get("model"))) if result.model else Fact("Model asked", "none")
    if result.answered_by:
        yield Fact("Model that answered", code=counts_text(result.answered_by))
    for key, kind, word in (("prompt", "prompts", "Prompt"), ("adapter", "adapters", "Adapter")):
        if stated.get(key):
            yield Fact(word, code=_text(stated[key]))
        if hashes[kind]:
            yield Fact(f"{word} SHA-256", code=_text(hashes[kind]))
    if stated.get("params"):
        yield Fact("Parameters", code=_text(stated["params"]))
    if stated.get("retrieval"):
        yield Fact("Retrieval", code=_text(stated["retrieval"]))
    if hashes["corpora"]:
        yield Fact("Corpus SHA-256", code=_text(hashes["corpora"]))
    for key in ("api_base", "outputs", "callable", "method", "training"):
        if stated.get(key):
            yield Fact(_plain(key), code=_text(stated[key]))
    if stated.get("price"):
        yield Fact("Price", _price_words(_mapping(stated["price"])))
    yield Fact("Whose price", price_word(result.price_source))


def _price_words(price: Mapping[str, Any]) -> str:
    """Write a price per million tokens, whichever way it is kept."""
    said = []
    for kind, word in (("input", "in"), ("output", "out"), ("cached_input", "in from a cache")):
        each, million = price.get(f"{kind}_per_token"), price.get(f"{kind}_per_million")
        if million is None and isinstance(each, (int, float)):
            million = each * 1e6
        if isinstance(million, (int, float)):
            said.append(f"{formats.usd(float(million))} {word}")
    rest = {k: v for k, v in price.items() if not k.endswith(("_per_token", "_per_million")) and k != "source" and v is not None}
    said_rest = f"; {_text(rest)}" if rest else ""
    return f"{', '.join(said)}, per million tokens{said_rest}" if said else (_text(rest) or formats.UNKNOWN)


def _flat(values: Mapping[str, Any]) -> Iterator[Fact]:
    for name, value in values.items():
        if value is not None:
            yield Fact(_plain(str(name)), _text(value))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _plain(name: str) -> str:
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{k}: {_text(v)}" for k, v in value.items() if v is not None)
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(v) for v in value)
    return "none" if value is None else json.dumps(value, default=str)
