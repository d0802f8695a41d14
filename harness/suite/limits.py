"""Which of the ``limits`` in suite.yaml counts for a model, and what is wrong with their names."""

from __future__ import annotations

from collections.abc import Iterable

from harness.suite.definition import SuiteDefinition
from harness.suite.explain import did_you_mean


def limit_name(model: str, names: Iterable[str]) -> str | None:
    """Return the longest name that fits a model: its provider, its beginning up to a ``/``, or all of it; None if none does."""
    return max((name for name in names if _fits(name, model)), key=len, default=None)


def unknown_limits(definition: SuiteDefinition) -> dict[str, tuple[str, str]]:
    """Return, for each name under ``limits`` that no model of the suite falls under, what is wrong and what to do."""
    models = sorted(_models(definition))
    known = [model for model in models if not model.startswith("local/")]
    wrong = {}
    for name in definition.limits:
        if name == "local" or name.startswith("local/"):
            wrong[name] = (f"limits.{name} would limit the embedded model", "its pace is --slots; remove the limit")
        elif not any(_fits(name, model) for model in known):
            providers = {model.split("/", 1)[0] for model in known}
            hint = did_you_mean(name, sorted({*providers, *known})) if known else "no variant asks a provider; remove it"
            wrong[name] = (f"no variant's model falls under limits.{name}", hint)
    return wrong


def _fits(name: str, model: str) -> bool:
    return model == name or model.startswith(f"{name}/")


def _models(definition: SuiteDefinition) -> set[str]:
    """The models of variants, and of metrics that ask one."""
    models = {variant.model for variant in definition.variants.values() if variant.model is not None}
    for entry in definition.metrics:
        for options in entry.values() if isinstance(entry, dict) else ():
            if isinstance(model := options.get("model"), str):
                models.add(model)
    return models
