"""``harness view`` as a browser and as a stranger meet it: real HTTP, a real process, a real browser."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from harness.store import Night, Nights, Store

RECORDED = Path(__file__).parents[2] / "evals/order_intake/recorded"
FIRST, SECOND = "20261122T105514Z-23cb23", "20261123T090000Z-0a0a0a"


@dataclass
class Served:
    """A server, and what a browser that was let in sends."""

    process: subprocess.Popen[str]
    address: str
    cookie: str = ""

    @property
    def port(self) -> int:
        return urlsplit(self.address).port or 0

    def get(self, path: str, *, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
        sent = {"Host": f"127.0.0.1:{self.port}", "Cookie": self.cookie, **headers}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.putrequest(method, path, skip_host=True)
        for name, value in sent.items():
            if value:
                connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


@contextmanager
def served(store: Path, *options: str) -> Iterator[Served]:
    command = [sys.executable, "-m", "harness", "view", "--store", str(store), "--json", *options]
    environment = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            said = json.loads("".join(process.stdout.readline() for _ in range(4)))
            yield Served(process, said["address"])
        finally:
            process.kill()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recorded run, the same under a later date, and two nights."""
    root = tmp_path_factory.mktemp("view") / "runs"
    shutil.copytree(RECORDED, root)
    again = root / "order_intake" / SECOND
    shutil.copytree(root / "order_intake" / FIRST, again)
    kept = Store(root)
    record = kept.read_record(again)
    kept.write_record(again, replace(record, run_id=SECOND, started_at="2026-11-23T09:00:00+00:00"))
    Nights(root, "order_intake").add(
        Night("2026-11-23T09:00:00+00:00", (SECOND, "gone"), "x", "regressed", 1,
              standings={"tuned/field_accuracy/worse": "confirmed"}, values={"tuned/field_accuracy": 0.6625})
    )  # fmt: skip
    return root


@pytest.fixture(scope="module")
def view(store: Path) -> Iterator[Served]:
    with served(store) as one:
        status, headers, _ = one.get(f"/?{urlsplit(one.address).query}")
        assert (status, headers["location"]) == (303, "/")
        one.cookie = headers["set-cookie"].partition(";")[0]
        assert headers["set-cookie"].endswith("; Path=/; HttpOnly; SameSite=Strict")
        yield one


def test_the_index_lists_the_runs_newest_first_with_links(view: Served) -> None:
    status, headers, body = view.get("/")
    assert status == 200
    assert body.index(SECOND) < body.index(FIRST)
    assert f'href="/run/order_intake/{FIRST}"' in body
    assert "840 of 840" in body and 'href="/nights/order_intake"' in body
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert {headers[name] for name in ("x-content-type-options", "x-frame-options", "cache-control")} == {
        "nosniff", "DENY", "no-store",
    }  # fmt: skip


def test_a_report_is_served_as_harness_report_writes_it(view: Served, store: Path, tmp_path: Path) -> None:
    import harness

    written = harness.report(harness.load_run(FIRST, store=store), tmp_path / "report.html")
    status, headers, body = view.get(f"/run/order_intake/{FIRST}")
    assert (status, body) == (200, written.read_text(encoding="utf-8"))
    assert "script-src 'sha256-" in headers["content-security-policy"]


def test_a_report_is_rendered_anew_where_the_run_has_changed(view: Served, store: Path) -> None:
    path = f"/run/order_intake/{SECOND}"
    before = view.get(path)[2]
    folder = store / "order_intake" / SECOND
    kept = Store(store)
    record = kept.read_record(folder)
    kept.write_record(folder, replace(record, definition={**record.definition, "description": "Described anew."}))
    try:
        assert "Described anew." not in before and "Described anew." in view.get(path)[2]
    finally:
        kept.write_record(folder, record)


def test_two_runs_are_compared(view: Served) -> None:
    status, _, body = view.get(f"/compare?before=order_intake/{FIRST}&after=order_intake/{SECOND}")
    assert status == 200
    assert "Nothing was asked again" in body
    status, _, body = view.get(f"/compare?before=order_intake/{FIRST}&after=order_intake/{FIRST}")
    assert (status, f"both runs are {FIRST}" in body) == (500, True)


def test_the_nights_of_a_suite_are_listed(view: Served) -> None:
    status, _, body = view.get("/nights/order_intake")
    assert status == 200
    assert "The fine-tune regressed" in body and "tuned field_accuracy worse: confirmed" in body and "0.6625" in body
    assert f'href="/run/order_intake/{SECOND}"' in body and ">gone<" not in body


def test_verdicts_come_in_while_the_index_is_looked_at(view: Served) -> None:
    view.get("/")
    deadline = time.monotonic() + 120
    while (said := json.loads(view.get("/verdicts.json")[2]))["pending"] and time.monotonic() < deadline:
        time.sleep(0.1)
    verdict = said["verdicts"][f"order_intake/{FIRST}"]
    assert (verdict["word"], verdict["kind"]) == ("do not ship", "bad")
    assert verdict["headline"].startswith("tuned_rag beats baseline on field_accuracy by 39.8 points")


@pytest.mark.parametrize(
    "path",
    [
        "/run/order_intake/nothing",
        "/run/order_intake/..",
        "/run/..%2f..%2f..%2fetc/passwd",
        "/run/order_intake/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/../../../../etc/passwd",
        "//etc/passwd",
        "/nights/..",
        "/nights/%2e%2e",
        "/compare?before=../../x&after=/etc/passwd",
        "/run.json",
        f"/run/order_intake/{FIRST}/run.json",
        "/run/%00/%00",
    ],
)
def test_what_is_no_page_is_not_found(view: Served, path: str) -> None:
    status, headers, body = view.get(path)
    assert (status, "There is no such page" in body, "root:" in body) == (404, True, False)
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize(
    "host", ["example.org", "example.org:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1:{port}.example.org", "[::1]:{port}", ""]
)
def test_no_other_host_is_answered(view: Served, host: str) -> None:
    status, _, body = view.get("/", Host=host.format(port=view.port))
    assert status in (421, 400)
    assert FIRST not in body


def test_without_the_secret_nothing_is_shown(view: Served) -> None:
    for path in ("/", f"/run/order_intake/{FIRST}", "/verdicts.json", "/nothing", "/compare?before=a&after=b"):
        for cookie in ("x=y", f"harness_view_{view.port}=", f"harness_view_{view.port}=wrong", "\xff=;;=\xe9"):
            status, headers, body = view.get(path, Cookie=cookie)
            assert (status, "set-cookie" in headers, FIRST in body) == (403, False, False)
    token = urlsplit(view.address).query
    for query in ("token=", "token=wrong", f"{token}x", token[:-1], "token=%ff", f"{token}&token=wrong"):
        status, headers, _ = view.get(f"/?{query}", Cookie="x=y")
        assert (status, "set-cookie" in headers) == (403, False)
    assert len(token) >= len("token=") + 43  # 256 bits


def test_the_secret_is_no_other_secret_than_that_of_the_cookie(view: Served) -> None:
    assert view.cookie.partition("=")[2] not in view.address


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_nothing_can_be_sent(view: Served, method: str) -> None:
    status, headers, _ = view.get("/", method=method)
    assert (status, headers["allow"]) == (405, "GET, HEAD")


def test_only_this_machine_is_listened_to(view: Served) -> None:
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    local = [line.split()[1] for line in lines if line.split()[3] == "0A"]
    assert [a for a in local if a.endswith(f":{view.port:04X}")] == [f"0100007F:{view.port:04X}"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_well_even_while_a_browser_holds_a_connection(store: Path, number: signal.Signals) -> None:
    with served(store) as one:
        held = http.client.HTTPConnection("127.0.0.1", one.port, timeout=60)
        held.request("GET", "/")
        held.getresponse().read()
        one.process.send_signal(number)
        assert one.process.wait(20) == 0
        assert one.process.stderr is not None and one.process.stderr.read() == ""
        held.close()


def test_a_port_that_is_taken_and_a_place_that_is_no_store_are_said(view: Served, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for options, said in (
        (["--port", str(view.port)], f"port {view.port} of 127.0.0.1 cannot be had"),
        (["--store", str(tmp_path / "file")], "is a file, and runs are kept in a folder"),
        (["--port", "70000"], "70000 is not in the range"),
    ):
        command = [sys.executable, "-m", "harness", "view", "--no-browser", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (2, True, False), done.stderr


def test_a_missing_extra_is_named(tmp_path: Path) -> None:
    code = "import sys; sys.modules['uvicorn'] = None; from harness.cli import main; main(['view'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    said = 'harness view needs uvicorn, which is not installed. pip install "finetune-harness[view]".'
    assert done.stderr.strip() == said


def test_an_empty_store_is_a_page_that_says_what_to_do(tmp_path: Path) -> None:
    with served(tmp_path / "none") as one:
        _, headers, _ = one.get(f"/?{urlsplit(one.address).query}")
        status, _, body = one.get("/", Cookie=headers["set-cookie"].partition(";")[0])
        assert (status, "There are no runs here yet" in body) == (200, True)


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium")
def test_a_browser_goes_from_the_index_to_a_report_and_back_and_compares_two_runs(view: Served) -> None:
    from playwright.sync_api import sync_playwright

    from tests.report.browsing import serious_findings
    from tests.report.conftest import FLAGS

    said: list[str] = []
    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page()
        page.set_default_timeout(120_000)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(view.address)
        assert page.url == f"http://127.0.0.1:{view.port}/"
        page.get_by_text("do not ship").nth(1).wait_for()
        assert page.evaluate("document.cookie") == ""
        assert serious_findings(page, "body") == []
        page.get_by_role("link", name=FIRST).click()
        page.get_by_role("heading", level=1).wait_for()
        assert page.url.endswith(f"/run/order_intake/{FIRST}")
        page.go_back()
        page.get_by_role("radio", name=f"{FIRST} as the earlier run").check()
        page.get_by_role("radio", name=f"{SECOND} as the later run").check()
        page.get_by_role("button", name="Compare").click()
        page.get_by_role("heading", name="What the runs differ in").wait_for()
        page.set_viewport_size({"width": 360, "height": 740})
        page.goto(f"http://127.0.0.1:{view.port}/")
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        browser.close()
    assert said == []
    assert {urlsplit(url).netloc for url in asked} == {f"127.0.0.1:{view.port}"}
