"""Stored cards whose bank changes its mind: what was good declines later, and the other way round."""

import pytest
from tests.sandbox_service import Account, shape

TOKEN = "/v1/test/tokens/{}/behave"


def charge(merchant: Account, token: str, **changes: object) -> tuple[str, str | None]:
    payment = merchant.create_payment(token=token, off_session=True, return_url=None, **changes)
    return payment["status"], payment["failure_code"]


def test_a_good_card_declines_later_and_is_good_again(merchant: Account) -> None:
    token = merchant.stored_card()
    before = shape(merchant.get(f"/v1/tokens/{token}"))
    assert charge(merchant, token) == ("succeeded", None)

    assert shape(merchant.post(TOKEN.format(token), {"behaviour": "insufficient_funds"})) == before
    assert charge(merchant, token) == ("failed", "insufficient_funds")
    shape(merchant.post(TOKEN.format(token), {"behaviour": "stolen_card"}))
    assert charge(merchant, token) == ("failed", "stolen_card")
    shape(merchant.post(TOKEN.format(token), {"behaviour": "success"}))
    assert charge(merchant, token) == ("succeeded", None)


def test_a_charge_that_was_made_stays_as_it_was(merchant: Account) -> None:
    token = merchant.stored_card()
    order = {"reference": "att_1", "token": token, "off_session": True, "return_url": None}
    made = merchant.create_payment(**order)
    shape(merchant.post(TOKEN.format(token), {"behaviour": "card_declined"}))
    assert merchant.payment(made["id"]) == made
    assert merchant.create_payment(**order) == made


@pytest.mark.parametrize("body", [{}, {"behaviour": "generous"}, {"behaviour": "success", "times": 1}])
def test_what_is_refused_changes_nothing(merchant: Account, body: dict[str, object]) -> None:
    token = merchant.stored_card("4000000000009995")
    assert merchant.post(TOKEN.format(token), body).status_code == 422
    assert charge(merchant, token) == ("failed", "insufficient_funds")


def test_only_the_merchants_own_cards_change(merchant: Account, listening: Account) -> None:
    token = merchant.stored_card()
    assert listening.post(TOKEN.format(token), {"behaviour": "card_declined"}).status_code == 404
    assert charge(merchant, token) == ("succeeded", None)
