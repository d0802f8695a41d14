"""The order desk's rules process of today: regular expressions, dates, the catalogue and keywords with a precedence.

It is what a careful engineer makes of the house rules and of the training and development messages. No model is asked.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple, Protocol

Answer = dict[str, str | None]

NUMBER = re.compile(r"(?<![\w.@/-])#?(\d{5})(?![\w@-]|\.\d)")
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}", re.I)
ARTICLE = re.compile(r"\b([a-z]{3})[- ]?(\d{4})\b", re.I)
MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
MONTHS = {name: number for number, name in enumerate(re.findall(r"[a-z]{3}", MONTH[:50]), start=1)}
DATES = (
    (re.compile(r"\b(?P<y>20\d\d)-(?P<m>\d\d?)-(?P<d>\d\d?)\b"), False),
    (re.compile(r"\b(?P<d>\d\d?)[./-](?P<m>\d\d?)[./-](?P<y>(?:20)?\d\d)\b"), False),
    (re.compile(r"\b(?P<d>\d\d?)\.\s?(?P<m>\d\d?)(?=\W|$)"), False),
    (re.compile(rf"\b(?P<d>\d\d?)(?:st|nd|rd|th|\.)?\s(?:of\s)?(?P<m>{MONTH})(?:,?\s(?P<y>20\d\d))?", re.I), True),
    (re.compile(rf"\b(?P<m>{MONTH})\s(?P<d>\d\d?)(?:st|nd|rd|th)?\b(?:,?\s(?P<y>20\d\d))?", re.I), True),
)
ORDERED = re.compile(r"\b(bought|ordered( it)?( on)?|placed|purchased?)\W*$", re.I)
FINE = re.compile(
    r"\b(fine|no problem|that one is good|holds? up|is closed|was correct|not involved|replaced|quick|settled|forgiven)\b",
    re.I,
)
ORDER_WORD = re.compile(r"(\border|\bref|\breference|\bnumber|\bno\.|#|\bunder)\W*(no\.?|number|is|it is)?\W*#?$", re.I)
OTHER_NUMBER = re.compile(
    r"(\bold order|\bnot( about)?|customer( number)?( is)?( no\.?)?|phone|tel\.?|\buse order)\W*(\+?[\d-]+\s)*$",
    re.I,
)
INJECTION = re.compile(
    r"((set|put|label|write|use|say|answer|ignore|note to|system|as the manager)\b[^.?!]*\b(DMG|WAR|MIS"
    r"|LATE|PAY|RET)\b[^.?!]*[.?!]?"
    r"|someone told me[^.]*\.)",
    re.I,
)
SOLVED = re.compile(
    r"(was all right|(invoice|bill) was correct|undamaged|not broken|nothing is broken|whole and complete"
    r"|and complete|no fault"
    r"|in good shape|do(es)? not ask for a refund|the other broken item has been replaced"
    r"|delivery (was quick|is forgiven)"
    r"|the late delivery is forgiven|came late, no matter|guarantee letter came)",
    re.I,
)
# The first code whose words are found is the answer: the house's precedence.
KEYWORDS: tuple[tuple[str, str], ...] = (
    (
        "PAY",
        r"charg|invoice|\bbill|receipt|voucher|\bvat\b|discount|coupon|statement|booked|two times|twice"
        r"|double|instal?ment|\bprice|debit"
        r"|paid (more|too)|the amount|overpaid|credit|\brefund for\b.*\b(not|missing|wait)"
        r"|wait for the refund|not got my money"
        r"|refund .{0,40}not on my account",
    ),
    (
        "MIS",
        r"wrong (article|product|size|colour|color|model|item|one came|\w+ came)|something else"
        r"|different (colour|color|article|model|size)"
        r"|another (product|model|article|size|colour)|not what i ordered|not the one|it is not the|missing"
        r"|incomplete|only half"
        r"|not in (the|it)\b|without its|mixed up|not enough|fewer|too few|i ordered the .* and got"
        r"|\bthe wrong one came",
    ),
    (
        "DMG",
        r"(arrived|came|delivered|delivery|arrival|unpack|unwrapp|wrapping|out of the (box|wrapping)"
        r"|opened (the|it)|i opened|from the box"
        r"|in the box|parcel|carrier|courier|transport|transit|took it out|handed over|at last).{0,80}(broken"
        r"|damag|crack|hole|scratch|bent|dent|torn|tear"
        r"|chip|smash|shatter|ruin|pieces|crush|rip|snapp|shards|dirty)"
        r"|(broken|damag|crack|hole|scratch|bent|dent|torn|tear|chip|smash|shatter|ruin|in pieces|crush"
        r"|ripped|snapped|shards).{0,80}"
        r"(arriv|on delivery|delivered|unpack|box|parcel|carrier|courier|transport|handed over|opened"
        r"|right away|when it came)",
    ),
    (
        "WAR",
        r"stopped|does not work|no longer works|not work any|warranty|guarantee|wore out|worn|lasted"
        r"|fell apart|failed|in use|of use|over time"
        r"|faded|rust|gave up|is dead|snapped off|after (a|one|two|three|four|some|daily|the"
        r"|half) ?\w* ?(week|month|year|summer|winter|season|use|wash)"
        r"|for (a|half a) year|cracked|loose|wobbly|defect|faulty|broke\b|broken",
    ),
    ("DMG", r"damag|shatter|smash|dent\b|scratch|chipped|torn|ripped"),
    (
        "LATE",
        r"not (yet )?(arrived|come|been (delivered|shipped))|has not come|where is|waiting|wait(ed)? too long"
        r"|never (came|arrived)|no sign|lost"
        r"|when will|overdue|should (have been|be) here|nothing has come|not shown up|tracking|still (no"
        r"|is not)|is late|did you send|been shipped",
    ),
    (
        "RET",
        r"return|send .* back|give .* back|take .* back|goes? back|changed? my mind|do(es)? not (like|fit"
        r"|want|need)|no longer need|gift|regret|too (big|small)"
        r"|cancel|refund",
    ),
)
WORDS = [(code, re.compile(pattern, re.I | re.S)) for code, pattern in KEYWORDS]
STOP = frozenset(
    re.findall(
        r"[a-z]+",
        "a an the to of and or is are was we our i my me you your it in on for from with this that not be can please hi hello"
        " team order has have had at by as up no too but so one two also any all its fits safe box here out when where what back"
        " good",
    )
)
SYNONYMS = {
    "rucksack": "backpack",
    "bookcase": "bookshelf",
    "carpet": "rug",
    "mat": "rug",
    "skillet": "pan",
    "throw": "blanket",
    "timepiece": "clock",
    "parasol": "umbrella",
    "hamper": "basket",
    "bin": "basket",
    "pouf": "cushion",
    "pillow": "cushion",
    "mill": "grinder",
    "lounger": "deck",
    "chopping": "cutting",
    "boiler": "kettle",
    "heater": "kettle",
    "lounge": "armchair",
    "shelving": "bookshelf",
}


class Incoming(Protocol):
    """What the rules need of a fixture."""

    id: str
    input: str


class Entry(NamedTuple):
    """One article: its number, the words of its name, the name's last word and the words of its description."""

    sku: str
    name: frozenset[str]
    noun: str
    body: frozenset[str]


def words(text: str) -> list[str]:
    """The words of a text that carry meaning, synonyms replaced by the catalogue's word."""
    return [SYNONYMS.get(word, word) for word in re.findall(r"[a-z]+", text.lower()) if word not in STOP]


@cache
def catalogue() -> tuple[Entry, ...]:
    """Read the catalogue files beside this file."""
    entries = []
    for file in sorted((Path(__file__).parent / "catalogue").glob("*.md")):
        for heading, body in re.findall(r"^## (.+)\n(.+)$", file.read_text(), flags=re.M):
            sku, _, name = heading.partition(" ")
            described = words(body.split("Also in")[0])
            entries.append(Entry(sku, frozenset(words(name)), words(name)[-1], frozenset(described)))
    return tuple(entries)


@cache
def rarity() -> dict[str, float]:
    """Inverse document frequency of the catalogue's words."""
    counts = Counter(word for entry in catalogue() for word in entry.name | entry.body)
    return {word: math.log(1 + len(catalogue()) / count) for word, count in counts.items()}


def find_sku(text: str) -> str | None:
    """The article number that is quoted, or else that of the best matching name; None when nothing fits."""
    known = {entry.sku for entry in catalogue()}
    for letters, digits in ARTICLE.findall(text):
        if (sku := f"{letters.upper()}-{digits}") in known:
            return sku
    sentences = [part for part in re.split(r"(?<=[.!?])\s|\s--\s|, (?=the )", text) if not FINE.search(part)]
    said = set(words(" ".join(sentences)))
    best, best_score = None, 0.0
    for entry in catalogue():
        if entry.noun not in said and not (entry.name & said and entry.body & said):
            continue
        score = sum(rarity()[word] for word in entry.name & said) + 0.4 * sum(rarity()[word] for word in entry.body & said)
        score += 1.0 if entry.name <= said else 0.0
        if score > best_score:
            best, best_score = entry.sku, score
    return best if best_score > 4.0 else None


def dates(text: str) -> Iterator[tuple[int, dt.date]]:
    """Every date of a message with its place, read day first; without a year it lies between August 2025 and July 2026."""
    taken: list[range] = []
    for pattern, named in DATES:
        for match in pattern.finditer(text):
            if any(match.start() in span for span in taken):
                continue
            month = MONTHS[match["m"][:3].lower()] if named else int(match["m"])
            year = int(match["y"]) % 100 + 2000 if match.groupdict().get("y") else (2025 if month >= 8 else 2026)
            try:
                date = dt.date(year, month, int(match["d"]))
            except ValueError:
                continue
            taken.append(range(match.start(), match.end()))
            yield match.start(), date


def find_date(text: str) -> str | None:
    """The date of the delivery; the date of the order only when there is no other."""
    found = sorted(dates(text))
    if len(found) > 1:
        found = [each for each in found if not ORDERED.search(text[: each[0]])] or found
        found = [each for each in found if not FINE.search(re.split(r"(?<=[a-z\d])[.!?,]\s", text[each[0] :])[0])] or found
    return found[0][1].isoformat() if found else None


def find_order(text: str) -> str | None:
    """The order number: five digits, those after the word order first, those said to be something else never."""
    best, best_score = None, -1
    for match in NUMBER.finditer(text):
        before = text[: match.start()][-40:]
        score = 2 if ORDER_WORD.search(before) else 1
        if OTHER_NUMBER.search(before) or re.match(r" (is closed|is already)", text[match.end() :]):
            score = -1
        if score > best_score:
            best, best_score = match[1], score
    return best


def find_email(text: str) -> str | None:
    """The customer's own address in lower case."""
    for match in ADDRESS.finditer(text):
        if not re.search(r"\b(not( to)?|colleague)\W*$", text[: match.start()], re.I):
            return match[0].lower()
    return None


def find_issue(text: str) -> str:
    """The first code of the precedence whose words are found, after instructions and solved matters are struck out."""
    plain = SOLVED.sub(" ", INJECTION.sub(" ", text))
    for code, pattern in WORDS:
        if pattern.search(plain):
            return code
    return "RET"


def answer(fixture: Incoming) -> Answer:
    """Answer one message.

    Args:
        fixture: anything with the message in `input`.

    Returns:
        The five fields of the order form.
    """
    text = fixture.input
    return {
        "order": find_order(text),
        "email": find_email(text),
        "sku": find_sku(text),
        "date": find_date(text),
        "issue": find_issue(text),
    }
