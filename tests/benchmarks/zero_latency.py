"""nginx as a model provider that answers everything at once with one fixed completion."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COMPLETION = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_700_000_000,
    "model": "served-model",
    "system_fingerprint": "fp_1",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": '{"score": 8, "reason": "It says when the order will be there."}'},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 200, "completion_tokens": 18, "total_tokens": 218},
}

CONFIGURATION = """
daemon off; master_process off; pid nginx.pid; error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
    access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; client_max_body_size 10m; client_body_buffer_size 1m;
    client_body_temp_path t; proxy_temp_path t; fastcgi_temp_path t; uwsgi_temp_path t; scgi_temp_path t;
    server {{ listen 127.0.0.1:{port} backlog=1024; default_type application/json; location / {{ return 200 '{body}'; }} }}
}}
"""


def nginx() -> str | None:
    """Where nginx is; None where it is not installed."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


@contextmanager
def serving() -> Iterator[str]:
    """Serve while the block runs; yields what goes into api_base."""
    program = nginx()
    assert program is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        configuration = Path(folder, "nginx.conf")
        configuration.write_text(CONFIGURATION.format(port=port, body=_quoted(json.dumps(COMPLETION))))
        with subprocess.Popen(
            [program, "-p", folder, "-e", "stderr", "-c", str(configuration)], stderr=subprocess.DEVNULL
        ) as server:
            try:
                _wait_for(port)
                yield f"http://127.0.0.1:{port}/v1"
            finally:
                server.terminate()


def _quoted(text: str) -> str:
    """As it stands between single quotes in nginx's configuration."""
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("POST", "/v1/chat/completions", b"{}")
            assert json.load(connection.getresponse()) == COMPLETION
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        finally:
            connection.close()
