"""Paid top-ups that expire, told by date: a setting of the business, kept by each request (J25)."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from tallystick.foundation import settings_store
from tallystick.foundation.settings_store import SettingNotAccepted
from tallystick.usecases import allocate, configure, dispute, documents, expire, refund, topup
from tallystick.wallets import queries
from tallystick.wallets.expiry import TOPUP_MONTHS, last_day
from tallystick.wallets.operations import TopupSpent
from tests.documents.samples import text_of
from tests.scenarios.conftest import World, at
from tests.scenarios.prepaid import Prepaid

pytestmark = pytest.mark.django_db


@pytest.fixture
def prepaid(world: World) -> Prepaid:
    return Prepaid(world)


def expires_after(world: World, months: Any) -> None:
    """The business lets top-ups expire."""
    configure.change_settings(actor=world.staff, at=at("2026-01-01"), changes={"topup_expiry_months": months})


def lots(customer: UUID) -> list[dict[str, Any]]:
    row = queries.wallet(customer, "EUR")
    assert row is not None
    return queries.lots_of([row["id"]])[row["id"]]


def last_days(customer: UUID) -> list[date | None]:
    return [lot["expires_date"] for lot in lots(customer)]


def test_the_last_day_lies_so_many_months_after_the_day_of_payment() -> None:
    assert last_day(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert last_day(date(2026, 8, 31), None) is None


def test_none_expires_unless_the_business_says_so(prepaid: Prepaid) -> None:
    customer = prepaid.customer()
    prepaid.receive(customer, 1000)
    assert last_days(customer) == [None]


def test_a_request_keeps_what_it_was_sent_with(world: World, prepaid: Prepaid, posted: Any) -> None:
    customer = prepaid.customer(is_prepaid=False)
    for bad in (-1, 121, 1.5, "12", None):
        with pytest.raises(SettingNotAccepted):
            expires_after(world, bad)
    assert settings_store.get(TOPUP_MONTHS) == 0
    for_ever = prepaid.request(customer, 100)
    expires_after(world, 12)
    request = prepaid.request(customer, 1000)
    expires_after(world, 1)
    assert topup.wire.one_topup_request(for_ever)["expires_months"] is None
    assert topup.wire.one_topup_request(request)["expires_months"] == 12
    said = " ".join(text_of(documents.topup_document(actor=world.staff, request_id=request).content).split())
    assert "You can use it for 12 months after you pay." in said
    said = text_of(documents.topup_document(actor=world.staff, request_id=for_ever).content)
    assert "You can use it for" not in said

    prepaid.receive(customer, 600, invoice=request, day="2026-01-31")
    prepaid.receive(customer, 400, invoice=request, day="2026-02-28")
    assert last_days(customer) == [date(2027, 1, 31), date(2027, 2, 28)]
    prepaid.buy(customer, 100, day="2027-01-31")
    assert expire.expire_lots(at=at("2027-01-31")) == 0, "it can be used on its last day"
    assert expire.expire_lots(at=at("2027-02-01")) == 1
    expired = lots(customer)[1]["id"]
    assert posted(expired)[-1] == ("J25", [("2200", "D", 500), ("4910", "C", 500)])
    assert prepaid.wallet(customer) == 400
    assert expire.expire_lots(at=at("2027-02-01")) == 0


def test_money_that_names_no_invoice_expires_by_the_setting_of_its_day(world: World, prepaid: Prepaid) -> None:
    expires_after(world, 3)
    customer = prepaid.customer()
    prepaid.receive(customer, 1000, day="2026-11-30")
    assert last_days(customer) == [date(2027, 2, 28)]


def test_what_is_left_of_a_partial_refund_keeps_its_last_day(world: World, prepaid: Prepaid) -> None:
    expires_after(world, 2)
    customer = prepaid.customer(is_prepaid=False)
    payment = prepaid.receive(customer, 1000, invoice=prepaid.request(customer, 1000), day="2026-01-02")
    refund.refund_payment(
        actor=world.staff,
        at=at("2026-02-20"),
        payment_id=payment,
        amount_minor=400,
        reason="Wanted back",
        still_owed=False,
        method="bank_transfer",
    )
    assert prepaid.lots(customer) == [("paid", 600, 600)]
    assert last_days(customer) == [date(2026, 3, 2)]


def test_what_expired_is_not_taken_back_by_staff(world: World, prepaid: Prepaid) -> None:
    expires_after(world, 1)
    customer = prepaid.customer(is_prepaid=False)
    payment = prepaid.receive(customer, 1000, invoice=prepaid.request(customer, 1000))
    expire.expire_lots(at=at("2026-02-03"))
    with pytest.raises(TopupSpent):
        allocate.reverse_payment(actor=world.staff, at=at("2026-02-04"), payment_id=payment, reason="Wrong")
    assert (prepaid.wallet(customer), world.credit(customer)) == (0, 0)


def returned(world: World, payment: UUID, **more: Any) -> None:
    """The payer's bank sends money back."""
    dispute.record_bank_return(
        actor=world.staff, at=at("2026-02-12"), payment_id=payment, returned_date=date(2026, 2, 12), **more
    )


def test_a_payer_who_takes_the_money_back_has_what_expired_of_it(world: World, prepaid: Prepaid, posted: Any) -> None:
    expires_after(world, 1)
    customer = prepaid.customer(is_prepaid=False)
    payment = prepaid.receive(customer, 1000, invoice=prepaid.request(customer, 1000))
    bought = prepaid.buy(customer, 300)
    [lot] = lots(customer)
    assert expire.expire_lots(at=at("2026-02-03")) == 1
    assert prepaid.wallet(customer) == 0
    returned(world, payment)
    assert [entry for entry in posted(lot["id"]) if entry[0] == "J25"] == [
        ("J25", [("2200", "D", 700), ("4910", "C", 700)]),
        ("J25", [("2200", "C", 700), ("4910", "D", 700)]),
    ]
    assert prepaid.wallet(customer) == -300, "the purchase alone is used beyond prepaid"
    assert expire.expire_lots(at=at("2026-03-03")) == 0
    prepaid.credit(bought, day="2026-03-04")
    assert (prepaid.wallet(customer), world.credit(customer)) == (0, 0)


def test_after_a_part_was_taken_back_the_rest_expires_again(world: World, prepaid: Prepaid) -> None:
    expires_after(world, 1)
    customer = prepaid.customer(is_prepaid=False)
    payment = prepaid.receive(customer, 1000, invoice=prepaid.request(customer, 1000))
    expire.expire_lots(at=at("2026-02-03"))
    returned(world, payment, amount_minor=400)
    assert (prepaid.wallet(customer), last_days(customer)[0]) == (600, date(2026, 2, 2))
    assert expire.expire_lots(at=at("2026-02-12")) == 1
    assert prepaid.wallet(customer) == 0
