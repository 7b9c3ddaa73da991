"""Bank accounts over the API: one for each currency in which transfers are offered."""

import pytest

from tallystick.foundation.business import bank_currencies
from tests.api.caller import Caller
from tests.api.conftest import Business

pytestmark = pytest.mark.django_db

DOLLARS = {"currency": "USD", "holder": "Fibre Inc", "details": "Routing number: 021000021\nAccount number: 12345"}


def test_an_account_is_set_listed_and_removed(api: Caller) -> None:
    made = api.post("/bank_accounts", DOLLARS)
    assert (made.status, made.body) == (200, {**DOLLARS, "iban": "", "bic": "", "bank": ""})
    euros = {"currency": "EUR", "iban": "de89 37040044 0532013000", "bic": "cobadeffxxx"}
    assert api.post("/bank_accounts", euros).body["iban"] == "DE89 3704 0044 0532 0130 00"
    listed = api.get("/bank_accounts").body["data"]
    assert [(each["currency"], each["bic"]) for each in listed] == [("EUR", "COBADEFFXXX"), ("USD", "")]
    for currency in ("EUR", "USD"):
        assert api.post("/bank_accounts/remove", {"currency": currency}).status == 200
    assert api.get("/bank_accounts").body["data"] == []
    gone = api.post("/bank_accounts/remove", {"currency": "USD"})
    assert (gone.status, gone.body["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"currency": "XXZ"}, "currency"),
        ({"details": ""}, "iban"),
        ({"iban": "DE89370400440532013001"}, "iban"),
        ({"bic": "COBA"}, "bic"),
    ],
)
def test_what_cannot_be_one_is_refused_and_leaves_nothing(api: Caller, wrong: dict[str, str], field: str) -> None:
    refused = api.post("/bank_accounts", {**DOLLARS, **wrong})
    assert (refused.status, refused.body["field"]) == (422, field)
    assert bank_currencies() == []


def test_a_key_of_one_customer_or_without_the_permission_sets_none(business: Business) -> None:
    for key in (business.key("view"), business.key("view", "settings.change", customer=business.x)):
        assert Caller(key).post("/bank_accounts", DOLLARS).status == 403
    assert bank_currencies() == []
