"""The HTTP client that litellm is given where it takes one, so that an attempt is one request and no more."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

SHORT_WAY = "EXPERIMENTAL_OPENAI_BASE_LLM_HTTP_HANDLER"
"""litellm's switch that sends ``openai/`` calls itself instead of through OpenAI's package, at half the cost."""

_OWN_CLIENT = frozenset({"client", "ssl_verify", "shared_session"})


def takes_client(arguments: Mapping[str, Any]) -> bool:
    """Whether litellm uses a client given to it with this call."""
    provider = str(arguments["model"]).partition("/")[0]
    return (provider == "hosted_vllm" or (provider == "openai" and _short())) and not _OWN_CLIENT & arguments.keys()


def lacks_key(litellm: Any, arguments: Mapping[str, Any]) -> bool:
    """Whether a call would go to OpenAI without a key: OpenAI's package refuses that, the short way does not."""
    if not str(arguments["model"]).startswith("openai/") or arguments.get("api_key"):
        return False
    return not (litellm.api_key or litellm.openai_key or litellm.get_secret("OPENAI_API_KEY"))


def _short() -> bool:
    return os.environ.get(SHORT_WAY, "").strip().lower() == "true"


def one_request_client() -> Any:
    """Return a client for the running event loop.

    litellm's own sends a request again, and has it billed again, where the connection broke off after the provider had it.
    Another attempt is for the gateway to decide.
    """
    from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler

    class OneRequest(AsyncHTTPHandler):  # type: ignore[misc]
        """Called by litellm while it handles the error, which goes on its way."""

        async def single_connection_post_request(self, *args: Any, **settings: Any) -> Any:
            raise  # noqa: PLE0704

    return OneRequest()
