"""A metric written as a plain function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import field, make_dataclass
from typing import Any, ClassVar, Literal, TypeVar, get_type_hints, overload

from harness.metrics.contract import MeanMetric, Unit
from harness.models import Response
from harness.suite import Fixture

Measure = Callable[..., "float | Mapping[str, float]"]
F = TypeVar("F", bound=Measure)

MARK = "__harness_metric__"
"""The attribute of a decorated function that holds its metric class."""


class FunctionMetric(MeanMetric):
    """A metric whose measurement is a function; each is a frozen dataclass made by ``metric``."""

    name: ClassVar[str]
    function: ClassVar[Measure]
    option_names: ClassVar[tuple[str, ...]] = ()

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """Call the function; a mapping must hold ``value``, and its other entries are parts."""
        measured = type(self).function(fixture, response, **{name: getattr(self, name) for name in self.option_names})
        if not isinstance(measured, Mapping):
            return {"value": measured}
        if "value" not in measured:
            raise ValueError("the mapping returned has no 'value'; the metric's own number goes there")
        return measured

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the function, by its name, and the options: the class made for it has no name that pickle could find."""
        return _made_again, (type(self).function, {name: getattr(self, name) for name in self.option_names})


def _made_again(function: Any, options: Mapping[str, Any]) -> Any:
    return getattr(function, MARK)(**options)


@overload
def metric(function: F, /) -> F: ...


@overload
def metric(
    *,
    name: str | None = ...,
    higher_is_better: bool = ...,
    unit: Unit = ...,
    scale: Literal["difference", "ratio"] = ...,
) -> Callable[[F], F]: ...


def metric(
    function: Any = None,
    /,
    *,
    name: str | None = None,
    higher_is_better: bool = True,
    unit: Unit = "share",
    scale: Literal["difference", "ratio"] = "difference",
) -> Any:
    """Make a metric of a function ``(fixture, response) -> float``, or ``-> {"value": .., <part>: ..}``.

    The function stays a function. Its keyword-only arguments are the metric's options in suite.yaml. NaN, or a
    mapping without anything else, means that the metric does not apply to the fixture.

    Args:
        function: The function, where the decorator is used without brackets.
        name: What suite.yaml calls it; the function's name unless given.
        higher_is_better: The direction that is good.
        unit: share (0 to 1), score, seconds, USD, tokens or count.
        scale: Compare by difference, or by ratio where values are above 0 and skewed.

    Example:
        >>> from harness.metrics import metric
        >>> @metric(unit="count", higher_is_better=False)
        ... def apologies(fixture, response):
        ...     return response.text.lower().count("sorry")
    """

    def decorate(wrapped: F) -> F:
        parameters = inspect.signature(wrapped).parameters.values()
        options = [p for p in parameters if p.kind is p.KEYWORD_ONLY]
        try:
            hints = get_type_hints(wrapped)
        except (NameError, TypeError):
            hints = {}
        made = make_dataclass(
            wrapped.__name__,
            [
                (p.name, hints.get(p.name, Any))
                if p.default is p.empty
                else (p.name, hints.get(p.name, Any), field(default_factory=lambda value=p.default: value))  # type: ignore[misc]
                for p in sorted(options, key=lambda p: p.default is not p.empty)
            ],
            bases=(FunctionMetric,),
            namespace={
                "name": name or wrapped.__name__,
                "higher_is_better": higher_is_better,
                "unit": unit,
                "scale": scale,
                "function": staticmethod(wrapped),
                "option_names": tuple(p.name for p in options),
                "__doc__": wrapped.__doc__,
                "__module__": wrapped.__module__,
            },
            frozen=True,
        )
        setattr(wrapped, MARK, made)
        return wrapped

    return decorate if function is None else decorate(function)
