"""The application: which address shows what. Runs are looked up by name in the store's list; no address is a path."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING

from harness.errors import HarnessError
from harness.report import render_message
from harness.store import Store
from harness.view.guarding import App, Guard
from harness.view.pages import NoSuchPageError, Pages

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)"')
_UNREADABLE = 500


def make_app(store: Store, *, port: int, token: str) -> App:
    """Make the guarded application.

    Args:
        store: The store it shows.
        port: The port it is served at.
        token: The secret that lets a browser in.
    """
    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.routing import Route

    pages = Pages(store)

    def index(request: Request) -> Response:
        return _page(pages.index())

    def verdicts(request: Request) -> Response:
        text = json.dumps(pages.verdicts(), ensure_ascii=False)
        return Response(text, media_type="application/json")

    def run(request: Request) -> Response:
        return _page(pages.report(request.path_params["suite"], request.path_params["run_id"]))

    def compare(request: Request) -> Response:
        asked = request.query_params
        return _page(pages.compared(asked.get("before", ""), asked.get("after", "")))

    def nights(request: Request) -> Response:
        return _page(pages.nights(request.path_params["suite"]))

    def icon(request: Request) -> Response:
        return Response(status_code=204)

    app = Starlette(
        routes=[
            Route("/", index),
            Route("/verdicts.json", verdicts),
            Route("/run/{suite}/{run_id}", run),
            Route("/compare", compare),
            Route("/nights/{suite}", nights),
            Route("/favicon.ico", icon),
        ],
        exception_handlers={404: _absent, HarnessError: _said, NoSuchPageError: _absent, OSError: _said},
    )
    return Guard(app, port=port, token=token)


def _page(text: str, status: int = 200) -> Response:
    """A page with its own policy as a header too, where it also forbids frames."""
    from starlette.responses import HTMLResponse

    found = _POLICY.search(text, 0, 8_192)
    policy = html.unescape(found.group(1)) if found else "default-src 'none'"
    data = text.encode("utf-8", "replace")
    headers = {"content-security-policy": f"{policy}; frame-ancestors 'none'"}
    return HTMLResponse(data, status, headers=headers)


def _absent(request: Request, error: Exception) -> Response:
    return _page(render_message("There is no such page", ("The run may have been removed.",)), 404)


def _said(request: Request, error: Exception) -> Response:
    return _page(render_message("This cannot be shown", tuple(str(error).splitlines())), _UNREADABLE)
