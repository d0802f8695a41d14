"""pytest: a suite's gates as test items, and runs as fixtures. Hooks and options only; what they do is in harness.assertions."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness.assertions import AskedFor, Shared, SharedRuns
    from harness.session import EvaluatedRun
    from harness.suite import Gate, Suite

SUITE_FILE = "suite.yaml"
DEFAULT_SUITES = ("evals/*/suite.yaml",)
PREFIX = "evals."
"""What the names of a gate's properties in test reports begin with."""

_RUNS: pytest.StashKey[SharedRuns] = pytest.StashKey()
_SHARED: pytest.StashKey[str] = pytest.StashKey()
_INI = {
    "harness_suites": "Suites to collect: paths or globs of suite.yaml files, from the root directory, one a line.",
    "evals_replay": "As --evals-replay.",
    "evals_fresh": "As --evals-fresh.",
    "evals_store": "As --evals-store.",
    "evals_limit": "As --evals-limit.",
    "evals_max_cost": "As --evals-max-cost.",
    "evals_report": "As --evals-report.",
    "evals_reference": "As --evals-reference.",
}
_LISTS = ("harness_suites",)
_SWITCHES = ("evals_replay", "evals_fresh")


class GateNotPassedError(Exception):
    """A gate failed, or there is no verdict; the message is all there is to show."""


class InconclusiveGateWarning(pytest.PytestWarning):
    """A gate is inconclusive, and its suite says that this is a warning."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, each of which may stand in the ini file as well."""
    group = parser.getgroup("evals", "evaluation suites (finetune-harness)")
    add = group.addoption
    add("--evals", action="store_true", default=False, help="Collect the gates of evaluation suites (evals/*/suite.yaml).")
    add("--evals-replay", action="store_true", default=None, help="Use stored answers alone; no connection is opened.")
    add("--evals-fresh", action="store_true", default=None, help="Ask everything again, whatever is stored.")
    add("--evals-store", metavar="DIR", help="Where runs are kept (default: .harness/runs).")
    add("--evals-limit", type=int, metavar="N", help="Ask about the first N fixtures only.")
    add("--evals-max-cost", type=float, metavar="USD", help="Stop a suite's run before it would have spent this much.")
    add("--evals-report", metavar="PATH", help="Write HTML reports: into this folder, or to this .html file.")
    add("--evals-reference", choices=("strict", "lenient"), help="Compare with the suite's reference as well.")
    for name, said in _INI.items():
        if name in _LISTS:
            parser.addini(name, said, type="linelist", default=None)
        elif name in _SWITCHES:
            parser.addini(name, said, type="bool", default=None)
        else:
            parser.addini(name, said, type="string", default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker; where suites are asked for without naming paths, add them to what is collected."""
    config.addinivalue_line(
        "markers", "evals(suite, variants, repeats): a gate of an evaluation suite, or a test that uses the run of one."
    )
    _check_options(config)
    if hasattr(config, "workerinput"):
        return
    config.pluginmanager.register(GateTable(config), "evals-gate-table")
    if not (config.getoption("evals") or config.getini("harness_suites")):
        return
    if config.args_source != pytest.Config.ArgsSource.ARGS:
        given = [Path(config.invocation_params.dir, arg.split("::")[0]).resolve() for arg in config.args]
        new = [suite for suite in _suites(config) if not any(suite.is_relative_to(place) for place in given)]
        config.args.extend(os.path.relpath(suite, config.invocation_params.dir) for suite in new)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove what processes shared."""
    if _SHARED in config.stash and not hasattr(config, "workerinput"):
        shutil.rmtree(config.stash[_SHARED], ignore_errors=True)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give each process of pytest-xdist the folder through which they share runs."""
    stash = node.config.stash
    if _SHARED not in stash:
        stash[_SHARED] = tempfile.mkdtemp(prefix="harness-pytest-")
    node.workerinput["evals_shared"] = stash[_SHARED]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> SuiteFile | None:
    """Collect a suite.yaml where it was named, or where suites are asked for."""
    if file_path.name != SUITE_FILE:
        return None
    config = parent.config
    named = parent.session.isinitpath(file_path)
    listed = config.getini("harness_suites") and file_path.resolve() in _suites(config)
    if not (named or listed or config.getoption("evals")):
        return None
    made: SuiteFile = SuiteFile.from_parent(parent, path=file_path)
    return made


class SuiteFile(pytest.File):
    """A suite.yaml, of which every gate is an item."""

    def collect(self) -> Iterable[GateItem | ReferenceItem]:
        """Load the suite and make its items."""
        from harness.errors import HarnessError

        try:
            suite = _runs(self.config).suite(self.path)
        except HarnessError as error:
            raise self.CollectError(str(error)) from None
        for position, gate in enumerate(suite.definition.gates):
            yield GateItem.from_parent(self, name=gate.name, gate=gate, line=suite.line_of("gates", position))
        if _option(self.config, "evals_reference"):
            yield ReferenceItem.from_parent(self, name="reference")


class EvalsItem(pytest.Item):
    """An item that stands for a verdict; its failures are messages, never tracebacks."""

    def __init__(self, **kwargs: Any) -> None:
        """Mark it, and take pytest-timeout's limit off it: it is meant for tests, and answers take the time they take."""
        super().__init__(**kwargs)
        self.add_marker(pytest.mark.evals(suite=str(self.path)))
        if self.config.pluginmanager.hasplugin("timeout"):
            self.add_marker(pytest.mark.timeout(0))

    def shared(self) -> Shared:
        """Run the suite, or take the run this session has of it."""
        shared = _run(self.config, self.path, _asked(self.config))
        if shared.evaluated.interrupted:
            raise KeyboardInterrupt
        return shared

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show our own errors as what they say."""
        from harness.errors import HarnessError

        if isinstance(excinfo.value, GateNotPassedError | HarnessError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)


class GateItem(EvalsItem):
    """One gate of a suite."""

    def __init__(self, *, gate: Gate, line: int | None, **kwargs: Any) -> None:
        """Take the gate as declared and its line in suite.yaml."""
        super().__init__(**kwargs)
        self.gate = gate
        self.line = line

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Say where the gate stands."""
        return self.path, None if self.line is None else self.line - 1, f"gate: {self.name}"

    def runtest(self) -> None:
        """Judge the gate, on the run that the suite's other gates share."""
        from harness.assertions import gate_text, missing_text, properties

        shared = self.shared()
        evaluated = shared.evaluated
        result = next(gate for gate in evaluated.judgement.gates if gate.name == self.gate.name)
        self.user_properties.extend(properties(shared, result))
        named = {name for name in (self.gate.candidate, self.gate.over) if name is not None}
        if lacking := missing_text(evaluated, self.path.parent, named):
            raise GateNotPassedError(f"{self.name}: no verdict\n{lacking}")
        if result.passed:
            return
        if result.status == "inconclusive":
            how = _runs(self.config).suite(self.path).definition.inconclusive
            if how == "skip":
                pytest.skip(result.sentence)
            if how == "warn":
                self.warn(InconclusiveGateWarning(result.sentence))
                return
        raise GateNotPassedError(gate_text(evaluated, result, shared.report))


class ReferenceItem(EvalsItem):
    """A suite's run against its reference."""

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Say what is compared."""
        return self.path, None, "reference"

    def runtest(self) -> None:
        """Compare with the reference; a regression that is signal fails."""
        from harness.assertions import against_reference

        mode = _option(self.config, "evals_reference")
        told = against_reference(self.shared().evaluated, "lenient" if mode == "lenient" else "strict")
        if not told.good:
            raise GateNotPassedError(told.text)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test that uses a run the one its marker names; the run itself is made once a session."""
    if "_evals_asked" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("evals")
    said = {} if marker is None else dict(marker.kwargs)
    if marker is not None and marker.args:
        said["suite"] = marker.args[0]
    unknown = sorted(said.keys() - {"suite", "variants", "repeats"})
    if unknown:
        raise pytest.UsageError(f"{metafunc.definition.nodeid}: mark.evals takes suite, variants, repeats; not {unknown[0]}")
    named = str(said.get("suite", ""))
    name = getattr(pytest, "HIDDEN_PARAM", Path(named).name or "evals")
    variants = said.get("variants")
    asked = (named, None if variants is None else tuple(variants), said.get("repeats"))
    metafunc.parametrize("_evals_asked", [asked], indirect=True, ids=[name], scope="session")


@pytest.fixture(scope="session")
def _evals_asked(request: pytest.FixtureRequest) -> tuple[Path, AskedFor]:
    """The suite and how it is run, from the marker and the options."""
    named, variants, repeats = request.param
    config = request.config
    if named:
        places = [Path(named), config.rootpath / named]
        path = next((place for place in places if place.exists()), places[0])
    else:
        suites = _suites(config)
        if len(suites) != 1:
            found = ", ".join(str(suite.parent.name) for suite in suites) or "none"
            pytest.fail(f"name the suite with @pytest.mark.evals(suite=...): found {found}", pytrace=False)
        path = suites[0]
    return path, _asked(config, variants, repeats)


@pytest.fixture(scope="session")
def eval_suite(_evals_asked: tuple[Path, AskedFor], request: pytest.FixtureRequest) -> Suite:
    """The suite that the test's marker names."""
    from harness.errors import HarnessError

    try:
        return _runs(request.config).suite(_evals_asked[0])
    except HarnessError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def eval_run(_evals_asked: tuple[Path, AskedFor], request: pytest.FixtureRequest) -> EvaluatedRun:
    """The suite's run: made, or replayed, once in a session for all tests that ask for the same."""
    from harness.assertions import missing_text
    from harness.errors import HarnessError

    path, asked = _evals_asked
    try:
        evaluated = _run(request.config, path, asked).evaluated
    except HarnessError as error:
        pytest.fail(str(error), pytrace=False)
    if evaluated.interrupted:
        raise KeyboardInterrupt
    if lacking := missing_text(evaluated, path, set(evaluated.run.record.variants)):
        pytest.fail(lacking, pytrace=False)
    return evaluated


class GateTable:
    """Collects the gates of a session, in the one process that reports, and tells of them at its end."""

    def __init__(self, config: pytest.Config) -> None:
        """Start with no gate."""
        self._config = config
        self._gates: dict[str, dict[str, str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take note of a gate; the last attempt counts where one is run again."""
        said = {name.removeprefix(PREFIX): str(value) for name, value in report.user_properties if name.startswith(PREFIX)}
        if report.when == "call" and said:
            self._gates[report.nodeid] = said

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the table, and the summary of a GitHub step where there is one."""
        if not self._gates:
            return
        from harness.assertions import gate_lines, gate_markdown, gate_rows

        by_suite = sorted(self._gates, key=lambda nodeid: nodeid.partition("::")[0])  # processes report in any order
        rows = gate_rows(self._gates[nodeid] for nodeid in by_suite)
        if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
            with contextlib.suppress(OSError), open(summary, "a", encoding="utf-8") as file:
                file.write(gate_markdown(rows))
        if self._config.get_verbosity() < 0:
            return
        terminalreporter.write_sep("=", "evaluation gates")
        for line in gate_lines(rows, shutil.get_terminal_size().columns):
            terminalreporter.write_line(line)
        for written in dict.fromkeys(said["report"] for said in self._gates.values() if said.get("report")):
            terminalreporter.write_line(f"report  {written}")


def _suites(config: pytest.Config) -> list[Path]:
    patterns = config.getini("harness_suites") or DEFAULT_SUITES
    found = (path for pattern in patterns for path in sorted(config.rootpath.glob(_to_file(pattern))))
    return list(dict.fromkeys(path.resolve() for path in found if path.is_file()))


def _to_file(pattern: str) -> str:
    return pattern if pattern.endswith(SUITE_FILE) else f"{pattern.rstrip('/')}/{SUITE_FILE}"


def _runs(config: pytest.Config) -> SharedRuns:
    if _RUNS not in config.stash:
        from harness.assertions import SharedRuns

        folder = getattr(config, "workerinput", {}).get("evals_shared")
        config.stash[_RUNS] = SharedRuns(None if folder is None else Path(folder))
    return config.stash[_RUNS]


def _run(config: pytest.Config, path: Path, asked: AskedFor) -> Shared:
    """Run a suite, telling how it goes on the terminal itself where there is one to be told."""
    quiet = config.get_verbosity() < 0 or hasattr(config, "workerinput")
    capture = config.pluginmanager.getplugin("capturemanager")
    shown = contextlib.nullcontext() if quiet or capture is None else capture.global_and_fixture_disabled()

    def progress() -> Any:
        from harness.running import make_progress

        print(file=sys.stderr)
        return make_progress(sys.stderr)

    with shown:
        return _runs(config).run(path, asked, None if quiet else progress)


def _option(config: pytest.Config, name: str) -> Any:
    """An option of the command line, else of the ini file; None where neither says anything."""
    given = config.getoption(name)
    if given is not None:
        return given
    said = config.getini(name)
    return None if said in (None, "", []) else said


def _check_options(config: pytest.Config) -> None:
    """Refuse options that make no sense, before anything is collected."""
    for name, least in (("evals_limit", 1), ("evals_max_cost", 0)):
        said = _option(config, name)
        try:
            good = said is None or float(said) >= least
        except ValueError:
            good = False
        if not good:
            raise pytest.UsageError(f"{name} is {said}: give a number of at least {least}")
    if _option(config, "evals_replay") and _option(config, "evals_fresh"):
        raise pytest.UsageError("--evals-fresh asks everything again and --evals-replay asks nothing: give one of them")
    if _option(config, "evals_reference") not in (None, "strict", "lenient"):
        raise pytest.UsageError("evals_reference is strict or lenient")


def _asked(config: pytest.Config, variants: Any = None, repeats: int | None = None) -> AskedFor:
    from harness.assertions import AskedFor

    said = {name: _option(config, f"evals_{name}") for name in ("replay", "fresh", "store", "limit", "max_cost", "report")}
    return AskedFor(
        replay=bool(said["replay"]),
        fresh=bool(said["fresh"]),
        store=None if said["store"] is None else str(Path(config.rootpath, said["store"])),
        variants=variants,
        limit=None if said["limit"] is None else int(said["limit"]),
        repeats=repeats,
        max_cost=None if said["max_cost"] is None else float(said["max_cost"]),
        report=said["report"],
        reference=_option(config, "evals_reference"),
    )
