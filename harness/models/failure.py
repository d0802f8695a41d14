"""What went wrong on the provider's side: litellm's exceptions told apart by kind, each in one clear line."""

from __future__ import annotations

import email.utils
import json
import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from harness.models.limit_headers import limit_headers
from harness.models.request import Request
from harness.models.response import FailureKind
from harness.models.scrubbing import one_line
from harness.models.transport import RedirectedError, TooMuchError, UnreadableError

RETRIED: frozenset[FailureKind] = frozenset({"rate_limit", "timeout", "connection", "server", "malformed"})
"""Kinds that may pass by themselves; the others need a change by the user."""

_MALFORMED_TEXTS = (
    "Empty or invalid response from LLM endpoint",
    "Invalid response object",
    "that is not a list",
    "Unable to parse response",
    "Error parsing response",
    "Error converting to valid response",
    "Error in response object",
    "with no 'choices'",
)
_NO_CREDIT = re.compile(r"insufficient_quota|credit balance is too low|insufficient (balance|credits)", re.IGNORECASE)
_ADVICE = re.compile(r"\s*Handle with `litellm[^`]*`\.?")
_UNSENDABLE = re.compile(r"not JSON (serializable|compliant)|codec can't encode")
_NO_KEY = re.compile(r"missing credentials|api_key client option must be set|(missing|no) (\w+ )?api key")
_CONNECTION_TYPES = frozenset(
    {"APIConnectionError", "ConnectError", "ConnectTimeout", "ClientConnectorError", "ConnectionRefusedError"}
)
_BROKEN_TYPES = frozenset(
    {"ReadError", "RemoteProtocolError", "ClientPayloadError", "ServerDisconnectedError", "ConnectionResetError"}
)
_OVERLOADED = frozenset({503, 529})
_PASSING = frozenset({409, 425})
_PAYMENT = 402
_LONGEST_BODY = 100_000
_UNCONNECTED_TYPES = frozenset({"ClientConnectorError", "ConnectionRefusedError", "gaierror", "ConnectTimeout"})
_UNPACKED_TYPES = frozenset({"DecodingError", "ContentEncodingError"})
_UNREADABLE_TYPES = frozenset(
    {"KeyError", "IndexError", "AttributeError", "TypeError", "ValueError", "ValidationError", "RecursionError"}
)
_NO_TLS_TYPES = frozenset({"ClientConnectorSSLError", "ClientConnectorCertificateError"})
_NO_TLS = re.compile(r"wrong_version_number|record_layer_failure|packet_length_too_long|http_request|certificate", re.IGNORECASE)
_BAD_ADDRESS_TYPES = frozenset({"InvalidURL", "InvalidUrlClientError", "UnsupportedProtocol"})


class ProviderFailure(Exception):
    """One attempt that brought no answer.

    Attributes:
        kind: Its family.
        retry_after: Seconds the provider asks to wait, None where it does not say.
        retried: Whether another attempt may help.
        headers: What the provider's headers say of its limits, names in lower case.
        overloaded: Whether the provider has too much to do (503, 529), so that fewer requests are what helps.
        unsent: Whether there never was a connection, so that nothing can have been billed.
    """

    def __init__(
        self,
        kind: FailureKind,
        message: str,
        *,
        retry_after: float | None = None,
        retried: bool | None = None,
        headers: Mapping[str, str] | None = None,
        overloaded: bool = False,
        unsent: bool = False,
    ) -> None:
        """Keep the line as it is to be shown."""
        super().__init__(message)
        self.kind = kind
        self.retry_after = retry_after
        self.retried = kind in RETRIED if retried is None else retried
        self.headers = dict(headers or {})
        self.overloaded = overloaded
        self.unsent = unsent

    @property
    def limits(self) -> bool:
        """Whether the provider asks for fewer requests, and not for money."""
        return self.retried and (self.kind == "rate_limit" or self.overloaded)

    @property
    def only_waits(self) -> bool:
        """Whether the provider merely says to come back later, which uses up no attempt."""
        return self.limits and (self.kind == "rate_limit" or self.retry_after is not None)


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
    said = one_line(_words(str(getattr(error, "message", None) or error)), secrets)
    types = {name for link in _chain(error) for name in (c.__name__ for c in type(link).__mro__)}
    own = {c.__name__ for c in type(error).__mro__}
    codes, status = _codes(error), _status(error)
    if "ContentPolicyViolationError" in own:
        raise ProviderRefusal(said)
    if "ContextWindowExceededError" in own or "context_length_exceeded" in codes:
        found = _Found("context_window", f"the prompt is too long for the model: {said}")
    elif "insufficient_quota" in codes or status == _PAYMENT or (status in (400, 403, 429) and _NO_CREDIT.search(said)):
        found = _Found("quota", f"the provider wants payment first: {said}")
    else:
        place = one_line(f"at {address}", secrets) if address else f"where {request.model.split('/')[0]} should be"
        found = (
            _at_the_address(error, types, place)
            or _unread(error, types, place)
            or _on_the_way(own, types, said, request, place)
            or _by_text(own, types, said, request)
            or _stumbled_over(error, types, said)
            or _by_status(status, said, request)
        )
    headers = _headers(error)
    return ProviderFailure(
        found.kind,
        one_line(found.message, secrets),
        retry_after=_retry_after(headers),
        retried=found.retried,
        headers=limit_headers(headers),
        overloaded=found.kind == "server" and status in _OVERLOADED,
        unsent=found.kind == "connection" and bool(types & _UNCONNECTED_TYPES),
    )


def _words(text: str) -> str:
    """The provider's own words, where the text is litellm's prefix and then the whole body of an OpenAI-style error."""
    text = _ADVICE.sub("", text)
    start = text.find('{"error"')
    if start < 0 or len(text) > _LONGEST_BODY:
        return text
    try:
        body, _ = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return text
    found = body["error"].get("message") if isinstance(body["error"], dict) else body["error"]
    return found if isinstance(found, str) and found else text


class _Found(NamedTuple):
    kind: FailureKind
    message: str
    retried: bool | None = None


def _on_the_way(own: set[str], types: set[str], said: str, request: Request, place: str) -> _Found | None:
    """Faults on the way there and back, which litellm mostly reports as 500: told by the causes behind the exception."""
    if own & {"Timeout", "APITimeoutError"}:
        answered = "HTTPStatusError" in types
        return _Found(
            "timeout", f"the provider ran out of time: {said}" if answered else f"no answer within {request.timeout:g} s"
        )
    if types & _BROKEN_TYPES:
        return _Found("connection", f"the connection broke off before the whole answer was there ({place})")
    if (types - own) & _CONNECTION_TYPES:
        return _Found("connection", f"nothing answers {place}")
    return None


def _at_the_address(error: Exception, types: set[str], place: str) -> _Found | None:
    """Faults of the address itself, or of what lies between: they need a change by the user."""
    if types & _BAD_ADDRESS_TYPES:
        how = "write api_base as http://host:port/v1"
        return _Found("bad_request", f"the address is not a URL: {place.removeprefix('at ')}; {how}")
    redirected = next((link for link in _chain(error) if isinstance(link, RedirectedError)), None)
    if redirected is not None:
        how = "keys and prompts go only where the suite says; if that is the place, write it in api_base"
        return _Found("bad_request", f"the provider sends the request on to {redirected.to} ({place}); {how}")
    if types & _NO_TLS_TYPES and _NO_TLS.search(" ".join(str(link) for link in _chain(error))):
        how = "check the address: a server without a certificate is http://"
        return _Found("connection", f"no secure connection can be made {place}; {how}", retried=False)
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


def _unread(error: Exception, types: set[str], place: str) -> _Found | None:
    """Bodies that are too long, or that are no JSON."""
    too_much = next((link for link in _chain(error) if isinstance(link, TooMuchError)), None)
    if too_much is not None:
        return _Found("malformed", f"the reply is larger than {too_much} ({place})", retried=False)
    unreadable = next((link for link in _chain(error) if isinstance(link, UnreadableError)), None)
    if unreadable is not None:
        return _Found("malformed", f"the reply is not a chat completion: {unreadable}")
    if types & _UNPACKED_TYPES:
        return _Found("malformed", f"the reply is not a chat completion: it cannot be unpacked ({place})")
    return None


def _stumbled_over(error: Exception, types: set[str], said: str) -> _Found | None:
    """Requests, or replies of status 200, that litellm stumbles over; it has a status of its own for them, mostly 500."""
    if "HTTPStatusError" in types:
        return None
    if _UNSENDABLE.search(said):
        return _Found("bad_request", f"the request cannot be written as JSON: {said}")
    statuses = {getattr(link, "status_code", None) for link in _chain(error)}
    if 200 in statuses or (500 in statuses and types & _UNREADABLE_TYPES):
        return _Found("malformed", f"the reply is not a chat completion: {said}")
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
        403: _Found("auth", f"the provider refuses {key}: {said}"),
        404: _Found("not_found", no_api if "<html" in said.lower() else unknown),
        429: _Found("rate_limit", f"the provider limits the rate (429): {said}"),
    }
    if status == 429 and "request too large" in said.lower():
        return _Found("bad_request", f"one request is more than the provider's limit allows: {said}")
    if status in found:
        return found[status]
    if status is not None and 300 <= status < 500 and status not in _PASSING:
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
    """The provider's own words for the fault: ``code`` and ``type`` in the bodies of the exception and its causes."""
    found: set[str] = set()
    for link in _chain(error):
        body = getattr(link, "body", None)
        if not isinstance(body, dict):
            body = _json_object(getattr(link, "text", None) or getattr(link, "message", None))
        inner = body.get("error")
        for each in (body, inner if isinstance(inner, dict) else {}):
            found |= {str(each[name]) for name in ("code", "type") if each.get(name) is not None}
    return found


def _json_object(text: Any) -> dict[str, Any]:
    """A body that litellm kept as text."""
    if not isinstance(text, str) or not text.startswith("{") or len(text) > _LONGEST_BODY:
        return {}
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _status(error: Exception) -> int | None:
    """The HTTP status of the provider, else the one litellm made up; None where the exception was no HTTP answer at all."""
    for link in _chain(error):
        if any(each.__name__ == "HTTPStatusError" for each in type(link).__mro__):
            status = getattr(getattr(link, "response", None), "status_code", None)
            if isinstance(status, int):
                return status
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
