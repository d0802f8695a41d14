"""Everything that is checked, and everything that is regenerated: `nox` runs lint, types and tests."""

from __future__ import annotations

import nox

nox.options.sessions = ["lint", "types", "tests"]
nox.options.default_venv_backend = "virtualenv"
nox.options.error_on_missing_interpreters = False

OFFLINE = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "PYTHONDONTWRITEBYTECODE": "",  # hundreds of tests start a Python of their own, which else compiles the package each time
}


@nox.session
def lint(session: nox.Session) -> None:
    """Check style with ruff, and that the rooms import one way with import-linter."""
    session.install("ruff>=0.11", "import-linter>=2.1")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports", env={"PYTHONPATH": "."})


@nox.session
def types(session: nox.Session) -> None:
    """Check types with mypy, strictly."""
    session.install("mypy>=1.15", "pytest", "-e", ".")
    session.run("mypy")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests: real HTTP, real DuckDB, a real browser, and the real embedded model, which needs both processors, last."""
    session.install("-e", ".[local,text,dev]")
    beside = ("-n", "4", "--dist", "loadfile", "-m", "not local_model and not six_weeks")
    alone = ("-m", "local_model")
    for half in (beside, alone):
        nothing = 5  # of what was named on the command line is in this half
        session.run("pytest", "--benchmark-skip", *half, *session.posargs, env=OFFLINE, success_codes=[0, nothing])


@nox.session
def nights(session: nox.Session) -> None:
    """Play every night of six weeks through the program, in each of the ways they can go; about ten minutes."""
    session.install("-e", ".[local,text,dev]")
    session.run("pytest", "tests/session/test_nightly.py", "-m", "six_weeks", *session.posargs, env=OFFLINE)


@nox.session
def docs(session: nox.Session) -> None:
    """Run the code blocks of README.md and docs/."""
    session.install("-e", ".[local,text,dev]")
    session.run("pytest", "tests/docs", *session.posargs, env=OFFLINE)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure speed, as ratios against something run beside it."""
    session.install("-e", ".[local,text,dev]")
    session.run("pytest", "tests/benchmarks", "--benchmark-only", *session.posargs, env=OFFLINE)


@nox.session
def performance(session: nox.Session) -> None:
    """Measure planning and memory by size and write docs/performance.md; half an hour on two quiet cores.

    ``nox -s performance -- --resume`` goes on where it was stopped; ``-- --again`` only writes the page.
    """
    session.install("-e", ".[dev]")
    session.run("python", "tests/performance", *session.posargs, env=OFFLINE)


@nox.session
def calibration(session: nox.Session) -> None:
    """Try the default route on data of which the truth is known, and write docs/calibration.md; 15 minutes on two busy cores.

    ``nox -s calibration -- --resume`` goes on where it was stopped; ``-- --again`` only writes the page.
    """
    session.install("-e", ".[dev]")
    session.run("python", "tests/calibration", *session.posargs, env=OFFLINE)


@nox.session
def example(session: nox.Session) -> None:
    """Render reports/order_intake.html and its picture from the recorded run of the shipped suite.

    With ``nox -s example -- --fresh`` the recorded run itself is made anew: four model variants are asked, which takes
    about nine minutes on two cores.
    """
    session.install("-e", ".[local,text,dev]")
    if "--fresh" in session.posargs:
        session.run("python", "reports/record.py", env=OFFLINE)
    session.run("python", "reports/render.py", env=OFFLINE)
