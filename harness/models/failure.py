"""What went wrong on the provider's side: litellm's exceptions told apart by kind, each in one clear line."""

from __future__ import annotations

import email.utils
import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from harness.models.request import Request
from harness.models.response import FailureKind
from harness.models.scrubbing import one_line

RETRIED: frozenset[FailureKind] = frozenset({"rate_limit", "timeout", "connection", "server", "malformed"})
"""Kinds that may pass by themselves; the others need a change by the user."""

_MALFORMED_TEXTS = (
    "Empty or invalid response from LLM endpoint",
    "Invalid response object",
    "that is not a list",
    "Unable to parse response",
    "Error parsing response",
)
_NO_KEY = re.compile(r"missing credentials|api_key client option must be set|(missing|no) (\w+ )?api key")
_CONNECTION_TYPES = frozenset(
    {"APIConnectionError", "ConnectError", "ConnectTimeout", "ClientConnectorError", "ConnectionRefusedError"}
)
_BROKEN_TYPES = frozenset(
    {"ReadError", "RemoteProtocolError", "ClientPayloadError", "ServerDisconnectedError", "ConnectionResetError"}
)
_BAD_ADDRESS_TYPES = frozenset({"InvalidURL", "InvalidUrlClientError", "UnsupportedProtocol"})


class ProviderFailure(Exception):
    """One attempt that brought no answer.

    Attributes:
        kind: Its family.
        retry_after: Seconds the provider asks to wait, None where it does not say.
        retried: Whether another attempt may help.
    """

    def __init__(self, kind: FailureKind, message: str, *, retry_after: float | None = None, retried: bool | None = None) -> None:
        """Keep the line as it is to be shown."""
        super().__init__(message)
        self.kind = kind
        self.retry_after = retry_after
        self.retried = kind in RETRIED if retried is None else retried


class ProviderRefusal(Exception):
    """The provider's content filter turned the prompt away: a refusal, which is the model's doing, and no failure."""


def classify(error: Exception, request: Request, address: str | None, secrets: Sequence[str] = ()) -> ProviderFailure:
    """Turn an exception of a litellm call into a failure, or raise ProviderRefusal where it is one.

    Args:
        error: What litellm raised.
        request: What was asked.
        address: The endpoint's address, None for the provider's own.
        secrets: The key used, to be scrubbed beside those found in the environment.

    Raises:
        ProviderRefusal: The content filter refused the prompt.
    """
    said = one_line(str(getattr(error, "message", None) or error), secrets)
    types = {name for link in _chain(error) for name in (c.__name__ for c in type(link).__mro__)}
    own = {c.__name__ for c in type(error).__mro__}
    codes = _codes(error)
    if "ContentPolicyViolationError" in own:
        raise ProviderRefusal(said)
    if "ContextWindowExceededError" in own or "context_length_exceeded" in codes:
        kind, message = _Found("context_window", f"the prompt is too long for the model: {said}")
    else:
        place = one_line(f"at {address}", secrets) if address else f"where {request.model.split('/')[0]} should be"
        kind, message = (
            _on_the_way(own, types, said, request, place)
            or _by_text(own, types, said, request)
            or _by_status(_status(error), said, request)
        )
    spent = kind == "rate_limit" and "insufficient_quota" in codes  # no waiting brings money
    return ProviderFailure(
        kind, one_line(message, secrets), retry_after=_retry_after(_headers(error)), retried=False if spent else None
    )


class _Found(NamedTuple):
    kind: FailureKind
    message: str


def _on_the_way(own: set[str], types: set[str], said: str, request: Request, place: str) -> _Found | None:
    """Faults on the way there and back, which litellm mostly reports as 500: told by the causes behind the exception."""
    if own & {"Timeout", "APITimeoutError"}:
        answered = "HTTPStatusError" in types
        return _Found(
            "timeout", f"the provider ran out of time: {said}" if answered else f"no answer within {request.timeout:g} s"
        )
    if types & _BAD_ADDRESS_TYPES:
        return _Found(
            "bad_request", f"the address is not a URL: {place.removeprefix('at ')}; write api_base as http://host:port/v1"
        )
    if types & _BROKEN_TYPES:
        return _Found("connection", f"the connection broke off before the whole answer was there ({place})")
    if (types - own) & _CONNECTION_TYPES:
        return _Found("connection", f"nothing answers {place}")
    return None


def _by_text(own: set[str], types: set[str], said: str, request: Request) -> _Found | None:
    """Faults that litellm tells in words alone."""
    low = said.lower()
    if "llm provider not provided" in low:
        how = "write it as provider/model, for instance openai/gpt-4o-mini"
        return _Found("bad_request", f"the model '{request.model}' names no provider; {how}")
    if _NO_KEY.search(low):
        named = "name the variable that holds the key in api_key_env, or set the provider's own"
        return _Found("auth", f"there is no key for '{request.model}'; {named} ({said})")
    if "HTTPStatusError" not in types and ("JSONDecodeError" in types or any(text in said for text in _MALFORMED_TEXTS)):
        return _Found("malformed", f"the reply is not a chat completion: {said}")
    if types & {"ImportError"}:
        return _Found("bad_request", f"litellm lacks a package for '{request.model}': {said}")
    if "UnsupportedParamsError" in own:
        return _Found("bad_request", f"the model '{request.model}' does not take these params: {said}")
    return None


def _by_status(status: int | None, said: str, request: Request) -> _Found:
    """Faults the provider reported itself."""
    model = request.model.split("/", 1)[-1]
    key = f"the key in {request.api_key_env}" if request.api_key_env else "the key"
    unknown = f"the provider does not know the model '{model}': {said}"
    no_api = "the address has no chat API (404); check api_base, it usually ends in /v1"
    found: dict[int | None, _Found] = {
        None: _Found("bad_request", f"the request could not be sent: {said}"),
        401: _Found("auth", f"the provider refuses {key}: {said}"),
        402: _Found("auth", f"the provider wants payment first: {said}"),
        403: _Found("auth", f"the provider refuses {key}: {said}"),
        404: _Found("not_found", no_api if "<html" in said.lower() else unknown),
        429: _Found("rate_limit", f"the provider limits the rate (429): {said}"),
    }
    if status in found:
        return found[status]
    if status is not None and 400 <= status < 500:
        return _Found("bad_request", f"the provider refuses the request ({status}): {said}")
    return _Found("server", f"the provider failed ({status}): {said}")


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__


def _codes(error: Exception) -> set[str]:
    """The provider's own words for the fault: ``code`` in the bodies of the exception and its causes."""
    bodies = (getattr(link, "body", None) for link in _chain(error))
    return {str(body.get("code")) for body in bodies if isinstance(body, dict)}


def _status(error: Exception) -> int | None:
    """The HTTP status; None where the exception was no HTTP answer at all."""
    try:
        return int(getattr(error, "status_code", None) or 0) or None
    except (TypeError, ValueError):
        return None


def _headers(error: Exception) -> Mapping[str, Any]:
    """The provider's headers: litellm keeps them beside the exception, not on its made-up response."""
    for holder in (error, getattr(error, "response", None)):
        for name in ("litellm_response_headers", "headers"):
            headers = getattr(holder, name, None)
            if headers:
                return {str(key).lower(): value for key, value in dict(headers).items()}
    return {}


def _retry_after(headers: Mapping[str, Any]) -> float | None:
    """Seconds to wait by Retry-After (RFC 9110: seconds, or a date) or retry-after-ms."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        try:
            seconds = float(value) / unit
        except ValueError:
            try:
                seconds = email.utils.parsedate_to_datetime(str(value)).timestamp() - time.time()
            except (ValueError, TypeError):
                continue
        if math.isfinite(seconds):
            return max(0.0, seconds)
    return None
