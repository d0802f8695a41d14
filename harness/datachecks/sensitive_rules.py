"""Offline rules for text that names a person or opens a door: what looks like it, and what proves it.

Keys and tokens are found by the rules of detect-secrets, phone numbers by phonenumbers (both searched here without their
network checks); card numbers, IBANs and national ids are proven by their check digits, by python-stdnum. Presidio was left out
for the language model it needs, scrubadub since it is no longer kept. Names and addresses of people are not found: no offline
rule tells them from other words.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Literal

Kind = Literal["key", "card", "iban", "national id", "e-mail", "phone"]

KINDS: tuple[Kind, ...] = ("key", "card", "iban", "national id", "e-mail", "phone")
"""In the order in which one goes before another where both are found in one place."""

MOST = 200_000
"""Characters of one text that are searched."""


@dataclass(frozen=True, slots=True)
class Sensitive:
    """A stretch of text that should not be passed on.

    Attributes:
        kind: What it is.
        what: Which of its kind: the rule that found it.
        start: Where it starts.
        end: Where it ends.
        value: The text itself.
    """

    kind: Kind
    what: str
    start: int
    end: int
    value: str


def find_sensitive(text: str) -> tuple[Sensitive, ...]:
    """Find what is sensitive in a text, in its order; where two overlap, the one that is proven goes before.

    Args:
        text: Any text; only the first 200,000 characters are searched.
    """
    text = text[:MOST]
    found: list[Sensitive] = []
    if _MAY_HOLD_KEY.search(text):
        found += _keys(text)
    if "@" in text:
        found += _emails(text)
    if _MAY_HOLD_NUMBER.search(text):
        found += [*_cards(text), *_national_ids(text), *_phones(text)]
    if _IBAN.search(text):
        found += _ibans(text)
    chosen: list[Sensitive] = []  # in the order of the text, none over another
    for one in sorted(found, key=lambda item: (KINDS.index(item.kind), item.start, -item.end)):
        at = bisect_left(chosen, one.start, key=lambda item: item.start)
        is_free = (at == 0 or chosen[at - 1].end <= one.start) and (at == len(chosen) or one.end <= chosen[at].start)
        if is_free:
            chosen.insert(at, one)
    return tuple(chosen)


_MAY_HOLD_KEY = re.compile(r"[A-Za-z0-9_\-+/=.:~]{16,}|PRIVATE KEY|(?i:passw|secret|api.?key)|://")
_MAY_HOLD_NUMBER = re.compile(r"\d(?:[ ().+/-]{0,3}[\dA-Za-z]){6}")

_OWN_KEYS = {
    "Google API key": re.compile(r"\bAIza[\w-]{35}(?![\w-])"),
    "Hugging Face token": re.compile(r"\bhf_[A-Za-z0-9]{30,60}\b"),
    "Anthropic key": re.compile(r"\bsk-ant-[\w-]{20,200}"),
    "OpenAI key": re.compile(r"\bsk-(?:proj|svcacct|admin)-[\w-]{20,200}"),
    "bearer token": re.compile(r"\b[Bb]earer +([\w.~+/-]{20,2000}=*)"),
    "password": re.compile(
        r"(?i)\b(?:password|passwd|passphrase|api[ _-]?key|secret[ _-]?key) ?(?:is|[:=]) ?[\"']?([^\s\"',;]{6,200})"
    ),
}
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:(?:[\sA-Za-z0-9+/=:,.]|-(?!-)){0,20000}-----END [A-Z ]{0,30}PRIVATE KEY-----)?"
)
_PIECE = re.compile(r"\S{1,4000}(?:\s+(?=(\S{1,600}))\1(?!\S)){0,40}")
"""Words, forty at most; one alone may be longer than the others."""
_SHORTEST = 6
"""Characters of the shortest secret; a rule's group that is shorter is the token's mark, not the token."""
_SKIPPED_RULES = ("IPPublicDetector", "KeywordDetector", "Base64HighEntropyString", "HexHighEntropyString", "PrivateKeyDetector")


@cache
def _secret_rules() -> tuple[Any, ...]:
    """The detectors of detect-secrets that know one form of key each."""
    import pkgutil

    from detect_secrets import plugins
    from detect_secrets.plugins.base import RegexBasedDetector

    rules = []
    for module in pkgutil.iter_modules(plugins.__path__):
        for rule in vars(import_module(f"detect_secrets.plugins.{module.name}")).values():
            is_rule = isinstance(rule, type) and issubclass(rule, RegexBasedDetector) and rule is not RegexBasedDetector
            if is_rule and rule.__module__.endswith(module.name) and rule.__name__ not in _SKIPPED_RULES:
                rules.append(rule())
    return tuple(rules)


def _keys(text: str) -> Iterator[Sensitive]:
    for match in _PRIVATE_KEY.finditer(text):
        yield Sensitive("key", "private key", match.start(), match.end(), match[0])
    for what, pattern in _OWN_KEYS.items():
        for match in pattern.finditer(text):
            group = match.lastindex or 0
            value = match[group].rstrip(".)]}!?") if what == "password" else match[group]
            if what != "password" or (len(value) >= _SHORTEST and not value.isalpha()):
                yield Sensitive("key", what, match.start(group), match.start(group) + len(value), value)
    for start, end in _pieces(text):
        for found in _by_rules(text[start:end]):
            yield Sensitive("key", found.what, start + found.start, start + found.end, found.value)


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Cut a text at white space into pieces, since some rules take time with the square of what they search."""
    for match in _PIECE.finditer(text):
        start, end = match.span()
        if _MAY_HOLD_KEY.search(text, start, end):
            yield start, end


def _by_rules(text: str) -> Iterator[Sensitive]:
    for rule in _secret_rules():
        for pattern in rule.denylist:
            for match in pattern.finditer(text):
                group = match.lastindex if match.lastindex and len(match[match.lastindex] or "") >= _SHORTEST else 0
                value = match[group]
                start = match.start(group) + len(value) - len(value.lstrip(" \t\n=:\"'"))
                value = text[start : match.end(group)].rstrip(" \t\n\"'")
                is_valid = getattr(rule, "is_formally_valid", None)
                if any(c.isdigit() for c in value) and (is_valid is None or is_valid(value)):
                    yield Sensitive("key", str(rule.secret_type), start, start + len(value), value)


_EMAIL = re.compile(r"(?<![\w.+-])[\w.%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])")
_RESERVED = re.compile(r"(?:^|[@.])(?:example(?:\.(?:com|org|net))?|test|invalid|localhost)$", re.IGNORECASE)
"""Names that are nobody's, set aside for examples (RFC 2606)."""


def _emails(text: str) -> Iterator[Sensitive]:
    for match in _EMAIL.finditer(text):
        if not _RESERVED.search(match[0]):
            yield Sensitive("e-mail", "e-mail", match.start(), match.end(), match[0])


_CARD = re.compile(r"(?<![\w.,-])\d(?:[ -]?\d){12,18}(?![\w-]|[.,]\d)")
_ISSUERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("Visa", re.compile(r"4(?:\d{12}|\d{15}|\d{18})")),
    ("Mastercard", re.compile(r"(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}")),
    ("American Express", re.compile(r"3[47]\d{13}")),
    ("Diners Club", re.compile(r"3(?:0[0-5]|[689]\d)\d{11}")),
    ("Discover", re.compile(r"6(?:011|5\d{2}|4[4-9]\d)\d{12}")),
    ("JCB", re.compile(r"35(?:2[89]|[3-8]\d)\d{12}")),
    ("UnionPay", re.compile(r"62\d{14,17}")),
)


def _cards(text: str) -> Iterator[Sensitive]:
    from stdnum import luhn

    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        issuer = next((name for name, pattern in _ISSUERS if pattern.fullmatch(digits)), None)
        if issuer is not None and len(set(digits)) > 1 and luhn.is_valid(digits):
            yield Sensitive("card", issuer, match.start(), match.end(), match[0])


_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]){11,30}")


def _ibans(text: str) -> Iterator[Sensitive]:
    from stdnum import iban

    for match in _IBAN.finditer(text):
        said = match[0]
        ends = [
            at for at in range(len(said), 14, -1) if match.start() + at == len(text) or not text[match.start() + at].isalnum()
        ]
        for end in ends:
            if iban.is_valid(said[:end], check_country=False):
                yield Sensitive("iban", said[:2].upper(), match.start(), match.start() + end, said[:end])
                break


@dataclass(frozen=True, slots=True)
class _Id:
    """A national id: its form, the module of python-stdnum that proves it, and words one must stand near to be one."""

    what: str
    pattern: re.Pattern[str]
    module: str
    cue: str = ""


def _id(what: str, pattern: str, module: str, cue: str = "") -> _Id:
    return _Id(what, re.compile(rf"(?<![\w.,-]){pattern}(?![\w-]|[.,]\d)"), module, cue)


_IDS: Sequence[_Id] = (
    _id("US social security number", r"\d{3}-\d{2}-\d{4}", "us.ssn"),
    _id("US social security number", r"\d{3} ?\d{2} ?\d{4}", "us.ssn", "ssn|social security"),
    _id("UK national insurance number", r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]", ""),
    _id("UK NHS number", r"\d{3} ?\d{3} ?\d{4}", "gb.nhs", "nhs"),
    _id("Spanish DNI", r"\d{8}-?[A-HJ-NP-TV-Z]", "es.dni"),
    _id("Spanish NIE", r"[XYZ]-?\d{7}-?[A-HJ-NP-TV-Z]", "es.nie"),
    _id("Italian codice fiscale", r"[A-Z]{6}\d{2}[A-EHLMPR-T]\d{2}[A-Z]\d{3}[A-Z]", "it.codicefiscale"),
    _id("French NIR", r"[12] ?\d{2} ?\d{2} ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}", "fr.nir"),
    _id("Brazilian CPF", r"\d{3}\.\d{3}\.\d{3}-\d{2}", "br.cpf"),
    _id("Swiss AHV number", r"756\.?\d{4}\.?\d{4}\.?\d{2}", "ch.ssn"),
    _id("Belgian national number", r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}", "be.nn"),
    _id("Finnish HETU", r"\d{6}[-+A]\d{3}[0-9A-Z]", "fi.hetu"),
    _id("Swedish personnummer", r"(?:\d{2})?\d{6}[-+]\d{4}", "se.personnummer"),
    _id("Mexican CURP", r"[A-Z]{4}\d{6}[HM][A-Z]{5}[0-9A-Z]\d", "mx.curp"),
    _id("Chinese resident id", r"\d{17}[\dX]", "cn.ric"),
    _id("Indian Aadhaar", r"\d{4} \d{4} \d{4}", "in_.aadhaar"),
    _id("German tax id", r"\d{2} ?\d{3} ?\d{3} ?\d{3}", "de.idnr", "steuer|tax|idnr"),
    _id("Polish PESEL", r"\d{11}", "pl.pesel", "pesel"),
    _id("Dutch BSN", r"\d{9}", "nl.bsn", "bsn|burgerservice|sofi"),
    _id("Norwegian fodselsnummer", r"\d{6} ?\d{5}", "no.fodselsnummer", "f[øo]dselsn|personn"),
    _id("Danish CPR number", r"\d{6}-?\d{4}", "dk.cpr", "cpr"),
    _id("Canadian SIN", r"\d{3}[ -]?\d{3}[ -]?\d{3}", "ca.sin", r"\bsin\b|social insurance"),
    _id("Australian TFN", r"\d{3} ?\d{3} ?\d{3}", "au.tfn", "tfn|tax file"),
    _id("Turkish TCKN", r"\d{11}", "tr.tckimlik", "tckn|kimlik"),
)
_NEAR = 40
"""Characters before a number in which the word that makes it an id may stand."""


def _national_ids(text: str) -> Iterator[Sensitive]:
    for rule in _IDS:
        for match in rule.pattern.finditer(text):
            before = text[max(match.start() - _NEAR, 0) : match.start()]
            if rule.cue and not re.search(rule.cue, before, re.IGNORECASE):
                continue
            if not rule.module or _proof(rule.module)(match[0]):
                yield Sensitive("national id", rule.what, match.start(), match.end(), match[0])


@cache
def _proof(module: str) -> Callable[[str], bool]:
    proof: Callable[[str], bool] = import_module(f"stdnum.{module}").is_valid
    return proof


_NATIONAL_PHONE = re.compile(r"(?<![\w.,/-])\(?\d{2,5}\)?(?:[ ./-]{0,2}\d{2,5}){1,4}(?![\w-]|[.,]\d)")
_PHONE_CUE = re.compile(
    r"(?i)(?:phone|\btel\b|telef|mobile|\bcell|\bcall|\bring\b|\bfax\b|whatsapp|handy|\brufnummer|\bm[oó]vil|\bmob\b|电话|手机|電話)"
    r"[^\d@]{0,25}$"
)
_NORTH_AMERICAN = re.compile(r"\(\d{3}\) ?\d{3}[-. ]\d{4}|\d{3}[-.]\d{3}[-.]\d{4}")


def _phones(text: str) -> Iterator[Sensitive]:
    import phonenumbers

    if "+" in text:
        for found in phonenumbers.PhoneNumberMatcher(text, None, max_tries=200):
            start = found.start + (found.raw_string.startswith("(") and ")" not in found.raw_string)
            yield Sensitive("phone", "international", start, found.end, text[start : found.end])
    for match in _NATIONAL_PHONE.finditer(text):
        digits = sum(c.isdigit() for c in match[0])
        if not 7 <= digits <= 13:
            continue
        if _PHONE_CUE.search(text[max(match.start() - _NEAR, 0) : match.start()]):
            yield Sensitive("phone", "after a word for it", match.start(), match.end(), match[0])
        elif _NORTH_AMERICAN.fullmatch(match[0]) and _is_american(match[0]):
            yield Sensitive("phone", "North American", match.start(), match.end(), match[0])


def _is_american(said: str) -> bool:
    import phonenumbers

    return bool(phonenumbers.is_valid_number(phonenumbers.parse(said, "US")))
