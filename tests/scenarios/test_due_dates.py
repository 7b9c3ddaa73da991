"""Another due date is agreed for an open invoice: what is due goes by it, its document stays as it is (E22, P10)."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from tallystick.allocations.operations import InvoiceNotOpen
from tallystick.correspondence.models import Delivery
from tallystick.foundation.errors import InvalidField, NotAllowed, NotFound
from tallystick.foundation.permissions import Actor
from tallystick.invoices import open_queries, queries
from tallystick.payments import queries as payments
from tallystick.usecases import bill, documents, dunning_pauses, e_invoices
from tallystick.usecases.deliver import Happened, deliver_message
from tallystick.usecases.due_dates import agree_due_date
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tests.scenarios.conftest import World, at
from tests.scenarios.reminding import Reminding, facts, reminded
from tests.trails import trail_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> Reminding:
    return Reminding()


def agreed(shop: World, invoice: UUID, day: str, *, on: str, **more: Any) -> dict[str, Any]:
    """This function will agree on a due date, on a day."""
    told = {"actor": shop.staff, "at": at(on), "invoice_id": invoice, "due_date": date.fromisoformat(day)}
    return dict(agree_due_date(**{**told, **more}))


def test_what_is_due_follows_the_agreed_day_and_the_document_does_not(shop: Reminding) -> None:
    customer = shop.customer(terms_days=30)
    invoice = shop.invoice(customer, day="2026-03-01")
    told: dict[str, Any] = {"actor": shop.staff, "invoice_id": invoice}
    before = (documents.invoice_document(**told), e_invoices.why_no_e_invoice(**told))
    shop.remind("2026-04-03")
    shape = agreed(shop, invoice, "2026-04-15", on="2026-04-04", note="Jo on the phone")
    assert (shape["due_date"], shape["stated_due_date"], shape["state"]) == ("2026-04-15", "2026-03-31", "open")
    assert (documents.invoice_document(**told), e_invoices.why_no_e_invoice(**told)) == before
    row = shop.expected_payment(invoice)
    assert row["due_date"] == date(2026, 4, 15)
    (entry,) = (each for each in trail_of(invoice) if each["action"] == "agree_due_date")
    assert (entry["before"], entry["after"]) == (
        {"due_date": "2026-03-31"},
        {"due_date": "2026-04-15", "reason": "Jo on the phone"},
    )
    assert payments.timeline(row["id"])[-1]["detail"] == {"due_date": "2026-04-15"}
    # What the customer reads first, what is overdue, and how old it is.
    owed = open_queries.open_sums(customer, today=date(2026, 4, 15))["EUR"]
    assert (owed.overdue, owed.next_due_date) == (0, date(2026, 4, 15))
    assert open_queries.open_sums(customer, today=date(2026, 4, 16))["EUR"].overdue == 1
    assert builders.one_invoice(invoice, today=date(2026, 4, 16))["state"] == "overdue"
    # Reminders count anew from the agreed day, by the same plan: 2 days before; 3, 12 and 21 days after.
    days = [date(2026, 4, 5) + timedelta(days=each) for each in range(40)]
    assert [day.isoformat() for day in days if shop.remind(day.isoformat())] == [
        *("2026-04-13", "2026-04-18", "2026-04-27", "2026-05-06")
    ]
    assert facts(invoice_id=invoice, from_date=date(2026, 3, 31)) == [("2026-04-03", 3)]
    first = reminded()[1]
    for said in ("Due date, as agreed: Apr 15, 2026", "The invoice says: Mar 31, 2026"):
        assert said in first.text_body


def test_another_day_takes_its_place_and_the_documents_own_ends_it(shop: Reminding) -> None:
    invoice = shop.invoice(shop.customer(terms_days=30), day="2026-03-01")
    agreed(shop, invoice, "2026-05-01", on="2026-03-20")
    assert agreed(shop, invoice, "2026-04-20", on="2026-03-21")["stated_due_date"] == "2026-03-31"
    shape = agreed(shop, invoice, "2026-03-31", on="2026-03-22")
    assert (shape["due_date"], shape["stated_due_date"]) == ("2026-03-31", None)
    # As if nothing had been agreed.
    assert shop.remind("2026-03-29") == 1


def test_a_reminder_that_has_not_left_yet_is_not_sent(shop: Reminding) -> None:
    invoice = shop.invoice(shop.customer(terms_days=30), day="2026-03-01")
    shop.remind("2026-04-03")
    agreed(shop, invoice, "2026-04-15", on="2026-04-03")
    (mail,) = reminded()
    assert deliver_message(message_id=mail.id, at=at("2026-04-03", 10)).happened is Happened.DROPPED
    assert "due from another day" in Delivery.objects.get(message_id=mail.id).answer


@pytest.mark.parametrize(
    ("day", "on", "message"),
    [
        ("2026-03-30", "2026-03-10", "from 2026-03-31 to 2026-09-27"),
        ("2026-04-09", "2026-04-10", "from 2026-04-10 to 2026-10-07"),
        ("2026-10-08", "2026-04-10", "from 2026-04-10 to 2026-10-07"),
        ("2026-03-31", "2026-03-10", "due on that day already"),
    ],
)
def test_a_day_that_cannot_be_agreed_is_refused_and_leaves_no_trace(
    shop: Reminding, day: str, on: str, message: str
) -> None:
    invoice = shop.invoice(shop.customer(terms_days=30), day="2026-03-01")
    trail = trail_of(invoice)
    with pytest.raises(InvalidField, match=message):
        agreed(shop, invoice, day, on=on)
    for wrong in ({"note": "x" * 201}, {"note": "4242 4242 4242 4242"}):
        with pytest.raises(InvalidField):
            agreed(shop, invoice, "2026-04-20", on="2026-04-10", **wrong)
    row = queries.invoice(invoice)
    assert (row["due_date"], row["stated_due_date"]) == (date(2026, 3, 31), None)
    assert shop.expected_payment(invoice)["due_date"] == date(2026, 3, 31)
    assert trail_of(invoice) == trail


def test_only_what_is_open_has_a_day_and_only_who_may_agrees(shop: Reminding) -> None:
    customer = shop.customer(terms_days=30)
    paid, void, draft = shop.invoice(customer, day="2026-03-01"), shop.invoice(customer), shop.draft(customer)
    shop.pay_invoice(paid, "2026-03-05", 10680)
    bill.void_invoice(actor=shop.staff, at=at("2026-03-05"), invoice_id=void, reason="Twice")
    for invoice in (paid, void, draft):
        with pytest.raises(InvoiceNotOpen):
            agreed(shop, invoice, "2026-04-20", on="2026-04-10")
    invoice = shop.invoice(customer, day="2026-03-01")
    other = ("customer", shop.customer("Zeta"))
    for scope, permission, error in (
        (other, Permission.RECORD_PAYMENTS, NotFound),
        (None, Permission.VIEW, NotAllowed),
    ):
        who = Actor(kind="api_key", id="k", label="K", permissions=frozenset({permission}), scope=scope)
        with pytest.raises(error):
            agreed(shop, invoice, "2026-04-20", on="2026-04-10", actor=who)
    assert queries.invoice(invoice)["due_date"] == date(2026, 3, 31)


def test_a_promise_that_is_waited_for_holds_beside_it(shop: Reminding) -> None:
    invoice = shop.invoice(shop.customer(terms_days=30), day="2026-03-01")
    told: dict[str, Any] = {"actor": shop.staff, "at": at("2026-04-04"), "invoice_id": invoice}
    dunning_pauses.promise_to_pay(**told, pay_date=date(2026, 4, 20))
    agreed(shop, invoice, "2026-04-15", on="2026-04-05")
    assert [day for day in ("2026-04-13", "2026-04-18", "2026-04-21") if shop.remind(day)] == ["2026-04-21"]
