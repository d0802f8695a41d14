"""language: told by py3langid, and left out where there is too little to tell from."""

from __future__ import annotations

import pytest

from harness.errors import SuiteError
from harness.metrics import MetricOptionError, load_metric
from harness.models import Response
from harness.suite import Fixture

ENGLISH = "Your order was shipped yesterday and should arrive on Friday."
GERMAN = "Ihre Bestellung wurde gestern versandt und sollte am Freitag ankommen."
FRENCH = "Votre commande a été expédiée hier et devrait arriver vendredi."
SPANISH = "Su pedido fue enviado ayer y debería llegar el viernes."


def measured(text: str, fixture: Fixture | None = None, **options: object) -> dict[str, float]:
    return dict(load_metric("language", **options).measure(fixture or Fixture(id="a"), Response(text=text)))


@pytest.mark.parametrize(("code", "text"), [("en", ENGLISH), ("de", GERMAN), ("fr", FRENCH), ("es", SPANISH)])
def test_a_fixed_language_is_found(code: str, text: str) -> None:
    assert measured(text, language=code) == {"value": 1.0}
    assert measured(text, language="it") == {"value": 0.0}
    assert measured(text, language=code, among=["en", "de", "fr", "es"]) == {"value": 1.0}


def test_the_fixtures_own_language_may_be_asked_for() -> None:
    fixture = Fixture(id="a", input=ENGLISH, expected=[GERMAN, "Ihre Bestellung ist unterwegs."], meta={"code": "fr"})
    assert measured(GERMAN, fixture)["value"] == 1
    assert measured(ENGLISH, fixture)["value"] == 0
    assert measured(ENGLISH, fixture, language="input")["value"] == 1
    assert measured(FRENCH, fixture, language="meta:code")["value"] == 1
    assert measured(FRENCH, fixture, language="meta:other") == {}


def test_what_is_too_short_is_left_out_and_nothing_at_all_is_wrong() -> None:
    assert measured("Ok, 48213", language="en") == {}
    assert measured("48213 ...", language="en") == {"value": 0.0}
    assert measured("", language="en") == {"value": 0.0}
    assert measured(ENGLISH, Fixture(id="a", expected="Ja")) == {}
    assert measured("Thank you", language="en", among=["en", "de"], minimum_letters=5) == {"value": 1.0}


def test_unknown_languages_are_refused() -> None:
    with pytest.raises(SuiteError, match="knows no language 'english'"):
        load_metric("language", language="english")
    with pytest.raises(MetricOptionError, match="not in among"):
        load_metric("language", language="en", among=["de"])
