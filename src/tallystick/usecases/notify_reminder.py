"""Mails that remind of an invoice: looked at again when they are written, and once more when they are sent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import translation

from tallystick.correspondence.contents import Letter
from tallystick.correspondence.mime import Attached
from tallystick.correspondence.queries import letterhead
from tallystick.correspondence.reminder_contents import Reminder
from tallystick.correspondence.rendering import Content, render
from tallystick.customers import queries as customers
from tallystick.customers.mails import Mail, recipients
from tallystick.customers.queries import ContactFacts
from tallystick.dunning import decisions, operations, queries
from tallystick.dunning.decisions import Coming, Debt, Level, Told
from tallystick.dunning.queries import Claim, PlanFacts, ReminderFacts
from tallystick.foundation import jobs
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import ExpectedError
from tallystick.foundation.transactions import transaction
from tallystick.foundation.wording import spoken_language
from tallystick.invoices import queries as invoices
from tallystick.ledger.queries import base_currency
from tallystick.money.amounts import Money
from tallystick.usecases import places
from tallystick.usecases.documents import INVOICE, file_name
from tallystick.usecases.dun import key_of, still_due
from tallystick.usecases.letters import bank_lines, money, queue_letter
from tallystick.usecases.payment_links import mailed_address


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
    invoice_url: str
    pay_url: str | None


def write(*, reminder_ids: Sequence[UUID], at: datetime) -> int:
    """This function will write reminders that were decided on, and return how many mails are new.

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
    fresh = 0
    for each in waiting:
        claim, level = due.get(each.id, (None, None))
        readers = [] if claim is None else recipients(Mail.FAILED_PAYMENTS, people[claim.customer_id])
        if claim is None or level is None or not readers:
            with transaction():
                operations.take_back([each.id])
            continue
        try:
            customer, row = facts[claim.customer_id], rows[claim.invoice_id]
            fresh += _write(each, claim, level, customer=customer, row=row, readers=readers, at=at)
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
    due_date = date(2026, 3, 31)
    day = due_date + timedelta(days=level.days)
    debt = Debt(invoice_date=date(2026, 1, 1), due_date=due_date, from_date=due_date)
    told = tuple(
        Told(days=each.days, reminder_date=day, pay_by_date=decisions.pay_by(each, day))
        for each in plan.rules.levels
        if each.days == level.days
    )
    follows = decisions.coming(plan.rules, replace(debt, told=told), today=day)
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
                left_open=money(10680, base_currency()),
                pay_by_date=decisions.pay_by(level, day),
                has_services=True,
                invoice_url=places.portal(),
                pay_url=None,
            ),
        )
        return render(letter.kind, letter)


def words_at(plan: PlanFacts, level: Level, *, locale: str) -> tuple[str, ...]:
    """This function will return the lines that the business wrote for a level in a language; none for our own words."""
    text = plan.texts[level.days].get(spoken_language(locale), "")
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _write(
    reminder: ReminderFacts,
    claim: Claim,
    level: Level,
    *,
    customer: dict[str, Any],
    row: dict[str, Any],
    readers: Sequence[ContactFacts],
    at: datetime,
) -> int:
    today = local_date(at)
    assert claim.plan is not None  # noqa: S101 - what is due has a plan
    plan = claim.plan
    follows = decisions.coming(plan.rules, claim.debt, today=today)
    has_services = bool(queries.billed_subscriptions([claim.invoice_id]))
    pay_url = mailed_address(at=at, invoice_id=claim.invoice_id)

    facts = _Facts(
        customer_name=customer["name"],
        number=row["number"],
        due_date=row["due_date"],
        stated_due_date=row["stated_due_date"],
        left_open=money(row["open_minor"], row["currency"]),
        pay_by_date=reminder.pay_by_date,
        has_services=has_services,
        invoice_url=places.portal_invoice(claim.invoice_id),
        pay_url=pay_url or None,
    )
    return queue_letter(
        lambda locale: _letter(plan, level, follows, locale=locale, facts=facts),
        customer,
        readers,
        about=("invoice", claim.invoice_id),
        unique_key=key_of(reminder.id),
        at=at,
        attached=[Attached(document_kind=INVOICE, document_id=claim.invoice_id, name=file_name(row["number"]))],
    )


def _letter(plan: PlanFacts, level: Level, follows: Coming, *, locale: str, facts: _Facts) -> Letter:
    is_late = level.days >= 0
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
        next_reminder_date=follows.reminder[1] if follows.reminder and is_late else None,
        suspension_date=follows.suspension_date if is_late and facts.has_services else None,
        bank=bank_lines(facts.left_open.currency),
        invoice_url=facts.invoice_url,
        pay_url=facts.pay_url,
    )


def _is_last(plan: PlanFacts, level: Level) -> bool:
    return level.days >= 0 and level.days == max(each.days for each in plan.rules.levels)
