"""What was agreed about an open invoice is confirmed by one mail: a promise to pay, another due date (E22)."""

import json
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

import tallystick.interfaces.jobs.registry  # noqa: F401 - the jobs register themselves
from tallystick.correspondence.models import Message
from tallystick.foundation.errors import InvalidField
from tallystick.interfaces.jobs import dunning as jobs
from tallystick.invoices import queries as invoices
from tallystick.usecases import dunning_pauses, notify_agreed
from tallystick.usecases.due_dates import agree_due_date
from tests.scenarios.conftest import at
from tests.scenarios.reminding import Reminding

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> Reminding:
    return Reminding()


def deferred(name: str) -> list[dict[str, Any]]:
    """What the jobs of a name are asked to do, in order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = %s ORDER BY id", [name])
        return [json.loads(args) for (args,) in cursor.fetchall()]


def write(day: str) -> int:
    """This function will do the jobs as they stand, on a day, and return how many mails are new."""
    promises = (UUID(each["pause_id"]) for each in deferred("mail.promise_noted"))
    fresh = sum(notify_agreed.write_promise(pause_id=each, at=at(day)) for each in promises)
    for each in deferred("mail.due_date_agreed"):
        fresh += notify_agreed.write_due_date(
            invoice_id=UUID(each["invoice_id"]),
            before_date=date.fromisoformat(each["before_date"]),
            due_date=date.fromisoformat(each["due_date"]),
            agreed_at=at(each["agreed_at"][:10]),
            at=at(day),
        )
    return fresh


def confirmed() -> list[tuple[str, str]]:
    found = Message.objects.filter(kind__in=["promise_noted", "due_date_agreed"]).order_by("created_at", "id")
    return [(each.subject, each.text_body) for each in found]


def promised(shop: Reminding, invoice: UUID, day: str, *, on: str, minor: int | None = None) -> None:
    dunning_pauses.promise_to_pay(
        actor=shop.staff,
        at=at(on),
        invoice_id=invoice,
        pay_date=date.fromisoformat(day),
        amount_minor=minor,
        note="Between us: is short of money",
    )


def agreed(shop: Reminding, invoice: UUID, day: str, *, on: str) -> None:
    agree_due_date(actor=shop.staff, at=at(on), invoice_id=invoice, due_date=date.fromisoformat(day), note="By phone")


def test_a_promise_is_confirmed_once_with_what_stops_until_then(shop: Reminding) -> None:
    invoice = shop.invoice(shop.customer(terms_days=30), day="2026-03-01")
    promised(shop, invoice, "2026-04-20", on="2026-04-05", minor=5000)
    assert [write("2026-04-05"), write("2026-04-06")] == [1, 0]
    number = invoices.invoice(invoice)["number"]
    ((subject, text),) = confirmed()
    assert subject.startswith("Your promise to pay €50.00 to ")
    assert subject.endswith(f" by Apr 20, 2026: invoice {number}")
    for said in (
        f"We have noted that you will pay €50.00 of invoice {number} by Apr 20, 2026.",
        "Until that day we do not remind you of it, and no service is suspended because of it.",
        "Left to pay: €106.80",
    ):
        assert said in text
    assert "Automatic payment" not in text
    assert "short of money" not in text


def test_only_the_promise_that_holds_is_confirmed(shop: Reminding) -> None:
    first, second, third = (shop.invoice(shop.customer(terms_days=30), day="2026-03-01") for _ in range(3))
    promised(shop, first, "2026-04-20", on="2026-04-05")
    promised(shop, first, "2026-04-22", on="2026-04-05")
    promised(shop, second, "2026-04-20", on="2026-04-05")
    dunning_pauses.resume_invoice(actor=shop.staff, at=at("2026-04-05"), invoice_id=second)
    promised(shop, third, "2026-04-20", on="2026-04-05")
    shop.pay_invoice(third, "2026-04-05", 10680)
    dunning_pauses.pause_invoice(actor=shop.staff, at=at("2026-04-05"), invoice_id=second, reason="Is looked into")
    assert len(deferred("mail.promise_noted")) == 4
    assert write("2026-04-05") == 1
    assert "by Apr 22, 2026" in confirmed()[0][0]


def test_another_due_date_is_confirmed_with_the_old_and_the_new_day(shop: Reminding) -> None:
    invoice = shop.invoice(shop.customer(terms_days=30), day="2026-03-01")
    agreed(shop, invoice, "2026-04-15", on="2026-03-20")
    assert [write("2026-03-20"), write("2026-03-21")] == [1, 0]
    number = invoices.invoice(invoice)["number"]
    ((subject, text),) = confirmed()
    assert subject.startswith(f"Invoice {number} from ")
    assert subject.endswith(" is due on Apr 15, 2026 now")
    for said in (
        f"As agreed, invoice {number} is due on Apr 15, 2026 now, and no longer on Mar 31, 2026.",
        "The invoice itself goes on saying Mar 31, 2026.",
        "Until that day it is not overdue. Reminders count from then on.",
    ):
        assert said in text
    assert "By phone" not in text
    # Another takes its place before it is told, and the document's own day ends it.
    agreed(shop, invoice, "2026-04-10", on="2026-03-22")
    agreed(shop, invoice, "2026-03-31", on="2026-03-23")
    assert write("2026-03-23") == 1
    assert "is due on Mar 31, 2026 now, and no longer on Apr 10, 2026." in confirmed()[-1][1]
    assert "goes on saying" not in confirmed()[-1][1]


def test_both_go_in_the_language_of_their_readers_to_those_who_are_reminded(shop: Reminding) -> None:
    german = shop.customer("Mueller AG", terms_days=30, details={"language": "de"})
    invoice = shop.invoice(german, day="2026-03-01")
    agreed(shop, invoice, "2026-04-15", on="2026-03-20")
    promised(shop, invoice, "2026-04-20", on="2026-03-20")
    assert write("2026-03-20") == 2
    (promise, _words), (day, text) = confirmed()
    assert promise.startswith("Ihre Zusage, 106,80 € bis zum 20.04.2026 an ")
    assert day.endswith(" ist jetzt am 15.04.2026 fällig")
    assert "nicht mehr am 31.03.2026" in text


def test_what_is_charged_all_the_same_is_said_and_a_refused_promise_tells_nobody(shop: Reminding) -> None:
    customer = shop.customer(terms_days=30)
    shop.autopay(customer)
    invoice = shop.invoice(customer, day="2026-03-01")
    promised(shop, invoice, "2026-04-20", on="2026-03-20")
    write("2026-03-20")
    assert "Automatic payment is not stopped by this: the invoice is charged on Mar 31, 2026." in confirmed()[0][1]
    agreed(shop, invoice, "2026-04-15", on="2026-03-21")
    write("2026-03-21")
    assert "It is charged automatically on Apr 15, 2026." in confirmed()[-1][1]
    promised(shop, invoice, "2026-04-10", on="2026-03-22")
    write("2026-03-22")
    assert "Automatic payment" not in confirmed()[-1][1]
    with pytest.raises(InvalidField):
        promised(shop, invoice, "2027-04-20", on="2026-03-22")
    assert len(deferred("mail.promise_noted")) == 2


def test_the_jobs_do_what_they_are_asked(shop: Reminding) -> None:
    invoice = shop.invoice(shop.customer(terms_days=30), day="2026-03-01")
    agreed(shop, invoice, "2026-04-15", on="2026-03-20")
    promised(shop, invoice, "2026-04-20", on="2026-03-20")
    for _run in range(2):
        jobs.promise_noted(**deferred("mail.promise_noted")[0])
        jobs.due_date_agreed(**deferred("mail.due_date_agreed")[0])
    assert len(confirmed()) == 2
