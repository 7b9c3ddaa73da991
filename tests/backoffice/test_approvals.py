"""The second person in the back office: asked, seen, approved and declined; closed to who may not."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tallystick.allocations.queries import TOLERANCE
from tallystick.foundation import settings_store
from tallystick.foundation.ids import public_id
from tallystick.payments import approval_queries, lists
from tallystick.payments import queries as payments
from tallystick.payments.approval_queries import ApprovalFilter
from tallystick.payments.filters import PaymentFilter
from tallystick.usecases import configure, limits
from tests.backoffice.business import SYSTEM, Business, member, moment
from tests.backoffice.forms import closed, done, post, refused, text_of, url

pytestmark = pytest.mark.django_db
Signed = Callable[[str], Client]


@pytest.fixture
def business(db: None) -> Business:
    """A business in which a second person is asked above 100.00 EUR."""
    made = Business()
    above = {"minor": 100_00, "currency": "EUR"}
    changes = {"second_person_completing_above": above, "second_person_refunding_above": above}
    configure.change_settings(actor=SYSTEM, at=moment(), changes=changes)
    return made


def refund_form(**more: Any) -> dict[str, Any]:
    return {"amount": "150.00", "reason": "Left early", "method": "cash", **more}


def waiting() -> Any:
    [row] = approval_queries.approvals_page(ApprovalFilter(state=("waiting",))).rows
    return row


def test_a_refund_waits_is_seen_and_approved(business: Business, as_role: Signed) -> None:
    payment = business.payment(business.customer("Zweckverband Nord"), 200_00)
    pay = public_id("pay", payment)
    finance, chief = as_role("Finance"), as_role("Administrator")
    told = text_of(finance.get(url("payment-refund", pay)))
    assert "Above 100.00 EUR a second person has to approve it first." in told
    location = done(finance, url("payment-refund", pay), refund_form())
    row = waiting()
    apr = public_id("apr", row["id"])
    assert location == url("approval", apr)
    page = text_of(finance.get(location))
    assert ("150.00" in page, "Somebody else has to approve it." in page, "Left early" in page) == (True, True, True)
    assert url("approve", apr) not in finance.get(location).content.decode()
    for address in (url("home"), url("payment", pay), url("approvals") + "?state=waiting"):
        page = text_of(chief.get(address))
        assert ("150.00" in page, "Finance Okonkwo" in page) == (True, True), address
    assert payments.payment(payment)["refunded_minor"] == 0
    told = refused(finance, url("approve", apr), {})
    assert "You asked for this yourself." in told
    for role in ("Support", "Engineer", "Read-only"):
        closed(as_role(role), url("approve", apr), {})
        closed(as_role(role), url("decline", apr), {"reason": "No"})
        assert as_role(role).get(url("approval", apr)).status_code == 200
    done(chief, url("approve", apr), {})
    assert payments.payment(payment)["refunded_minor"] == 150_00
    page = text_of(chief.get(url("approval", apr)))
    assert ("Approved by a second person" in page, "Refund Payment" in page) == (True, True)
    assert "Waiting for a second person" not in text_of(chief.get(url("payment", pay)))


def test_money_is_recorded_and_marked_as_paid_by_two(business: Business, as_role: Signed) -> None:
    customer = business.customer()
    today = moment().date().isoformat()
    form = {"total": "500.00", "total_currency": "EUR", "fee": "", "fee_currency": "EUR", "received": today}
    form |= {"customer": public_id("cus", customer), "method": "cash", "status": "completed", "reference": "T 9"}
    done(as_role("Finance"), url("record-payment"), form)
    row = waiting()
    assert (row["act"], row["amount_minor"], lists.payments_page(PaymentFilter()).rows) == (
        "record",
        500_00,
        [],
    )
    page = text_of(as_role("Administrator").get(url("approval", public_id("apr", row["id"]))))
    assert "T 9" in page
    done(as_role("Administrator"), url("approve", public_id("apr", row["id"])), {})
    [recorded] = lists.payments_page(PaymentFilter()).rows
    assert (recorded["status"], recorded["total_minor"]) == ("completed", 500_00)

    invoice = business.invoice(business.customer("Other"), 90_00)
    expected = payments.live_scheduled(invoice)
    assert expected is not None
    pay = public_id("pay", expected["id"])
    form = {"received": today, "method": "cash", "reference": "", "total": "108.00", "total_currency": "EUR"}
    done(as_role("Finance"), url("payment-mark-paid", pay), form)
    again = refused(as_role("Administrator"), url("payment-mark-paid", pay), form)
    assert "waits for a second person already" in again
    apr = public_id("apr", waiting()["id"])
    done(as_role("Administrator"), url("decline", apr), {"reason": "The cheque bounced"})
    assert payments.payment(expected["id"])["status"] == "pending"
    assert "The cheque bounced" in text_of(as_role("Finance").get(url("approval", apr)))


def test_the_limits_are_set_as_amounts(business: Business, as_role: Signed) -> None:
    chief = as_role("Administrator")
    page = text_of(chief.get(url("settings")))
    assert ("A second person completes above 100.00 EUR" in page, "1,000.00 EUR" in page) == (True, True)
    form = {
        "second_person_completing_above": "2,500.00",
        "second_person_refunding_above": "",
        "small_difference_tolerance": "0.50",
    }
    closed(as_role("Finance"), url("change-settings", "limits"), {**form, "refund_limit_amount": "9"})
    refused(chief, url("change-settings", "limits"), form)
    done(chief, url("change-settings", "limits"), {**form, "refund_limit_amount": "750.00"})
    assert settings_store.get(limits.COMPLETING_ABOVE) == {"minor": 250_000, "currency": "EUR"}
    assert settings_store.get(limits.REFUNDING_ABOVE) is None
    assert limits.refund_limit().minor == 75_000
    assert settings_store.get(TOLERANCE) == 50
    settings_page = text_of(chief.get(url("settings")))
    assert "written off up to 0.50 EUR" in settings_page
    # The history says it as an amount too.
    assert settings_page.count("0.50 EUR") == 2
    again = chief.get(url("change-settings", "limits")).content.decode()
    assert ('value="2,500.00"' in again, 'value="750.00"' in again) == (True, True)


def test_a_double_click_asks_once(business: Business, as_role: Signed) -> None:
    payment = business.payment(business.customer(), 200_00)
    address = url("payment-refund", public_id("pay", payment))
    for key in ("one", "one"):
        assert post(as_role("Finance"), address, refund_form(), key).status_code == 302
    assert member("Finance").get_full_name() == waiting()["asked_label"]
