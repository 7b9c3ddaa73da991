"""Late fees told by date: what a reminder adds on an invoice of its own, when it adds nothing, and taken back (J60)."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection

from tallystick.correspondence.mail_settings import OUTBOX, TRANSPORT
from tallystick.correspondence.models import Attachment, Delivery
from tallystick.dunning import operations, queries
from tallystick.dunning.fee_queries import late_fees_of
from tallystick.dunning.models import LateFee, Reminder
from tallystick.foundation import settings_store
from tallystick.foundation.models import AuditEntry
from tallystick.foundation.transactions import transaction
from tallystick.invoices import queries as invoices
from tallystick.money.amounts import Money
from tallystick.usecases import allocate, bill, dun, dunning_pauses, notify_reminder, write_off
from tallystick.usecases.deliver import Happened, deliver_message, resend_message
from tests.scenarios.conftest import at
from tests.scenarios.reminding import Reminding, facts, reminded
from tests.statements import statements

pytestmark = pytest.mark.django_db

# Issued on Mar 1 and due on Mar 31: reminders on Mar 29, Apr 3, Apr 12 and Apr 21.
DAYS = ("2026-03-29", "2026-04-03", "2026-04-12", "2026-04-21")
FEES = {12: {"EUR": 500}, 21: {"EUR": 1000}}


@pytest.fixture
def shop(db: None) -> Reminding:
    shop = Reminding()
    charges(FEES)
    return shop


def charges(fees: dict[int, dict[str, int]], *, tax: UUID | None = None) -> None:
    """The plan that a business begins with, with late fees."""
    (plan,) = queries.plans()
    with transaction():
        for level in plan.rules.levels:
            operations.set_level(
                plan.id,
                days=level.days,
                pay_by_days=level.pay_by_days,
                texts=plan.texts[level.days],
                fees=fees.get(level.days, {}),
            )
        operations.change_plan(plan.id, name=plan.name, grace_days=plan.rules.grace_days, fee_tax_rate_id=tax)


def credit_notes_to_mail() -> list[str]:
    """The credit notes about which a mail is to be written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT args ->> 'credit_note_id' FROM procrastinate_jobs WHERE task_name = 'mail.credit_note'")
        return [row[0] for row in cursor.fetchall()]


def billed(late: UUID | None = None) -> list[dict[str, Any]]:
    """The invoices of the late fees that stand, the oldest first."""
    fees = LateFee.objects.filter(taken_back_at=None).order_by("billed_at", "id")
    found = fees if late is None else fees.filter(late_invoice_id=late)
    return [invoices.invoice(each.invoice_id) for each in found]


def test_j60_a_level_bills_its_fee_once_after_it_was_foretold(
    shop: Reminding, posted: Callable[..., list[tuple[str, str, int]]]
) -> None:
    acme = shop.customer(terms_days=30)
    late = shop.invoice(acme, day="2026-03-01")
    for day in DAYS[:2]:
        shop.remind(day)
    assert billed() == []
    assert [shop.remind(day) for day in (DAYS[2], DAYS[2], "2026-04-13")] == [1, 0, 0]

    (fee,) = billed(late)
    number = invoices.invoice(late)["number"]
    assert {name: fee[name] for name in ("net_minor", "tax_minor", "total_minor", "customer_id", "state")} == {
        "net_minor": 500,
        "tax_minor": 0,
        "total_minor": 500,
        "customer_id": acme,
        "state": "issued",
    }
    # It is due when the reminder asks for payment.
    assert (fee["invoice_date"], fee["due_date"]) == (date(2026, 4, 12), date(2026, 4, 19))
    (line,) = invoices.lines(fee["id"])
    assert (line["description"], line["is_fee"]) == (f"Late fee for invoice {number}", True)
    assert posted(fee["id"]) == [("J02", [("1200", "D", 500), ("4050", "C", 500)])]
    assert shop.owes(acme) == 10680 + 500

    before, first, second = (each.text_body for each in reminded(acme))
    assert "late fee" not in before
    assert "From Apr 12, 2026 a late fee of €5.00 is added, if it is not paid before." in first
    assert f"A late fee of €5.00 is added, for which invoice {fee['number']} is attached." in second
    assert "From Apr 21, 2026 a late fee of €10.00 is added, if it is not paid before." in second
    attached = Attachment.objects.filter(message=reminded(acme)[2]).order_by("position")
    assert [each.document_id for each in attached] == [late, fee["id"]]

    shop.remind(DAYS[3])
    assert [each["total_minor"] for each in billed(late)] == [500, 1000]
    assert "if it is not paid before" not in reminded(acme)[-1].text_body
    told = AuditEntry.objects.filter(action="bill_late_fee").order_by("id")
    assert [(each.actor_label, each.object_id) for each in told] == [("Tallystick", each["id"]) for each in billed()]


def test_a_fee_bears_no_fee_and_is_reminded_of_as_any_invoice(shop: Reminding) -> None:
    acme = shop.customer(terms_days=30)
    late = shop.invoice(acme, day="2026-03-01")
    for day in (*DAYS[:3], "2026-04-13"):
        shop.remind(day)
    (fee,) = billed(late)
    shop.pay_invoice(late, "2026-04-14", 10680)
    # Due on Apr 19: reminded of 3, 12 and 21 days later, and two before.
    for day in ("2026-04-17", "2026-04-22", "2026-05-01", "2026-05-10", "2026-06-01"):
        shop.remind(day)
    assert [level for _day, level in facts(invoice_id=fee["id"])] == [-2, 3, 12, 21]
    assert len(billed()) == 1


def test_the_first_reminder_says_that_a_fee_comes_and_adds_none(shop: Reminding) -> None:
    acme = shop.customer(terms_days=30)
    late = shop.invoice(acme, day="2026-03-01")
    # Runs were missed: the newest level is told first.
    shop.remind("2026-04-13")
    assert billed(late) == []
    assert "From Apr 21, 2026 a late fee of €10.00 is added, if it is not paid before." in reminded(acme)[0].text_body
    shop.remind("2026-04-21")
    assert [each["total_minor"] for each in billed(late)] == [1000]


def test_all_fees_of_an_invoice_are_never_more_than_what_is_left_to_pay(shop: Reminding) -> None:
    acme = shop.customer(terms_days=30)
    late = shop.invoice(acme, day="2026-03-01")
    shop.pay_invoice(late, "2026-03-10", 10000)
    for day in DAYS:
        shop.remind(day)
    assert [each["total_minor"] for each in billed(late)] == [500, 180]
    assert "From Apr 21, 2026 a late fee of €1.80 is added" in reminded(acme)[2].text_body


def test_a_fee_is_taxed_only_where_the_plan_says_so(shop: Reminding) -> None:
    charges(FEES, tax=shop.vat)
    late = shop.invoice(shop.customer(terms_days=30), day="2026-03-01")
    for day in DAYS[:3]:
        shop.remind(day)
    (fee,) = billed(late)
    # Tax is taken out of it: whoever was told of 5.00 pays 5.00.
    assert (fee["net_minor"], fee["tax_minor"], fee["total_minor"]) == (417, 83, 500)


def test_prepaid_paused_disputed_and_other_currencies_bear_none(shop: Reminding) -> None:
    prepaid = shop.customer("Prepaid", terms_days=30, details={"is_prepaid": True})
    paused, none = (shop.customer(each, terms_days=30) for each in ("Paused", "None"))
    of_prepaid, waits = shop.invoice(prepaid, day="2026-03-01"), shop.invoice(paused, day="2026-03-01")
    shop.invoice(none, day="2026-03-01")
    with transaction():
        operations.choose_for(customer_id=none, plan_id=None)
    for day in DAYS[:2]:
        shop.remind(day)
    dunning_pauses.pause_invoice(actor=shop.staff, at=at("2026-04-05"), invoice_id=waits, reason="Is looked into")
    shop.remind(DAYS[2])
    assert [level for _day, level in facts(invoice_id=of_prepaid)] == [-2, 3, 12]
    assert billed() == []
    charges({12: {"EUR": 500}, 21: {"USD": 1000}})
    dunning_pauses.resume_invoice(actor=shop.staff, at=at("2026-04-20"), invoice_id=waits)
    shop.remind(DAYS[3])
    assert [level for _day, level in facts(invoice_id=waits)] == [-2, 3, 21]
    assert billed() == []


def test_credit_pays_a_fee_as_any_invoice(shop: Reminding) -> None:
    acme = shop.customer(terms_days=30)
    late = shop.invoice(acme, day="2026-03-01")
    for day in DAYS[:2]:
        shop.remind(day)
    shop.record_credit(acme, "2026-04-10", 300)
    shop.remind(DAYS[2])
    (fee,) = billed(late)
    assert fee["open_minor"] == 200


class TestTakenBack:
    """Money that arrives between the decision, the mail and its sending: no fee stays that nobody was told of."""

    @pytest.fixture(autouse=True)
    def story(self, shop: Reminding) -> None:
        settings_store.put(TRANSPORT, OUTBOX)
        self.acme = shop.customer(terms_days=30)
        self.late = shop.invoice(self.acme, day="2026-03-01")
        for day in DAYS[:2]:
            shop.remind(day)

    def test_what_is_paid_before_it_is_written_bears_no_fee(self, shop: Reminding) -> None:
        assert dun.run(at=at(DAYS[2])) == 1
        shop.pay_invoice(self.late, DAYS[2], 10680)
        waiting = list(Reminder.objects.filter(days=12).values_list("id", flat=True))
        assert notify_reminder.write(reminder_ids=waiting, at=at(DAYS[2])) == 0
        assert (LateFee.objects.count(), Reminder.objects.filter(days=12).count()) == (0, 0)
        assert shop.owes(self.acme) == 0

    def test_what_is_paid_between_the_look_and_the_lock_bears_no_fee(
        self, shop: Reminding, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert dun.run(at=at(DAYS[2])) == 1
        lock = notify_reminder.locked_invoice

        def paid_first(invoice_id: UUID) -> Any:
            shop.pay_invoice(invoice_id, DAYS[2], 10680)
            return lock(invoice_id)

        monkeypatch.setattr(notify_reminder, "locked_invoice", paid_first)
        waiting = list(Reminder.objects.filter(days=12).values_list("id", flat=True))
        assert notify_reminder.write(reminder_ids=waiting, at=at(DAYS[2])) == 0
        assert (LateFee.objects.count(), Reminder.objects.filter(days=12).count()) == (0, 0)

    def test_what_is_paid_before_it_is_sent_has_its_fee_withdrawn(
        self, shop: Reminding, posted: Callable[..., list[tuple[str, str, int]]]
    ) -> None:
        shop.remind(DAYS[2])
        (fee,) = billed()
        shop.pay_invoice(self.late, DAYS[2], 10680)
        mail = reminded()[-1]
        assert deliver_message(message_id=mail.id, at=at(DAYS[2], 10)).happened is Happened.DROPPED
        assert billed() == []
        assert invoices.invoice(fee["id"])["state"] == "void"
        assert [rule for rule, _ in posted(fee["id"])] == ["J02", "J15"]
        assert (shop.owes(self.acme), Reminder.objects.filter(days=12).count()) == (0, 0)

    def test_a_fee_that_was_settled_by_then_comes_back_as_credit(self, shop: Reminding) -> None:
        shop.record_credit(self.acme, "2026-04-10", 300)
        shop.remind(DAYS[2])
        (fee,) = billed()
        shop.pay_invoice(self.late, DAYS[2], 10680)
        assert deliver_message(message_id=reminded()[-1].id, at=at(DAYS[2], 10)).happened is Happened.DROPPED
        (note,) = invoices.credit_notes_of(fee["id"])
        assert note["total_minor"] == 500
        assert (shop.owes(self.acme), shop.credit(self.acme)) == (0, 300)
        # Nobody heard of the fee, so no mail says that it is taken back.
        assert credit_notes_to_mail() == []

    def test_a_fee_that_was_told_stays_and_staff_take_it_back_by_a_credit_note(self, shop: Reminding) -> None:
        shop.remind(DAYS[2])
        assert deliver_message(message_id=reminded()[-1].id, at=at(DAYS[2], 10)).happened is Happened.SENT
        shop.pay_invoice(self.late, DAYS[2], 10680)
        reminder = Reminder.objects.get(days=12)
        # The job that was killed runs again: it is told, so it stays.
        assert notify_reminder.write(reminder_ids=[reminder.id], at=at(DAYS[2], 11)) == 0
        (fee,) = billed()
        assert shop.owes(self.acme) == 500
        bill.issue_credit_note(actor=shop.staff, at=at("2026-04-14"), invoice_id=fee["id"], reason="Goodwill")
        assert shop.owes(self.acme) == 0
        (note,) = invoices.credit_notes_of(fee["id"])
        assert credit_notes_to_mail() == [str(note["id"])]

    def test_the_database_keeps_one_fee_for_each_reminder(self, shop: Reminding) -> None:
        shop.remind(DAYS[2])
        (row,) = late_fees_of([self.late])
        assert row.reminder_id is not None
        other = shop.invoice(self.acme, day="2026-04-12")
        with pytest.raises(IntegrityError, match="dunning_latefee_reminder_id_key"), transaction():
            operations.note_fee(
                reminder_id=row.reminder_id,
                late_invoice_id=self.late,
                invoice_id=other,
                fee=Money.of("5.00", "EUR"),
                at=at(DAYS[2]),
            )

    def test_a_fee_that_was_told_stays_when_its_mail_is_asked_for_once_more(self, shop: Reminding) -> None:
        shop.remind(DAYS[2])
        mail = reminded()[-1]
        assert deliver_message(message_id=mail.id, at=at(DAYS[2], 10)).happened is Happened.SENT
        shop.pay_invoice(self.late, "2026-04-13", 10680)
        resend_message(actor=shop.staff, at=at("2026-04-14"), message_id=mail.id)
        # What it says is true no more; but it was told.
        assert deliver_message(message_id=mail.id, at=at("2026-04-14", 10)).happened is Happened.DROPPED
        assert (len(billed()), shop.owes(self.acme), Reminder.objects.filter(days=12).count()) == (1, 500, 1)

    def test_a_reminder_that_is_written_days_later_asks_for_payment_from_then_on(self, shop: Reminding) -> None:
        assert dun.run(at=at(DAYS[2])) == 1
        waiting = list(Reminder.objects.filter(days=12).values_list("id", flat=True))
        # The workers stood still until the day after the one by which it would have asked for payment.
        assert notify_reminder.write(reminder_ids=waiting, at=at("2026-04-20")) == 0
        assert facts(days=12) == []
        assert shop.remind("2026-04-20") == 1
        (fee,) = billed()
        assert (fee["invoice_date"], fee["due_date"]) == (date(2026, 4, 20), date(2026, 4, 27))
        assert "Please pay €106.80 by Apr 27, 2026." in reminded()[-1].text_body


class TestRemindedTogether:
    """A fee is named by the reminders of the invoice that was late, and reminded of alone when that is closed."""

    @pytest.fixture(autouse=True)
    def story(self, shop: Reminding) -> None:
        self.acme = shop.customer(terms_days=30)
        self.late = shop.invoice(self.acme, day="2026-03-01")
        for day in DAYS[:3]:
            shop.remind(day)
        (self.fee,) = (each["id"] for each in billed())

    def stop(self, day: str) -> tuple[str, list[Any]]:
        shape = dunning_pauses.dunning_of(self.fee, today=date.fromisoformat(day))
        return shape["stop"], shape["coming_reminders"]

    def test_it_is_silent_while_that_is_open_and_its_mails_name_what_is_open_of_it(self, shop: Reminding) -> None:
        number = invoices.invoice(self.fee)["number"]
        shop.pay_invoice(self.fee, "2026-04-20", 100)
        # It was due on Apr 19, and its own levels would be reached on Apr 17, Apr 22, May 1 and May 10.
        said = [shop.remind(day) for day in ("2026-04-17", DAYS[3], "2026-04-22", "2026-05-01", "2026-05-10")]
        assert said == [0, 1, 0, 0, 0]
        assert facts(invoice_id=self.fee) == []
        words = f"A late fee that was added before is open as well: €4.00 on invoice {number}."
        assert [words in each.text_body for each in reminded(self.acme)] == [False, False, False, True]
        assert self.stop("2026-05-10") == ("with_late", [])
        assert [each["total_minor"] for each in billed()] == [500, 1000]

    def test_it_is_reminded_of_from_the_day_on_which_that_is_paid(self, shop: Reminding) -> None:
        paid = shop.pay_invoice(self.late, "2026-05-20", 10680)
        assert self.stop("2026-05-20") == (
            "none",
            [{"date": day, "fee_minor": 0} for day in ("2026-05-23", "2026-06-01", "2026-06-10")],
        )
        for day in ("2026-05-20", "2026-05-23", "2026-05-24"):
            shop.remind(day)
        assert facts(invoice_id=self.fee) == [("2026-05-23", 3)]
        # The money goes back: it is the late invoice again that is reminded of, and its fee waits.
        allocate.reverse_payment(actor=shop.staff, at=at("2026-05-25"), payment_id=paid, reason="Went back")
        shop.remind("2026-06-01")
        assert self.stop("2026-06-01") == ("with_late", [])
        assert facts(invoice_id=self.fee) == [("2026-05-23", 3)]
        write_off.write_off_invoice(actor=shop.staff, at=at("2026-06-10"), invoice_id=self.late, reason="Given up")
        shop.remind("2026-06-13")
        assert facts(invoice_id=self.fee) == [("2026-05-23", 3), ("2026-06-13", 3)]
        assert billed() == [invoices.invoice(self.fee)]

    def test_what_was_written_and_has_not_left_is_dropped_when_that_is_open_again(self, shop: Reminding) -> None:
        settings_store.put(TRANSPORT, OUTBOX)
        paid = shop.pay_invoice(self.late, "2026-05-20", 10680)
        shop.remind("2026-05-23")
        allocate.reverse_payment(actor=shop.staff, at=at("2026-05-23", 9), payment_id=paid, reason="Went back")
        mail = reminded(self.acme)[-1]
        assert deliver_message(message_id=mail.id, at=at("2026-05-23", 10)).happened is Happened.DROPPED
        why = "Not sent: the late fee is reminded of with the invoice that it is for."
        assert Delivery.objects.get(message_id=mail.id).answer == why
        assert facts(invoice_id=self.fee) == []

    def test_many_are_looked_at_in_as_many_statements(self, shop: Reminding) -> None:
        def heard() -> int:
            with statements() as found:
                list(dun.parts(at=at("2026-05-30")))
            return len(found)

        for day in (DAYS[3], "2026-05-30"):
            shop.remind(day)
        few = heard()
        for each in range(3):
            shop.invoice(shop.customer(f"Shop {each}", terms_days=30), day="2026-03-01")
        for day in (*DAYS, "2026-05-30"):
            shop.remind(day)
        assert heard() == few
        assert len(billed()) == 8
