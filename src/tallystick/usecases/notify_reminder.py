"""Reminders of an invoice, by mail and letter: looked at again when they are written, and when they are sent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import translation

from tallystick.correspondence.mime import Attached
from tallystick.correspondence.queries import letterhead
from tallystick.correspondence.reminder_contents import Fee, Reminder
from tallystick.correspondence.rendering import Content, render
from tallystick.customers import queries as customers
from tallystick.customers.mails import Mail, recipients
from tallystick.customers.queries import ContactFacts
from tallystick.dunning import decisions, operations, queries, suspension_queries
from tallystick.dunning.decisions import Channel, Coming, Debt, Level, Told
from tallystick.dunning.fee_queries import LateFeeFacts
from tallystick.dunning.queries import Claim, PlanFacts, ReminderFacts
from tallystick.foundation import jobs
from tallystick.foundation.business import locale_read
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import ExpectedError
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.foundation.wording import spoken_language
from tallystick.invoices import queries as invoices
from tallystick.invoices.operations import locked as locked_invoice
from tallystick.ledger.queries import base_currency
from tallystick.money.amounts import Money
from tallystick.usecases import dun, late_fees, places, reminder_letters
from tallystick.usecases.documents import INVOICE, file_name
from tallystick.usecases.dun import key_of, still_due
from tallystick.usecases.frame import SYSTEM, use_case
from tallystick.usecases.late_fees import OpenFee
from tallystick.usecases.letters import bank_lines, money, queue_letter
from tallystick.usecases.payment_links import mailed_address
from tallystick.usecases.reminder_letters import is_addressed
from tallystick.usecases.roles import Permission


@dataclass(frozen=True, kw_only=True)
class _Facts:
    """What a reminder says of an invoice and its payer, in every language."""

    customer_name: str
    number: str
    due_date: date
    stated_due_date: date | None
    left_open: Money
    pay_by_date: date | None
    has_services: bool
    fee: Fee | None
    open_fees: tuple[Fee, ...]
    invoice_url: str
    pay_url: str | None


def write(*, reminder_ids: Sequence[UUID], at: datetime) -> int:
    """This function will write reminders that were decided on, and return how many mails and letters are new.

    One that is due no more is taken back, and so is one that nobody is there to read. One that cannot be written gets a
    job of its own, and stops no other.

    Raises:
        RecipientNotAccepted: when the only payer has an address that is none.
    """
    waiting = queries.reminders(reminder_ids)
    due = still_due(waiting, at=at)
    payers = {claim.customer_id for claim, _level in due.values()}
    facts, people = customers.customers_by_id(payers), customers.contacts_of(payers)
    rows = invoices.invoices_by_id(claim.invoice_id for claim, _level in due.values())
    open_fees = late_fees.open_fees_of(rows)
    fresh = 0
    for each in waiting:
        claim, level = due.get(each.id, (None, None))
        readers = [] if claim is None else recipients(Mail.FAILED_PAYMENTS, people[claim.customer_id])
        if claim is None or level is None or not (readers or is_addressed(facts[claim.customer_id])):
            with transaction():
                dun.take_back(each.id, at=at)
            continue
        try:
            customer, row = facts[claim.customer_id], rows[claim.invoice_id]
            if each.fee_minor or decisions.fee(level, dun.before(claim, each)):
                fresh += _write_with_fee(actor=SYSTEM, at=at, reminder_id=each.id, customer=customer, readers=readers)
            else:
                added = open_fees.get(claim.invoice_id, [])
                fresh += _write(each, claim, level, customer=customer, row=row, readers=readers, open_fees=added, at=at)
        except ExpectedError:
            if len(reminder_ids) == 1:
                raise
            with transaction():
                jobs.defer("mail.reminders", reminder_ids=[each.id.hex])
    return fresh


def sample(plan: PlanFacts, level: Level, *, locale: str) -> Content:
    """This function will return the mail of a level about an invoice that is thought of, as a reader of a language gets
    it.
    """
    due_date, currency = date(2026, 3, 31), base_currency()
    day = due_date + timedelta(days=level.days)
    debt = Debt(
        invoice_date=date(2026, 1, 1),
        due_date=due_date,
        from_date=due_date,
        currency=currency,
        open_minor=10680,
        bears_fees=True,
    )
    fee_minor = min(level.fees.get(currency, 0), debt.open_minor)
    told = tuple(
        Told(days=each.days, reminder_date=day, pay_by_date=decisions.pay_by(each, day))
        for each in plan.rules.levels
        if each.days == level.days
    )
    follows = decisions.coming(plan.rules, replace(debt, told=told, fees_minor=fee_minor), today=day)
    with translation.override(spoken_language(locale)):
        letter = _letter(
            plan,
            level,
            follows,
            locale=locale,
            facts=_Facts(
                customer_name="Ada Lovelace Ltd",
                number="INV-2026-0042",
                due_date=due_date,
                stated_due_date=None,
                left_open=money(debt.open_minor, currency),
                pay_by_date=decisions.pay_by(level, day),
                has_services=True,
                fee=Fee(amount=money(fee_minor, currency), number="INV-2026-0043") if fee_minor else None,
                open_fees=(),
                invoice_url=places.portal(),
                pay_url=None,
            ),
        )
        return render(letter.kind, letter)


def words_at(plan: PlanFacts, level: Level, *, locale: str) -> tuple[str, ...]:
    """This function will return the lines that the business wrote for a level in a language; none for our own words."""
    text = plan.texts[level.days].get(spoken_language(locale), "")
    return tuple(line.strip() for line in text.splitlines() if line.strip())


@use_case(Permission.ISSUE_INVOICES)
def _write_with_fee(
    *, actor: Actor, at: datetime, reminder_id: UUID, customer: dict[str, Any], readers: Sequence[ContactFacts]
) -> int:
    """Looked at once more while nothing can settle the invoice: the fee and its reminder are there together or not."""
    reminder = next(iter(queries.reminders([reminder_id])), None)
    if reminder is None:
        return 0
    locked_invoice(reminder.invoice_id)
    claim, level = still_due([reminder], at=at).get(reminder_id, (None, None))
    if claim is None or level is None:
        dun.take_back(reminder_id, at=at)
        return 0
    assert claim.plan is not None  # noqa: S101 - what is due has a plan
    row, billed = invoices.invoice(reminder.invoice_id), None
    fee_minor = decisions.fee(level, dun.before(claim, reminder))
    if fee_minor:
        billed = late_fees.bill(reminder, claim.plan, row, fee_minor=fee_minor, day=local_date(at), actor=actor, at=at)
    elif reminder.fee_minor:
        operations.add_fee(reminder_id, fee_minor=0)
    # What was billed decides what comes.
    claim = queries.claims([reminder.invoice_id])[reminder.invoice_id]
    open_fees = late_fees.open_fees_of([reminder.invoice_id]).get(reminder.invoice_id, [])
    return _write(
        reminder,
        claim,
        level,
        customer=customer,
        row=row,
        readers=readers,
        open_fees=[each for each in open_fees if billed is None or each.invoice_id != billed.invoice_id],
        at=at,
        billed=billed,
    )


def _write(
    reminder: ReminderFacts,
    claim: Claim,
    level: Level,
    *,
    customer: dict[str, Any],
    row: dict[str, Any],
    readers: Sequence[ContactFacts],
    open_fees: Sequence[OpenFee],
    at: datetime,
    billed: LateFeeFacts | None = None,
) -> int:
    today = local_date(at)
    assert claim.plan is not None  # noqa: S101 - what is due has a plan
    plan = claim.plan
    follows = decisions.coming(plan.rules, claim.debt, today=today)
    has_services = bool(suspension_queries.suspendable_ahead([claim]))
    pay_url = mailed_address(at=at, invoice_id=claim.invoice_id)

    facts = _Facts(
        customer_name=customer["name"],
        number=row["number"],
        due_date=row["due_date"],
        stated_due_date=row["stated_due_date"],
        left_open=money(row["open_minor"], row["currency"]),
        pay_by_date=reminder.pay_by_date,
        has_services=has_services,
        fee=None if billed is None else _fee(billed),
        open_fees=tuple(Fee(amount=money(each.open_minor, row["currency"]), number=each.number) for each in open_fees),
        invoice_url=places.portal_invoice(claim.invoice_id),
        pay_url=pay_url or None,
    )
    by_mail, by_letter = _ways(plan.channels[level.days], customer, readers)
    fresh = 0
    # Both are there or neither: a reminder of which somebody heard is not written on another day.
    with transaction():
        if by_letter:
            locale = locale_read("", customer["language"])
            with translation.override(spoken_language(locale)):
                said = _letter(plan, level, follows, locale=locale, facts=facts)
            fresh += reminder_letters.keep(reminder.id, said, row, billed=billed, open_fees=open_fees, day=today, at=at)
        if by_mail:
            fresh += queue_letter(
                lambda locale: _letter(plan, level, follows, locale=locale, facts=facts),
                customer,
                readers,
                about=("invoice", claim.invoice_id),
                unique_key=key_of(reminder.id),
                at=at,
                attached=[
                    Attached(document_kind=INVOICE, document_id=document_id, name=file_name(number))
                    for document_id, number in _attached(claim.invoice_id, facts, billed)
                ],
            )
    return fresh


def _ways(channel: Channel, customer: dict[str, Any], readers: Sequence[ContactFacts]) -> tuple[bool, bool]:
    """Whether a reminder goes by mail, and whether by letter: another way than its own where that one leads nowhere."""
    by_mail, by_letter = bool(readers), is_addressed(customer)
    if channel is Channel.MAIL:
        return by_mail, by_letter and not by_mail
    if channel is Channel.LETTER:
        return by_mail and not by_letter, by_letter
    return by_mail, by_letter


def _fee(billed: LateFeeFacts) -> Fee:
    return Fee(amount=money(billed.fee_minor, billed.currency), number=invoices.invoice(billed.invoice_id)["number"])


def _attached(invoice_id: UUID, facts: _Facts, billed: LateFeeFacts | None) -> Iterator[tuple[UUID, str]]:
    yield invoice_id, facts.number
    if billed is not None and facts.fee is not None:
        yield billed.invoice_id, facts.fee.number


def _letter(plan: PlanFacts, level: Level, follows: Coming, *, locale: str, facts: _Facts) -> Reminder:
    is_late, next_step = level.days >= 0, follows.reminder
    return Reminder(
        business=letterhead(),
        locale=locale,
        customer_name=facts.customer_name,
        number=facts.number,
        due_date=facts.due_date,
        stated_due_date=facts.stated_due_date,
        left_open=facts.left_open,
        is_late=is_late,
        is_last=_is_last(plan, level),
        pay_by_date=facts.pay_by_date,
        own_words=words_at(plan, level, locale=locale),
        # Before the due date nobody is threatened.
        next_reminder_date=next_step.date if next_step and is_late else None,
        fee=facts.fee,
        open_fees=facts.open_fees,
        next_fee_date=next_step.date if next_step and next_step.fee_minor else None,
        next_fee=money(next_step.fee_minor, str(facts.left_open.currency)) if next_step else None,
        suspension_date=follows.suspension_date if is_late and facts.has_services else None,
        bank=bank_lines(facts.left_open.currency),
        invoice_url=facts.invoice_url,
        pay_url=facts.pay_url,
    )


def _is_last(plan: PlanFacts, level: Level) -> bool:
    return level.days >= 0 and level.days == max(each.days for each in plan.rules.levels)
