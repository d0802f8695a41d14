"""When the models of a suite are retired: by the suite's own word, by litellm's offline map, or nobody knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from harness.models.prices import known_model, model_map

if TYPE_CHECKING:
    from harness.suite import SuiteDefinition

RetirementSource = Literal["suite", "litellm", "embedded", "unknown"]

WARN_DAYS = 90
"""Days before a retirement from which it is warned of."""

_DATE = r"(?:20\d\d-?[01]\d-?[0-3]\d|[01]\d[0-3]\d)"
_DATED = re.compile(rf"^(?P<name>.*[^-@])[-@](?P<date>{_DATE})(?P<rest>(?:-v\d+(?::\d+)?)?)$")
"""``gpt-4o-2024-05-13``, ``claude-sonnet-4-20250514``, ``gpt-4-0613``, ``...@20250929``, ``...-20250514-v1:0``."""


@dataclass(frozen=True, slots=True)
class Retirement:
    """When one model is retired.

    Attributes:
        model: As the suite names it.
        base: The model under it: what a fine-tune was made of, the model itself for any other.
        date: The first day on which it is not served any more; None where nobody knows, and for weights on this machine.
        source: Who says so: suite, litellm (its offline map), embedded (weights on this machine: never), or unknown.
        days_left: From today to that day; below 0 where it has passed; None without a date.
        entry: The name the calendar has it under.
        note: What a reader of the date must know, a clause; empty where the entry is the model itself.
    """

    model: str
    base: str
    date: date | None
    source: RetirementSource
    days_left: int | None
    entry: str | None = None
    note: str = ""


def retirements(models: Iterable[str], today: date, own: Mapping[str, date] | None = None) -> tuple[Retirement, ...]:
    """Look up when models are retired; nothing is fetched.

    The suite's own calendar is asked first, then litellm's map. In each, a fine-tune is looked up as such
    (``ft:gpt-4o-mini-2024-07-18``) and then as its base, and a dated name as it stands and then without its date. An undated
    name without an entry has the date of the last of its dated versions, where every one of them has a date: the provider
    may move it to another version before or after. Another provider's model of the same name says nothing.

    Args:
        models: litellm model strings, or ``local/<name>``; each is looked up once.
        today: The day that ``days_left`` counts from.
        own: The suite's ``retirements``: dates by model, with or without its provider.

    Returns:
        One for each different model, in the order given.
    """
    return tuple(_retirement(model, today, own or {}) for model in dict.fromkeys(models))


def retiring(found: Iterable[Retirement], within: int = WARN_DAYS) -> tuple[Retirement, ...]:
    """Those with at most ``within`` days left, the soonest first; unknown dates are not among them."""
    soon = [one for one in found if one.days_left is not None and one.days_left <= within]
    return tuple(sorted(soon, key=lambda one: one.days_left or 0))


def models_of(definition: SuiteDefinition) -> dict[str, tuple[str, ...]]:
    """The models a suite asks, each with who asks it: variants by name, judges as ``the judge of <metric>``."""
    users: dict[str, list[str]] = {}
    for name, variant in definition.variants.items():
        if variant.model is not None:
            users.setdefault(variant.model, []).append(name)
    for entry in definition.metrics:
        if isinstance(entry, dict):
            ((kind, options),) = entry.items()
            if isinstance(model := options.get("model"), str) and model:
                users.setdefault(model, []).append(f"the judge of {options.get('as', kind)}")
    return {model: tuple(names) for model, names in users.items()}


def base_model(model: str) -> str:
    """The model a fine-tune was made of: ``openai/ft:gpt-4o-2024-08-06:acme::x1`` is ``openai/gpt-4o-2024-08-06``.

    Any other name is returned as it is.
    """
    provider, slash, name = model.rpartition("/")
    if not name.startswith("ft:"):
        return model
    return f"{provider}{slash}{name.removeprefix('ft:').partition(':')[0]}"


def retirement_sentence(retirement: Retirement, users: Iterable[str] = ()) -> str:
    """Say in a clause what is known: ``tuned asks openai/gpt-4-0613, which is retired on 2026-10-23, in 12 days (..)``."""
    who = _listed(list(users))
    asked = f"{who} ask{'' if ' and ' in who else 's'} {retirement.model}, which" if who else retirement.model
    if retirement.source == "embedded":
        return f"{asked} is never retired: its weights are on this machine"
    if retirement.date is None or retirement.days_left is None:
        return f"{asked} has no retirement date that is known here"
    left = retirement.days_left
    days = f"{abs(left):,} day{'s' if abs(left) != 1 else ''}"
    when = f"was retired on {retirement.date}, {days} ago" if left < 0 else f"is retired on {retirement.date}, in {days}"
    when = f"is retired on {retirement.date}, today" if left == 0 else when
    source = "the suite's own calendar" if retirement.source == "suite" else f"litellm's map, {retirement.entry}"
    return f"{asked} {when} ({source}{'; ' if retirement.note else ''}{retirement.note})"


def retirement_keys(retirement: Retirement) -> dict[str, object]:
    """The stable keys that ``--json`` prints of one; a date is ISO 8601."""
    keys = {name: getattr(retirement, name) for name in ("model", "base", "source", "days_left", "entry", "note")}
    return {**keys, "date": None if retirement.date is None else retirement.date.isoformat()}


def _retirement(model: str, today: date, own: Mapping[str, date]) -> Retirement:
    base = base_model(model)
    for name, note in _spellings(model):
        entry = next((key for key in (name, name.partition("/")[2]) if key in own), None)
        if entry is not None:
            return Retirement(model, base, own[entry], "suite", (own[entry] - today).days, entry, note)
    if model.startswith("local/"):
        return Retirement(model, base, None, "embedded", None)
    for name, note in _spellings(model):
        day = _day(known_model(name))
        if day is not None:
            return Retirement(model, base, day, "litellm", (day - today).days, name.rpartition("/")[2], note)
    last = _last_version(base)
    if last is not None:
        entry, day = last
        note = f"the last dated version of {base.rpartition('/')[2]}; the provider may move the name before"
        return Retirement(model, base, day, "litellm", (day - today).days, entry, note)
    return Retirement(model, base, None, "unknown", None)


def _spellings(model: str) -> Iterator[tuple[str, str]]:
    """The names a calendar may have a model under, the nearest first, each with what must be said of it."""
    yield model, ""
    base = base_model(model)
    if base != model:
        provider, slash, name = base.rpartition("/")
        yield f"{provider}{slash}ft:{name}", f"fine-tunes of {name}"
        yield base, "the base model of the fine-tune"
    if dated := _DATED.match(base):
        undated = dated["name"] + dated["rest"]
        yield undated, f"the date of {undated.rpartition('/')[2]}"


def _last_version(model: str) -> tuple[str, date] | None:
    """The last dated version of an undated name and its date; None where one of its versions has no date."""
    if _DATED.match(model):
        return None
    provider, slash, name = model.rpartition("/")
    versions: dict[str, date | None] = {}
    for key in model_map():
        if key.startswith((f"{name}-", f"{name}@", f"{model}-", f"{model}@")):
            dated = _DATED.match(key)
            if dated and dated["name"] in (name, model):
                entry = known_model(key if key.startswith(model) else f"{provider}{slash}{key}")
                if entry is not None:
                    versions[key] = _day(entry)
    known = {key: day for key, day in versions.items() if day is not None}
    if not known or len(known) < len(versions):
        return None
    return max(known.items(), key=lambda version: (version[1], version[0]))


def _day(entry: Mapping[str, object] | None) -> date | None:
    try:
        return date.fromisoformat(str((entry or {}).get("deprecation_date")))
    except ValueError:
        return None


def _listed(names: list[str]) -> str:
    return "".join(names) if len(names) < 2 else f"{', '.join(names[:-1])} and {names[-1]}"
