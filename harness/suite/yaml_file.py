"""A YAML file read with the line of every key, so that a fault can say where it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.errors import Fault

KeyPath = tuple[Any, ...]
"""Keys and list positions (from 0) from the top of the file to a value."""

_Place = tuple[KeyPath, int, tuple[int, int] | None]
"""A key path, the line of its key or item, and for a text the lines it starts and ends on."""


@dataclass(frozen=True, slots=True)
class YamlFile:
    """What a YAML file says, and where.

    Attributes:
        file: The file, as the user would name it.
        value: Its content; None for an empty file.
        lines: For each key path, the line of its key or list item, from 1.
        text_lines: For each text value, the lines its text starts and ends on.
    """

    file: str
    value: Any
    lines: Mapping[KeyPath, int] = field(default_factory=dict)
    text_lines: Mapping[KeyPath, tuple[int, int]] = field(default_factory=dict)

    def line_of(self, *keys: Any) -> int | None:
        """Line of a key path, or of its nearest ancestor that has one."""
        return nearest_line(self.lines, keys)

    def fault(self, message: str, hint: str, *keys: Any) -> Fault:
        """Make a fault at a key path."""
        return Fault(message, hint, self.file, self.line_of(*keys))

    def without(self, path: KeyPath) -> YamlFile:
        """Return the file with one value taken out; later items of the same list move up with their lines."""
        *parents, last = path
        value = _copy(self.value)
        holder = value
        for key in parents:
            holder = holder[key]
        del holder[last]
        depth = len(parents)
        in_list = isinstance(holder, list)

        def moved(key: KeyPath) -> KeyPath | None:
            if key[:depth] != tuple(parents) or len(key) == depth:
                return key
            if key[depth] == last:
                return None
            return (*key[:depth], key[depth] - 1, *key[depth + 1 :]) if in_list and key[depth] > last else key

        lines = {new: line for key, line in self.lines.items() if (new := moved(key)) is not None}
        text_lines = {new: span for key, span in self.text_lines.items() if (new := moved(key)) is not None}
        return YamlFile(self.file, value, lines, text_lines)


def nearest_line(lines: Mapping[KeyPath, int], keys: KeyPath) -> int | None:
    """Line of a key path, or of its nearest ancestor that has one; None if there is none."""
    for length in range(len(keys), -1, -1):
        if (line := lines.get(keys[:length])) is not None:
            return line
    return None


def read_yaml(data: bytes, file: str) -> tuple[YamlFile | None, list[Fault]]:
    """Parse YAML 1.1 as PyYAML's safe loader does, keeping lines.

    Args:
        data: The file's bytes, UTF-8 with or without a byte order mark.
        file: The file's name for messages.

    Returns:
        The file (None where nothing can be read) and its faults: syntax, repeated keys, text that is not UTF-8.
    """
    import yaml

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return None, [Fault("this line is not UTF-8", "save the file as UTF-8", file, line)]
    loader = None
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is None:
            return YamlFile(file, None, {(): 1}), []
        faults = [
            Fault(f"the key {key} is given twice, first on line {first}", "keep one", file, line)
            for key, first, line in _repeated_keys(node, set())
        ]
        value = loader.construct_document(node)
        places = list(_places(loader, node, (), 1, frozenset()))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = " ".join(part for part in (error.context, error.problem) if part)
        hint = "put the text in quotes" if "mapping values are not allowed" in said else "correct the YAML"
        return None, [Fault(f"the YAML cannot be read: {said}", hint, file, mark.line + 1 if mark else None)]
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        return None, [
            Fault(f"the YAML holds a character that is not allowed (code {error.character:#x})", "remove it", file, line)
        ]
    except (ValueError, RecursionError) as error:
        # PyYAML lets the errors of its date and number constructors through, without a place.
        return None, [Fault(f"the YAML cannot be read: {error}", "put dates and unusual numbers in quotes", file)]
    finally:
        if loader is not None:
            loader.dispose()
    lines = {path: line for path, line, _ in places}
    return YamlFile(file, value, lines, {path: span for path, _, span in places if span is not None}), faults


def _repeated_keys(node: Any, seen: set[int]) -> Iterator[tuple[str, int, int]]:
    import yaml

    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _repeated_keys(item, seen)
    elif isinstance(node, yaml.MappingNode):
        first: dict[tuple[str, str], int] = {}
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                line = key.start_mark.line + 1
                if (key.tag, key.value) in first:
                    yield key.value, first[key.tag, key.value], line
                first.setdefault((key.tag, key.value), line)
            yield from _repeated_keys(value, seen)


def _places(loader: Any, node: Any, path: KeyPath, line: int, above: frozenset[int]) -> Iterator[_Place]:
    """Yield the place of a node and of everything under it."""
    import yaml

    if id(node) in above:
        raise yaml.MarkedYAMLError(problem="an alias stands for what it is itself a part of", problem_mark=node.start_mark)
    above |= {id(node)}
    if isinstance(node, yaml.MappingNode):
        yield path, line, None
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node, deep=True)
            yield from _places(loader, value_node, (*path, key), key_node.start_mark.line + 1, above)
    elif isinstance(node, yaml.SequenceNode):
        yield path, line, None
        for position, item in enumerate(node.value):
            yield from _places(loader, item, (*path, position), item.start_mark.line + 1, above)
    elif node.tag == "tag:yaml.org,2002:str":
        is_block = node.style in ("|", ">")
        yield path, line, (node.start_mark.line + 1 + is_block, node.end_mark.line + 1)
    else:
        yield path, line, None


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value
