"""Words that are spelt one way in British and another in American English."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

English = Literal["british", "american"]

_PAIRS = """
    aeroplane airplane; aluminium aluminum; behaviour behavior; behavioural behavioral; cancelled canceled; cancelling canceling;
    catalogue catalog; centre center; centred centered; colour color; coloured colored; colourful colorful; defence defense;
    dialling dialing; endeavour endeavor; enrolment enrollment; favour favor; favourable favorable; favourite favorite;
    fibre fiber; flavour flavor; fulfil fulfill; fulfilment fulfillment; fuelled fueled; grey gray; harbour harbor; honour honor;
    honoured honored; humour humor; instalment installment; jewellery jewelry; labelled labeled; labelling labeling; labour labor;
    litre liter; manoeuvre maneuver; modelled modeled; modelling modeling; mould mold; moustache mustache; neighbour neighbor;
    neighbourhood neighborhood; offence offense; parlour parlor; plough plow; pretence pretense; pyjamas pajamas; rumour rumor;
    sceptical skeptical; signalled signaled; skilful skillful; sulphur sulfur; theatre theater; totalled totaled;
    travelled traveled; traveller traveler; travelling traveling; vapour vapor; wilful willful; yoghurt yogurt
"""
_ISE = """
    apolog author categor central character custom emphas final general global initial item local maxim memor minim mobil modern
    monet normal optim organ personal priorit real recogn special stabil standard subsid summar symbol synchron util visual
"""
_YSE = "anal catal paral"
_ENDINGS = (("ise", "ize"), ("ised", "ized"), ("ises", "izes"), ("ising", "izing"), ("isation", "ization"))
_YSE_ENDINGS = (("yse", "yze"), ("ysed", "yzed"), ("ysing", "yzing"))
"""Without "analyses", which is the plural of a noun in both."""
_WORD = re.compile(r"[^\W\d_]+")


def misspelt(text: str, english: English) -> set[str]:
    """The words of a text, in lower case, that are spelt the other country's way; of about 270 pairs that are known."""
    wrong = other_spellings(english)
    return {word for match in _WORD.finditer(text) if (word := match.group().lower()) in wrong}


@lru_cache(maxsize=2)
def other_spellings(english: English) -> frozenset[str]:
    """All words known to be spelt otherwise in British, or in American, English."""
    pairs = [tuple(pair.split()) for pair in _PAIRS.split(";")]
    pairs += [(british + "s", american + "s") for british, american in pairs if british.endswith(("r", "e", "t"))]
    pairs += [(stem + british, stem + american) for stem in _ISE.split() for british, american in _ENDINGS]
    pairs += [(stem + british, stem + american) for stem in _YSE.split() for british, american in _YSE_ENDINGS]
    side = 1 if english == "british" else 0
    right = {pair[1 - side] for pair in pairs}
    return frozenset(pair[side] for pair in pairs) - right
