"""Where things stand in a drawing: its SVG, read back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree


def parsed(drawing: str) -> Any:
    """The drawing's root element; it must be well-formed."""
    return etree.fromstring(drawing.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def of_class(drawing: str, name: str) -> list[Any]:
    """Every element of a class, in order."""
    return [e for e in parsed(drawing).iter() if name in (e.get("class") or "").split()]


def place(element: Any, attribute: str) -> float:
    """A place in per cent."""
    return float(element.get(attribute).removesuffix("%"))


def texts(drawing: str) -> list[str]:
    """Every text, in order."""
    return [element.text or "" for element in parsed(drawing).iter("{*}text")]


def spots(drawing: str) -> Iterator[tuple[str, float, float]]:
    """Every shape put at a place: its class, and where."""
    for element in parsed(drawing).iter("{*}svg"):
        if element.get("class") and element.get("x", "").endswith("%"):
            yield element.get("class"), place(element, "x"), place(element, "y")
