"""The activity of a month, told by date: what happened, what will come, and how much reading that takes (C4)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tallystick.customers.mails import ALL_MAILS, Mail
from tallystick.customers.queries import contacts
from tallystick.dunning import operations as dunning
from tallystick.foundation import settings_store
from tallystick.foundation.errors import InvalidField, NotAllowed, NotFound
from tallystick.foundation.ids import new_id
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.invoices import queries as invoices
from tallystick.payments.models import Attempt, AutopayAgreement, Payment, PaymentMethod
from tallystick.reports.activity import FEW, ActiveDay, EventKind
from tallystick.usecases import bill, configure, people, record
from tallystick.usecases.activity import Activity, activity
from tallystick.usecases.plan_retry import plan_retry
from tallystick.usecases.roles import Permission
from tests.scenarios.conftest import at, uid
from tests.scenarios.noticing import Noticing
from tests.scenarios.prepaid import Prepaid

pytestmark = pytest.mark.django_db

TODAY = "2026-03-10"
Told = list[tuple[str, str, str, int | None]]


@pytest.fixture
def shop(db: None) -> Noticing:
    """A shop that reminds nobody by itself."""
    shop = Noticing()
    with transaction():
        dunning.choose_default(None)
    return shop


def asked(shop: Noticing, customer: UUID, month: str = "2026-03", *, today: str = TODAY) -> Activity:
    """This function will ask staff's way for a month."""
    return activity(actor=shop.staff, at=at(today), customer_id=customer, month=month)


def told(found: Activity) -> Told:
    """This function will return the events in their order: day of the month, kind, name, amount."""
    return [
        (f"{day.date:%d}", each.kind.value, each.name, each.minor) for day in found.month.days for each in day.events
    ]


def test_a_month_tells_what_happened_and_what_will_come(shop: Noticing) -> None:
    acme = shop.customer("Acme Corp", terms_days=14)
    shop.agree(acme, shop.price(8900), "2026-01-20")
    shop.run("2026-02-20")
    open_one = shop.invoice(acme, 10000, day="2026-03-02")
    paid = record.record_payment(
        actor=shop.staff,
        at=at("2026-03-04"),
        customer_id=acme,
        total_minor=5000,
        currency="EUR",
        method="cash",
        description="Desk #secret",
        parts=[record.Part(invoice_id=open_one)],
    )
    promised = record.record_payment(
        actor=shop.staff,
        at=at("2026-03-05"),
        customer_id=acme,
        total_minor=700,
        currency="EUR",
        method="bank_transfer",
        status="pending",
    )
    found = asked(shop, acme)
    assert told(found) == [
        ("02", "invoice", "INV-2026-00003", 12000),
        ("04", "payment", "Desk", 5000),
        ("05", "payment", "", 700),
        ("06", "due", "INV-2026-00002", 10680),
        ("16", "due", "INV-2026-00003", 7000),
        ("20", "renewal", "Laptop rental – Variant 1", 10680),
    ]
    payments = [each for day in found.month.days for each in day.events if each.kind is EventKind.PAYMENT]
    assert [(each.about, each.status) for each in payments] == [
        (uid("pay", paid["id"]), "completed"),
        (uid("pay", promised["id"]), "pending"),
    ]
    assert "secret" not in repr(found)
    # A year ahead it is computed from the anchor day; a year before there was nothing.
    assert told(asked(shop, acme, "2027-03")) == [("20", "renewal", "Laptop rental – Variant 1", 10680)]
    assert asked(shop, acme, "2025-03").month.days == ()


def test_what_autopay_charges_and_tries_again_stands_on_its_days(shop: Noticing) -> None:
    acme = shop.customer("Acme Corp", terms_days=14)
    shop.autopay(acme)
    first = shop.invoice(acme, 5000, day="2026-03-02")
    later = shop.invoice(acme, 2500, day="2026-03-05")
    found = asked(shop, acme)
    assert [(day, kind, minor) for day, kind, _name, minor in told(found) if kind in {"charge", "retry"}] == [
        ("16", "charge", 6000),
        ("19", "charge", 3000),
    ]
    assert found.next_charges is not None
    assert (found.next_charges.date, found.next_charges.sums) == (date(2026, 3, 16), {"EUR": 6000})
    # What autopay charges next is said whatever month is looked at.
    assert asked(shop, acme, "2025-01").next_charges == found.next_charges
    # What is late is charged by the next run.
    late = asked(shop, acme, today="2026-03-18")
    assert [(day, minor) for day, kind, _name, minor in told(late) if kind == "charge"] == [("18", 6000), ("19", 3000)]
    # A charge that was declined is made again on the day of its plan.
    agreed, method = AutopayAgreement.objects.get(), PaymentMethod.objects.get()
    payment_id = shop.expected_payment(later)["id"]
    Attempt.objects.create(
        payment_id=payment_id,
        account_id=method.account_id,
        method=method,
        agreement=agreed,
        amount_minor=3000,
        currency="EUR",
        state="declined",
        created_at=at("2026-03-19"),
    )
    Payment.objects.filter(id=payment_id).update(status="failed", next_try_date=date(2026, 3, 22))
    again = told(asked(shop, acme, today="2026-03-20"))
    assert [(day, minor) for day, kind, _name, minor in again if kind == "retry"] == [("22", 3000)]
    # The payer chose another day, also for a payment of their own that failed before autopay ever tried.
    own = shop.expected_payment(first)["id"]
    Payment.objects.filter(id=own).update(status="failed")
    for payment, day in ((payment_id, 24), (own, 25)):
        plan_retry(actor=shop.staff, at=at("2026-03-20"), payment_id=payment, day=date(2026, 3, day))
    chosen = told(asked(shop, acme, today="2026-03-20"))
    assert [(day, kind, minor) for day, kind, _name, minor in chosen if kind in {"charge", "retry"}] == [
        ("24", "retry", 3000),
        ("25", "retry", 6000),
    ]


def test_a_charge_day_before_the_month_of_the_due_date_lists_as_many_as_any(shop: Noticing) -> None:
    acme = shop.customer("Acme Corp", terms_days=30)
    shop.autopay(acme, charge_day=27)
    for _each in range(4):
        # Due on April 26, charged on March 27.
        shop.invoice(acme, 1000, day="2026-03-27")
        # Due on May 9, charged on April 27.
        shop.invoice(acme, 1000, day="2026-04-09")
    for month, day in (("2026-03", 27), ("2026-04", 27)):
        found = asked(shop, acme, month)
        charged = next(each for each in found.month.days if each.date.day == day)
        shown = [each.minor for each in charged.events if each.kind is EventKind.CHARGE]
        assert len(shown) + charged.more[EventKind.CHARGE] == 4
        assert set(shown) == {1200}
    assert len(shown) == FEW, "nothing else stands on that day"
    assert found.next_charges is not None
    assert (found.next_charges.date, found.next_charges.sums) == (date(2026, 3, 27), {"EUR": 4800})


def test_credit_notes_stand_on_the_day_of_their_issue(shop: Noticing) -> None:
    acme, other = shop.customer("Acme Corp"), shop.customer("Other")
    for customer, minor in ((acme, 2400), (other, 1200)):
        invoice = shop.invoice(customer, 10000, day="2026-02-20")
        bill.issue_credit_note(
            actor=shop.staff, at=at("2026-03-09"), invoice_id=invoice, reason="Late #secret", gross_minor=minor
        )
    found = asked(shop, acme)
    (credited,) = [each for day in found.month.days for each in day.events if each.kind is EventKind.CREDIT_NOTE]
    assert (credited.date, credited.name, credited.minor) == (date(2026, 3, 9), "CN-2026-00001", 2400)
    assert invoices.invoice(credited.about)["customer_id"] == acme


def test_notices_of_coming_invoices_stand_on_the_days_on_which_they_go_out(shop: Noticing) -> None:
    ida = shop.individual()
    shop.subscribe(ida, shop.price(8900), start="2026-02-20")
    shop.run("2026-02-20")

    def noticed(month: str = "2026-03", *, today: str = TODAY) -> Told:
        return [each for each in told(asked(shop, ida, month, today=today)) if each[1] == "notice"]

    assert noticed() == [("13", "notice", "2026-03-20", 10680)]
    assert noticed("2026-04") == [("13", "notice", "2026-04-20", 10680)]
    assert noticed("2027-01") == [("13", "notice", "2027-01-20", 10680)]
    # What should have gone out already goes out today; what was told stays on its day, and is not told again.
    assert noticed(today="2026-03-15") == [("15", "notice", "2026-03-20", 10680)]
    assert shop.announce("2026-03-14") == 1
    assert noticed(today="2026-03-15") == [("14", "notice", "2026-03-20", None)]
    shop.run("2026-03-20")
    assert noticed(today="2026-03-25") == [("14", "notice", "2026-03-20", None)]
    assert noticed("2026-02", today="2026-03-25") == []
    # Somebody who chose to hear sooner has a day of their own; whoever chose no such mails has none.
    (jo,) = contacts(ida)
    change: dict[str, Any] = {"actor": shop.staff, "at": at(TODAY), "customer_id": ida, "contact_id": jo.id}
    people.change_contact(**change, changes={"notice_days": 10})
    assert noticed("2026-04") == [("10", "notice", "2026-04-20", 10680)]
    people.change_contact(**change, changes={"mails": [mail for mail in ALL_MAILS if mail is not Mail.COMING_INVOICES]})
    assert noticed("2026-04") == []
    # Who has time to pay after the invoice came hears of it by the invoice alone.
    late = shop.customer("Late", terms_days=14)
    shop.subscribe(late, shop.price(8900), start="2026-03-20")
    assert [each for each in told(asked(shop, late)) if each[1] == "notice"] == []


def test_cards_and_prepaid_money_that_expire_stand_on_their_last_days(shop: Noticing) -> None:
    acme = shop.customer("Acme Corp")
    shop.autopay(acme)
    PaymentMethod.objects.update(expiry_month=3, expiry_year=2026)
    Prepaid(shop).give(acme, 4200, day="2026-03-01", expires="2026-03-31")
    assert told(asked(shop, acme)) == [
        ("31", "card_expires", "Visa •••• 4242", None),
        ("31", "prepaid_expires", "Welcome credit", 4200),
    ]
    assert told(asked(shop, acme, "2026-04")) == []


def test_members_and_payers_of_a_group_see_who_is_billed(shop: Noticing) -> None:
    payer, member = shop.customer("Payer"), shop.customer("Member")
    group = shop.group(payer, day=15, first="2026-03-15")
    shop.join(group, member, "2026-01-01")
    shop.subscribe(member, shop.price(), start="2026-03-12")
    found = asked(shop, member)
    (renewal,) = [each for day in found.month.days for each in day.events]
    assert (renewal.kind, renewal.is_grouped, renewal.date) == (EventKind.RENEWAL, True, date(2026, 3, 12))
    for month, notice in (("2026-03", "10"), ("2026-05", "08")):
        assert told(asked(shop, payer, month)) == [
            (notice, "notice", f"{month}-15", None),
            ("15", "group_invoice", "Acme Group", None),
        ]


def test_a_day_with_very_many_lists_a_few_in_as_many_queries(shop: Noticing) -> None:
    acme = shop.customer("Acme Corp")
    shop.agree(acme, shop.price(8900), "2026-01-20")
    _promise(acme, 5, day="2026-03-04")
    few, queries = _counted(lambda: asked(shop, acme))
    assert (len(_payments_of(few).events), _payments_of(few).more) == (FEW, {EventKind.PAYMENT: 2})
    _promise(acme, 495, day="2026-03-04")
    for _each in range(12):
        shop.agree(acme, shop.price(100), "2026-02-25")
        shop.invoice(acme, 100, day="2026-03-03")
    many, more_queries = _counted(lambda: asked(shop, acme))
    assert _payments_of(many).more == {EventKind.PAYMENT: 497}
    days = {day.date.day: day for day in many.month.days}
    assert days[3].more == {EventKind.INVOICE: 12 - 2, EventKind.DUE: 12 - 1}, "one of each kind, and one more"
    assert days[25].more[EventKind.RENEWAL] == 12 - FEW
    assert more_queries == queries


def _payments_of(found: Activity) -> ActiveDay:
    return next(day for day in found.month.days if day.date == date(2026, 3, 4))


def _counted(ask: Callable[[], Activity]) -> tuple[Activity, int]:
    # However long it took to get here, both read the settings anew.
    settings_store.forget()
    with CaptureQueriesContext(connection) as captured:
        found = ask()
    return found, len(captured)


def _promise(customer: UUID, count: int, *, day: str) -> None:
    """Money that is promised, of which the books know nothing."""
    Payment.objects.bulk_create(
        Payment(
            id=new_id(),
            kind="receipt",
            status="pending",
            customer_id=customer,
            total_minor=100 + each,
            currency="EUR",
            method="bank_transfer",
            created_at=at(day) + timedelta(seconds=each),
        )
        for each in range(count)
    )


def test_the_days_are_those_of_the_business(shop: Noticing) -> None:
    configure.change_settings(actor=shop.staff, at=at("2026-01-01"), changes={"time_zone": "Europe/Berlin"})
    acme = shop.customer("Acme Corp")
    # Half past eleven in the evening of the last day of February in UTC is March in Berlin.
    record.record_payment(
        actor=shop.staff,
        at=datetime(2026, 2, 28, 23, 30, tzinfo=UTC),
        customer_id=acme,
        total_minor=700,
        currency="EUR",
        method="cash",
    )
    assert told(asked(shop, acme, "2026-02")) == []
    assert [day for day, *_ in told(asked(shop, acme))] == ["01"]


@pytest.mark.parametrize("month", ["2026-13", "2026", "March", "2026-3", "1999-01", "2040-01"])
def test_a_month_that_is_none_is_refused(shop: Noticing, month: str) -> None:
    with pytest.raises(InvalidField) as refused:
        asked(shop, shop.customer(), month)
    assert refused.value.name == "month"


def test_only_who_may_see_the_customer_sees_its_activity(shop: Noticing) -> None:
    acme, other = shop.customer("Acme Corp"), shop.customer("Other")
    narrowed = Actor(
        kind="contact", id="x", label="X", permissions=frozenset({Permission.VIEW}), scope=("customer", other)
    )
    with pytest.raises(NotFound):
        activity(actor=narrowed, at=at(TODAY), customer_id=acme)
    nobody = Actor(kind="staff", id="y", label="Y", permissions=frozenset())
    with pytest.raises(NotAllowed):
        activity(actor=nobody, at=at(TODAY), customer_id=acme)


def test_what_comes_of_an_invoice_that_is_not_paid_is_told_on_its_days(shop: Noticing) -> None:
    with transaction():
        plan = dunning.create_plan(name="Strict", grace_days=5, at=at(TODAY))
        for days, fees in ((-2, {}), (3, {}), (8, {"EUR": 500})):
            dunning.set_level(plan, days=days, pay_by_days=None, texts={}, fees=fees)
        dunning.choose_default(plan)
    acme = shop.customer("Acme Corp", terms_days=10)
    shop.agree(acme, shop.price(8900), "2026-03-05")
    late = shop.invoice(acme, day="2026-02-01")
    # What is over, or was missed, is not told; a service is on the first invoice alone.
    coming = [each for each in told(asked(shop, acme)) if each[1] in {"reminder", "suspension"}]
    assert coming == [
        ("10", "reminder", "INV-2026-00002", None),
        ("13", "reminder", "INV-2026-00001", None),
        ("18", "reminder", "INV-2026-00001", None),
        ("23", "reminder", "INV-2026-00001", 500),
        ("28", "suspension", "INV-2026-00001", None),
    ]
    assert invoices.invoice(late)["number"] == "INV-2026-00002"
    assert not [each for each in told(asked(shop, acme, "2026-02")) if each[1] == "reminder"]
