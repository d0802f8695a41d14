"""What importing costs: nothing heavy is loaded until it is used."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("litellm", "pandas", "scipy", "duckdb", "jinja2", "numpy", "pydantic", "bm25s", "rich")


def loaded_after(code: str) -> set[str]:
    program = f"import sys\n{code}\nprint(' '.join(m for m in {HEAVY!r} if m in sys.modules))"
    return set(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_after("import harness") == set()


def test_asking_for_help_loads_nothing_heavy() -> None:
    asking = "import io, contextlib\nfrom harness.cli import main\nwith contextlib.redirect_stdout(io.StringIO()):\n"
    assert loaded_after(asking + "    try: main(['--help'])\n    except SystemExit: pass") == set()


def test_loading_a_suite_asks_for_no_model_library() -> None:
    loading = "import harness, tempfile, os\nfrom harness.suite.starting import start_suite\n"
    loading += "folder = os.path.join(tempfile.mkdtemp(), 'mine'); start_suite(folder); harness.load_suite(folder)"
    assert loaded_after(loading) & {"litellm", "pandas", "scipy", "duckdb"} == set()


def test_every_public_name_is_there() -> None:
    import harness

    for name in harness.__all__:
        assert getattr(harness, name) is not None
