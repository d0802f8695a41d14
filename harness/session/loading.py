"""Loading a suite with every check there is, so that all faults are told at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness import suite as suites
from harness.errors import Fault, SuiteError


def load_suite(path: str | Path) -> suites.Suite:
    """Read a suite, its fixtures, prompts, metrics, gates and files of outputs, and the other suites its gates name.

    Args:
        path: The suite's folder, or its suite.yaml.

    Raises:
        SuiteError: With every fault found, each with its file, its line and what to do.
    """
    from harness.metrics import check_metrics
    from harness.running import check_outputs

    return suites.load_suite(path, checks=(check_metrics, check_outputs, check_others))


def check_others(suite: suites.Suite) -> list[Fault]:
    """Find what is wrong with the other suites that gates name, and with what the gates ask of them."""
    faults: list[Fault] = []
    folders: dict[Path, str] = {}
    for named in _named(suite):
        place = suites.find_suite(named, suite.folder)
        if place is not None and folders.setdefault(place, named) != named:
            faults.append(_fault(suite, named, f"{named} and {folders[place]} are one suite", "write it in one way"))
            continue
        try:
            faults += _gate_faults(suite, _broad(suite, named), named)
        except SuiteError as error:
            faults += [fault for fault in error.faults if fault not in faults]
    return faults


def broad_suites(suite: suites.Suite) -> dict[str, suites.Suite]:
    """The other suites that gates name, as they are asked of this suite's variants, by the name the gates give them.

    Raises:
        SuiteError: One cannot be asked; ``load_suite`` finds the same.
    """
    return {named: _broad(suite, named) for named in _named(suite)}


def _named(suite: suites.Suite) -> tuple[str, ...]:
    return tuple(dict.fromkeys(gate.suite for gate in suite.definition.gates if gate.suite is not None))


def _broad(suite: suites.Suite, named: str) -> suites.Suite:
    from harness.metrics import check_metrics
    from harness.running import check_outputs

    place = suites.find_suite(named, suite.folder)
    if place is None:
        inside = sorted(p.parent.name for p in suite.folder.parent.glob("*/suite.yaml") if p.parent != suite.folder)
        hint = suites.did_you_mean(named, inside) if inside else "name its folder, from this suite's folder or beside it"
        raise SuiteError(_fault(suite, named, f"there is no suite {named}", hint))
    if place == suite.folder:
        raise SuiteError(_fault(suite, named, f"{named} is this suite itself", "leave suite out"))
    other = suites.load_suite(place, checks=(check_metrics, check_outputs))  # its own gates are not followed
    return suites.broad_suite(suite, other, named)


def _gate_faults(suite: suites.Suite, broad: suites.Suite, named: str) -> Iterator[Fault]:
    """Check the metrics and slices of gates against the suite they are judged on."""
    from harness.metrics import unusable_gates

    places = [at for at, gate in enumerate(suite.definition.gates) if gate.suite == named]
    for at, (message, hint) in unusable_gates(broad).items():
        yield suite.fault(message, hint, "gates", places[at], "metric")
    for at in places:
        gate = suite.definition.gates[at]
        if gate.slice is not None and (said := suites.slice_trouble(gate.slice, broad.fixtures)) is not None:
            yield suite.fault(f"{said[0]} of {named}", said[1], "gates", at, "slice")


def _fault(suite: suites.Suite, named: str, message: str, hint: str) -> Fault:
    at = next(at for at, gate in enumerate(suite.definition.gates) if gate.suite == named)
    return suite.fault(message, hint, "gates", at, "suite")
