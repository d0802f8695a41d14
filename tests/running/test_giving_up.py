"""A variant that is down for good is given up with one line; the others go on."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from harness.models import Response
from harness.running import run_suite
from harness.running.patience import AFTER_SUCCESS, IN_A_ROW, Patience
from harness.store import Store
from tests.provider import Provider, fails, knows_no_model, refuses_key
from tests.running.suites import Remembering, asks, write_suite


def dead_endpoint() -> str:
    """An address nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/v1"


@pytest.mark.filterwarnings("ignore:coroutine '.*completion' was never awaited:RuntimeWarning")  # litellm's, when abandoned
def test_a_refused_key_a_wrong_model_and_a_dead_endpoint_give_one_line_each(tmp_path: Path, provider: Provider) -> None:
    provider.on("refused", refuses_key())
    provider.on("wrong", knows_no_model("wrong"))
    provider.on("picky", fails(400, "max_tokens is too large"))
    variants = {
        "refused": asks("refused", provider.url),
        "wrong": asks("wrong", provider.url),
        "picky": asks("picky", provider.url),
        "dead": asks("dead", dead_endpoint()),
        "good": asks("good", provider.url),
    }
    suite = write_suite(tmp_path, variants, fixtures=40, concurrency=5)
    store, progress = Store(tmp_path / "runs"), Remembering()

    outcome = run_suite(suite, store, progress=progress)

    run = store.read(outcome.folder)
    assert outcome.stopped == run.record.stopped
    assert set(outcome.stopped) == {"refused", "wrong", "picky", "dead"}
    for variant, kind in (("refused", "auth"), ("wrong", "not_found"), ("picky", "bad_request"), ("dead", "connection")):
        line = outcome.stopped[variant]
        assert line.startswith(f"{kind}: ")
        assert "\n" not in line
        assert line.endswith("of 40 not asked")
        assert len([note for note in progress.notes if note.startswith(f"{variant} is given up")]) == 1
    assert len(provider.asked("refused")) <= 10 and len(provider.asked("wrong")) <= 10, (
        "what was in flight already, and little more"
    )
    assert len(provider.asked("picky")) <= IN_A_ROW + 5
    assert [r.response.text for r in run.responses if r.variant == "good"] == ["ok"] * 40
    assert run.record.status == "stopped" and not outcome.interrupted

    provider.on("refused", "ok")
    again = store.read(run_suite(suite, store, variants=["refused", "good"]).folder)
    assert again.record.status == "complete"
    assert again.record.totals["asked"] == 40, "those that failed and those that were never asked"


def test_a_local_model_without_weights_stops_its_variants_only(tmp_path: Path, provider: Provider) -> None:
    local = {"role": "prompt", "model": "local/no-such-model", "prompt": "ask.yaml"}
    suite = write_suite(tmp_path, {"local": local, "good": asks("good", provider.url)}, fixtures=2)
    store = Store(tmp_path / "runs")

    outcome = run_suite(suite, store)

    assert list(outcome.stopped) == ["local"]
    assert "no-such-model" in outcome.stopped["local"]
    assert len(store.read(outcome.folder).responses) == 2


def test_weights_that_cannot_be_loaded_stop_their_variant_only(tmp_path: Path, provider: Provider) -> None:
    pytest.importorskip("xllamacpp")
    local = {"role": "prompt", "model": "local/broken.gguf", "prompt": "ask.yaml"}
    variants = {"local": local, "good": asks("good", provider.url)}
    suite = write_suite(tmp_path, variants, fixtures=3, files={"broken.gguf": "no model"})
    store = Store(tmp_path / "runs")

    outcome = run_suite(suite, store)

    assert "broken.gguf" in outcome.stopped["local"]
    assert outcome.stopped["local"].endswith("3 of 3 not asked")
    assert {r.variant for r in store.read(outcome.folder).responses} == {"good"}


GOOD = Response(text="ok")


def failed(kind: str) -> Response:
    return Response(outcome="failed", error="x", error_kind=kind)  # type: ignore[arg-type]  # a word of the test's table


def test_failures_that_pass_do_not_end_a_variant() -> None:
    patience = Patience()
    assert not any(patience.exhausted_by(failed("server")) for _ in range(AFTER_SUCCESS - 1))
    assert not any(patience.exhausted_by(each) for each in [GOOD, failed("connection")] * 50)
    assert not any(patience.exhausted_by(failed(kind)) for kind in ("callable", "missing", "context_window") for _ in range(99))


def test_a_provider_that_answered_once_gets_longer() -> None:
    patience = Patience()
    patience.exhausted_by(GOOD)
    assert [patience.exhausted_by(failed("connection")) for _ in range(AFTER_SUCCESS)] == [False] * (AFTER_SUCCESS - 1) + [True]


@pytest.mark.parametrize("kind", ["auth", "not_found", "quota", "rate_limit"])
def test_failures_that_no_waiting_mends_end_a_variant_after_a_few_though_it_had_answered(kind: str) -> None:
    patience = Patience()
    patience.exhausted_by(GOOD)
    assert [patience.exhausted_by(failed(kind)) for _ in range(IN_A_ROW)] == [False] * (IN_A_ROW - 1) + [True]


def test_a_single_refused_key_among_answers_ends_nothing() -> None:
    patience = Patience()
    assert not any(patience.exhausted_by(each) for each in [GOOD, failed("auth")] * 50)


@pytest.mark.parametrize("kind", ["connection", "bad_request", "timeout"])
def test_a_few_failures_end_a_variant_that_never_answered(kind: str) -> None:
    patience = Patience()
    assert [patience.exhausted_by(failed(kind)) for _ in range(IN_A_ROW)] == [False] * (IN_A_ROW - 1) + [True]
