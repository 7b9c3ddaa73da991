"""Reminders of unpaid invoices, told by date: who gets which and when, what it says, who gets none (E9, E39, E40)."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection

from tallystick.correspondence.mail_settings import OUTBOX, TRANSPORT
from tallystick.correspondence.models import Delivery, Message
from tallystick.dunning import operations
from tallystick.dunning.models import Reminder
from tallystick.foundation import settings_store
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.transactions import transaction
from tallystick.usecases import autopay, bill, dispute, dun, dunning_pauses, notify_reminder
from tallystick.usecases.deliver import Happened, deliver_message
from tallystick.usecases.dunning_pauses import NothingToRemindOf, RemindersNotPaused
from tests.api.conftest import row_counts
from tests.scenarios.conftest import at
from tests.scenarios.reminding import Reminding, facts, reminded, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> Reminding:
    return Reminding()


def days(first: str, count: int) -> list[str]:
    return [(date.fromisoformat(first) + timedelta(days=each)).isoformat() for each in range(count)]


def test_e39_a_late_payer_hears_two_days_before_and_then_by_the_plan(shop: Reminding) -> None:
    acme = shop.customer(terms_days=30)
    invoice = shop.invoice(acme, day="2026-03-01")
    others = row_counts()

    for day in ("2026-03-28", "2026-03-29", "2026-04-02", "2026-04-03", "2026-04-11", "2026-04-12", "2026-04-20"):
        shop.remind(day)
    assert [day for day in ("2026-04-21", "2026-04-22", "2026-07-01") if shop.remind(day)] == ["2026-04-21"]

    number = reminded()[0].subject.split()[1]
    assert told(acme) == [
        ("2026-03-29", f"Invoice {number} from Your business is due Mar 31, 2026: €106.80"),
        ("2026-04-03", f"Reminder of invoice {number} from Your business: €106.80"),
        ("2026-04-12", f"Reminder of invoice {number} from Your business: €106.80"),
        ("2026-04-21", f"Last reminder of invoice {number} from Your business: €106.80"),
    ]
    before, first, _second, last = (each.text_body for each in reminded())
    assert "Please pay €106.80 by Mar 31, 2026." in before
    # The invoice bills no service that could be suspended.
    assert not any("suspended" in each.text_body for each in reminded())
    for said in (
        f"Invoice {number} was due on Mar 31, 2026. €106.80 is still open.",
        "Please pay €106.80 by Apr 10, 2026.",
        "If it is not paid by then, we write again on Apr 12, 2026.",
        "please write to us",
    ):
        assert said in first
    assert "This is our last reminder." in last
    assert "write again" not in last
    # J01: a reminder posts nothing, and changes nothing of the invoice or its payment.
    grown = {name for name, count in row_counts().items() if count != others[name]}
    assert grown == {
        *("dunning_reminder", "correspondence_message", "correspondence_attachment"),
        *("procrastinate_jobs", "procrastinate_events"),
    }
    assert {each.about_id for each in reminded()} == {invoice}


def test_e24_an_individual_who_is_due_at_once_is_not_reminded_beforehand(shop: Reminding) -> None:
    ida = shop.individual()
    shop.invoice(ida, day="2026-03-01")
    assert [day for day in days("2026-03-01", 5) if shop.remind(day)] == ["2026-03-04"]


def test_whoever_pays_hears_no_more_and_whoever_pays_a_part_hears_of_the_rest(shop: Reminding) -> None:
    acme, zeta = shop.customer(terms_days=30), shop.customer("Zeta", terms_days=30)
    paid, part = shop.invoice(acme, day="2026-03-01"), shop.invoice(zeta, day="2026-03-01")
    shop.pay_invoice(paid, "2026-04-01", 10680)
    shop.pay_invoice(part, "2026-04-01", 10000)
    assert shop.remind("2026-04-03") == 1
    assert reminded(acme) == []
    assert "€6.80" in reminded(zeta)[0].subject


@pytest.mark.parametrize(("missed", "level"), [(3, 3), (40, 21)])
def test_s70_a_run_that_was_missed_is_caught_up_with_by_one_mail(shop: Reminding, missed: int, level: int) -> None:
    acme = shop.customer(terms_days=30)
    shop.invoice(acme, day="2026-03-01")
    shop.remind("2026-03-29")
    day = (date(2026, 4, 2) + timedelta(days=missed)).isoformat()
    assert shop.remind(day) == 1
    assert facts() == [("2026-03-29", -2), (day, level)]
    # A second run of the day, and one on the next, find nothing.
    assert shop.remind(day) == 0
    assert shop.remind((date.fromisoformat(day) + timedelta(days=1)).isoformat()) == 0


def test_p11_a_level_happens_once_whoever_asks(shop: Reminding) -> None:
    acme = shop.customer(terms_days=30)
    shop.invoice(acme, day="2026-03-01")
    assert shop.remind("2026-04-03") == 1
    row = Reminder.objects.get()
    with pytest.raises(IntegrityError, match="each_level_once"), transaction():
        Reminder.objects.create(
            plan_id=row.plan_id,
            invoice_id=row.invoice_id,
            from_date=row.from_date,
            days=row.days,
            reminder_date=row.reminder_date,
            decided_at=row.decided_at,
        )
    # A run that read before another one wrote keeps nothing.
    twice = operations.Decided(
        plan_id=row.plan_id,
        invoice_id=row.invoice_id,
        from_date=row.from_date,
        days=row.days,
        reminder_date=row.reminder_date,
        pay_by_date=None,
    )
    with transaction():
        assert operations.decide([twice], at=at("2026-04-03")) == []
    # And the job that was killed and runs again writes nothing.
    assert notify_reminder.write(reminder_ids=[row.id], at=at("2026-04-03", 10)) == 0
    assert len(reminded()) == 1


def test_s31_a_returned_debit_begins_anew_from_now(shop: Reminding) -> None:
    acme = shop.customer(terms_days=30)
    invoice = shop.invoice(acme, day="2026-03-01")
    for day in ("2026-03-29", "2026-04-03"):
        shop.remind(day)
    debit = shop.pay_invoice(invoice, "2026-04-10", 10680)
    assert shop.remind("2026-04-12") == 0
    dispute.record_bank_return(actor=shop.staff, at=at("2026-06-01"), payment_id=debit)
    for day in ("2026-06-01", "2026-06-03", "2026-06-04", "2026-06-12", "2026-06-13"):
        shop.remind(day)
    assert facts(invoice_id=invoice) == [("2026-03-29", -2), ("2026-04-03", 3), ("2026-06-04", 3), ("2026-06-13", 12)]


def test_what_is_disputed_withdrawn_or_charged_is_left_alone(shop: Reminding) -> None:
    disputed, voided, charged = (shop.customer(each, terms_days=30) for each in ("Disputed", "Void", "Charged"))
    part = shop.pay_invoice(shop.invoice(disputed, day="2026-03-01"), "2026-03-02", 5000)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payments_dispute (id, payment_id, kind, state, external_id, amount_minor, currency, "
            "fee_minor, fee_currency, reason_code, sort_date, opened_at, taken_minor, loss_minor, fee_returned) "
            "VALUES (%s, %s, 'chargeback', 'inquiry', '', 100, 'EUR', 0, '', '', "
            "'2026-03-03', '2026-03-03', 0, 0, false)",
            [uuid4(), part],
        )
    withdrawn = shop.invoice(voided, day="2026-03-01")
    bill.void_invoice(actor=shop.staff, at=at("2026-03-02"), invoice_id=withdrawn, reason="Wrong")
    shop.autopay(charged)
    shop.invoice(charged, day="2026-03-01")
    assert [day for day in ("2026-03-29", "2026-03-31", "2026-04-03", "2026-04-30") if dun.run(at=at(day))] == []
    # Whoever ends the agreement is reminded as anybody else.
    autopay.end(actor=shop.staff, at=at("2026-04-30"), customer_id=charged)
    assert shop.remind("2026-05-01") == 1


def test_without_a_plan_nothing_happens_by_itself(shop: Reminding) -> None:
    acme, zeta = shop.customer(terms_days=30), shop.customer("Zeta", terms_days=30)
    for customer in (acme, zeta):
        shop.invoice(customer, day="2026-03-01")
    with transaction():
        operations.choose_for(customer_id=acme, plan_id=None)
    shop.remind("2026-04-03")
    assert (len(reminded(acme)), len(reminded(zeta))) == (0, 1)
    with transaction():
        operations.choose_default(None)
    assert dun.run(at=at("2026-04-12")) == 0


def test_a_group_has_the_plan_that_was_chosen_for_it(shop: Reminding) -> None:
    payer, member = shop.customer("Payer AG", terms_days=30), shop.individual("Ada Inc")
    group = shop.group(payer, day=8, first="2026-02-08")
    shop.join(group, member, "2026-01-01")
    shop.subscribe(member, shop.price(), start="2026-02-07")
    shop.run("2026-02-08")
    with transaction():
        strict = operations.create_plan(name="Strict", grace_days=None, at=at("2026-01-01"))
        operations.set_level(strict, days=1, pay_by_days=None, texts={"en": "Pay.\n\nNow."})
        operations.choose_for(group_id=group, plan_id=strict)
        operations.choose_for(customer_id=payer, plan_id=None)
    assert [day for day in ("2026-03-10", "2026-03-11", "2026-03-12") if shop.remind(day)] == ["2026-03-11"]
    (mail,) = reminded(payer)
    assert "Pay.\nNow.\nPlease pay" in mail.text_body
    assert "still open" not in mail.text_body


class TestPaidBetween:
    """S74: the payment arrives between selection and mail."""

    @pytest.fixture(autouse=True)
    def outbox(self, shop: Reminding) -> None:  # noqa: ARG002 - after the database
        settings_store.put(TRANSPORT, OUTBOX)

    def test_what_is_paid_before_it_is_written_is_taken_back(self, shop: Reminding) -> None:
        invoice = shop.invoice(shop.customer(terms_days=30), day="2026-03-01")
        assert dun.run(at=at("2026-04-03")) == 1
        shop.pay_invoice(invoice, "2026-04-03", 10680)
        waiting = list(Reminder.objects.values_list("id", flat=True))
        assert notify_reminder.write(reminder_ids=waiting, at=at("2026-04-03")) == 0
        assert (Reminder.objects.count(), reminded()) == (0, [])

    def test_what_is_paid_before_it_is_sent_is_not_sent_and_the_outbox_says_why(self, shop: Reminding) -> None:
        invoice = shop.invoice(shop.customer(terms_days=30), day="2026-03-01")
        assert shop.remind("2026-04-03") == 1
        payment = shop.pay_invoice(invoice, "2026-04-03", 10680)
        (mail,) = reminded()
        for _ in range(2):
            happened = deliver_message(message_id=mail.id, at=at("2026-04-03", 10)).happened
            assert happened in {Happened.DROPPED, Happened.NOTHING_TO_DO}
        assert Message.objects.get(id=mail.id).state == "dropped"
        (why,) = Delivery.objects.filter(message_id=mail.id)
        assert (why.accepted, why.answer) == (False, "Not sent: nothing of the invoice is open any more.")
        assert Reminder.objects.count() == 0
        # The money goes back: the reminder comes on its day, as if there had been none.
        dispute.record_bank_return(actor=shop.staff, at=at("2026-04-03", 11), payment_id=payment)
        assert [day for day in days("2026-04-03", 10) if shop.remind(day)] == ["2026-04-06"]

    def test_what_is_still_open_is_sent(self, shop: Reminding) -> None:
        shop.invoice(shop.customer(terms_days=30), day="2026-03-01")
        shop.remind("2026-04-03")
        (mail,) = reminded()
        assert deliver_message(message_id=mail.id, at=at("2026-04-03", 10)).happened is Happened.SENT


def test_a_pause_holds_to_its_day_or_until_it_is_ended(shop: Reminding) -> None:
    acme, zeta = (shop.customer(each, terms_days=30) for each in ("Acme", "Zeta"))
    invoice, _other = shop.invoice(acme, day="2026-03-01"), shop.invoice(zeta, day="2026-03-01")
    act: dict[str, Any] = {"actor": shop.staff, "reason": "Is looked into"}
    dunning_pauses.pause_invoice(**act, at=at("2026-04-01"), invoice_id=invoice, until_date=date(2026, 4, 5))
    dunning_pauses.pause_customer(**act, at=at("2026-04-01"), customer_id=zeta)
    assert [day for day in ("2026-04-03", "2026-04-05", "2026-04-06") if shop.remind(day)] == ["2026-04-06"]
    assert reminded(zeta) == []
    dunning_pauses.resume_customer(actor=shop.staff, at=at("2026-04-20"), customer_id=zeta)
    shop.remind("2026-04-20")
    # What was missed is caught up with by the newest: the one of the 12th day.
    assert [each.created_at.date().isoformat() for each in reminded(zeta)] == ["2026-04-20"]
    with pytest.raises(RemindersNotPaused):
        dunning_pauses.resume_customer(actor=shop.staff, at=at("2026-04-20"), customer_id=zeta)
    for wrong in ({"until_date": date(2026, 3, 31)}, {"until_date": date(2027, 4, 2)}, {"reason": " "}):
        with pytest.raises(InvalidField):
            dunning_pauses.pause_invoice(**{**act, **wrong}, at=at("2026-04-01"), invoice_id=invoice)


def test_a_pause_between_the_mail_and_its_leaving_holds_it_back(shop: Reminding) -> None:
    invoice = shop.invoice(shop.customer(terms_days=30), day="2026-03-01")
    shop.remind("2026-04-03")
    dunning_pauses.pause_invoice(actor=shop.staff, at=at("2026-04-03"), invoice_id=invoice, reason="Is looked into")
    (mail,) = reminded()
    assert deliver_message(message_id=mail.id, at=at("2026-04-03", 10)).happened is Happened.DROPPED
    assert Delivery.objects.get(message_id=mail.id).answer == "Not sent: the reminders are paused."


def test_a_promise_is_waited_for_and_goes_on_by_itself_when_it_is_broken(shop: Reminding) -> None:
    invoice = shop.invoice(shop.customer(terms_days=30), day="2026-03-01")
    shop.remind("2026-04-03")
    act: dict[str, Any] = {"actor": shop.staff, "invoice_id": invoice}
    told = dunning_pauses.promise_to_pay(**act, at=at("2026-04-04"), pay_date=date(2026, 4, 20), note="Jo")
    assert (told["stop"], told["next_reminder_date"]) == ("paused", None)
    assert told["pause"] is not None
    assert (told["pause"]["promised_minor"], told["pause"]["outcome"]) == (10680, "waiting")
    assert [day for day in ("2026-04-12", "2026-04-20", "2026-04-21") if shop.remind(day)] == ["2026-04-21"]
    broken = dunning_pauses.dunning_of(invoice, today=date(2026, 4, 21))["pause"]
    assert broken is not None
    assert broken["outcome"] == "broken"
    for wrong in ({"pay_date": date(2026, 4, 20)}, {"amount_minor": 10681}, {"pay_date": date(2026, 12, 1)}):
        values: dict[str, Any] = {"pay_date": date(2026, 4, 30), **wrong}
        with pytest.raises(InvalidField):
            dunning_pauses.promise_to_pay(**act, at=at("2026-04-21"), **values)


@pytest.mark.parametrize(("came", "outcome"), [(5000, "kept"), (4900, "kept"), (4899, "broken")])
def test_a_promise_of_a_part_is_kept_but_for_a_small_difference(shop: Reminding, came: int, outcome: str) -> None:
    invoice = shop.invoice(shop.customer(terms_days=30), day="2026-03-01")
    act: dict[str, Any] = {"actor": shop.staff, "invoice_id": invoice}
    dunning_pauses.promise_to_pay(**act, at=at("2026-04-04"), pay_date=date(2026, 4, 20), amount_minor=5000)
    shop.pay_invoice(invoice, "2026-04-10", came)
    pause = dunning_pauses.dunning_of(invoice, today=date(2026, 4, 21))["pause"]
    assert pause is not None
    assert pause["outcome"] == outcome
    # The rest is reminded of from the next day on.
    assert shop.remind("2026-04-21") == 1
    shop.pay_invoice(invoice, "2026-04-22", 10680 - came)
    with pytest.raises(NothingToRemindOf):
        dunning_pauses.promise_to_pay(**act, at=at("2026-04-23"), pay_date=date(2026, 4, 30))


def test_a_database_that_is_asked_the_same_for_many_asks_a_few_times(shop: Reminding) -> None:
    def statements(count: int) -> int:
        customers: list[UUID] = [shop.customer(f"C {count} {each}", terms_days=30) for each in range(count)]
        for customer in customers:
            shop.invoice(customer, day="2026-03-01")
        connection.queries_log.clear()
        connection.force_debug_cursor = True
        dun.run(at=at("2026-04-03"))
        connection.force_debug_cursor = False
        return len(connection.queries_log)

    assert statements(2) == statements(20)


def test_s70_a_reminder_that_nobody_wrote_is_decided_anew_the_next_day(shop: Reminding) -> None:
    acme, zeta = shop.customer(terms_days=30), shop.customer("Zeta", terms_days=30)
    for customer in (acme, zeta):
        shop.invoice(customer, day="2026-03-01")
    shop.remind("2026-04-03")
    # The job that writes it fails for good; Zeta's mail is written, and waits to be sent.
    assert dun.run(at=at("2026-04-12")) == 2
    (of_zeta,) = Reminder.objects.filter(days=12, invoice__customer_id=zeta).values_list("id", flat=True)
    notify_reminder.write(reminder_ids=[of_zeta], at=at("2026-04-12"))
    assert dun.run(at=at("2026-04-12", 11)) == 0
    assert [shop.remind(day) for day in ("2026-04-13", "2026-04-13", "2026-04-14")] == [0, 1, 0]
    assert [facts(days=12, invoice__customer_id=each) for each in (acme, zeta)] == [
        [("2026-04-13", 12)],
        [("2026-04-12", 12)],
    ]
