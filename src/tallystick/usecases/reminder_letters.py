"""Letters that remind of an invoice: kept as they were written, looked at again when they are printed, drawn as PDF."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from tallystick.correspondence import letters
from tallystick.correspondence.contents import Kind
from tallystick.correspondence.reminder_contents import Reminder
from tallystick.customers import queries as customers
from tallystick.dunning.fee_queries import LateFeeFacts
from tallystick.foundation import audit, business
from tallystick.foundation.errors import Invalid
from tallystick.foundation.files import File
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import needs_transaction
from tallystick.invoices import queries as invoices
from tallystick.invoices.documents.bundles import as_one_pdf
from tallystick.invoices.documents.drawing import render_reminder
from tallystick.invoices.documents.facts import BankFacts, OpenFeeFacts, ReminderFacts
from tallystick.usecases import dun, places
from tallystick.usecases.document_facts import Row, paper_of
from tallystick.usecases.documents import MOST_AT_ONCE, PDF, file_name, invoice_document
from tallystick.usecases.frame import require_unscoped, use_case
from tallystick.usecases.late_fees import OpenFee
from tallystick.usecases.roles import Permission
from tallystick.wire.letters import LetterShape, letter_shapes

_READ_APART: Final = ("seller", "buyer", "fee_open_minor")
_DATES: Final = (
    "invoice_date",
    "due_date",
    "stated_due_date",
    "letter_date",
    "pay_by_date",
    "next_reminder_date",
    "next_fee_date",
    "suspension_date",
)


class NoLettersChosen(Invalid):
    """Nothing was chosen, or more than can be drawn while somebody waits."""

    code: ClassVar[str] = "no_letters_chosen"
    sentence: ClassVar[str] = f"Choose between 1 and {MOST_AT_ONCE} letters."
    field: ClassVar[str | None] = "selected"


def is_addressed(customer: Mapping[str, Any]) -> bool:
    """This function will say whether a customer's columns have a postal address, so that a letter arrives."""
    return bool(customer["address_lines"].strip() and customer["city"].strip())


@needs_transaction
def keep(
    reminder_id: UUID,
    said: Reminder,
    row: Mapping[str, Any],
    *,
    billed: LateFeeFacts | None,
    open_fees: Sequence[OpenFee],
    day: date,
    at: datetime,
) -> bool:
    """This function will keep a reminder as a letter that is to be printed, and say whether it is new.

    `said` is what it says in the language of the payer, and `row` are the columns of the invoice; `day` is its date.
    """
    facts = {
        "seller": business.frozen_party(pays_in=row["currency"]),
        "buyer": customers.frozen_party(customers.customer_row(row["customer_id"])),
        "number": said.number,
        "currency": row["currency"],
        "invoice_date": row["invoice_date"],
        "due_date": said.due_date,
        "stated_due_date": said.stated_due_date,
        "letter_date": day,
        "open_minor": said.left_open.minor,
        "is_late": said.is_late,
        "is_last": said.is_last,
        "own_words": list(said.own_words),
        "pay_by_date": said.pay_by_date,
        "fee_minor": said.fee.amount.minor if said.fee else 0,
        "fee_open_minor": invoices.invoice(billed.invoice_id)["open_minor"] if billed else 0,
        "fee_number": said.fee.number if said.fee else "",
        "fee_invoice_id": billed.invoice_id if billed else None,
        "open_fees": [[each.number, each.due_date.isoformat(), each.open_minor] for each in open_fees],
        "next_reminder_date": said.next_reminder_date,
        "next_fee_minor": said.next_fee.minor if said.next_fee else 0,
        "next_fee_date": said.next_fee_date,
        "suspension_date": said.suspension_date,
    }
    return letters.keep(
        kind=Kind.REMINDER,
        customer_id=row["customer_id"],
        about=("invoice", row["id"]),
        unique_key=dun.key_of(reminder_id),
        title=said.number,
        facts={name: _plain(value) for name, value in facts.items()},
        at=at,
    )


@use_case(Permission.RESEND_MAIL)
def print_letters(
    *, actor: Actor, at: datetime, letter_ids: Sequence[UUID], idempotency_key: str | None = None
) -> list[LetterShape]:
    """This function will mark letters as printed and return what became of each, in the order in which they are named.

    One whose invoice was paid since it was written, or is left alone for another reason, is dropped with its late fee
    (S74). What was printed before stays so.

    Raises:
        NoLettersChosen: when none is named, or more than `MOST_AT_ONCE`.
        NotFound: when one does not exist.
    """
    del idempotency_key
    actor.require(Permission.DOWNLOAD)
    require_unscoped(actor, Permission.RESEND_MAIL)
    if not 0 < len(letter_ids) <= MOST_AT_ONCE:
        raise NoLettersChosen
    for row in letters.locked(letter_ids):
        if row.state == letters.WAITING:
            _settle(row, actor=actor, at=at)
    return letter_shapes(list(dict.fromkeys(letter_ids)))


def letter_documents(*, actor: Actor, letter_ids: Sequence[UUID]) -> File:
    """This function will return letters as one PDF, each followed by the invoice of its late fee.

    Raises:
        NoLettersChosen: when none is named, or more than `MOST_AT_ONCE`.
        NotFound: when one does not exist.
        LetterDropped: when what one says is true no more.
        DocumentNotDrawn: when one cannot be drawn.
    """
    actor.require(Permission.DOWNLOAD)
    require_unscoped(actor, Permission.DOWNLOAD)
    if not 0 < len(letter_ids) <= MOST_AT_ONCE:
        raise NoLettersChosen
    rows = letters.letters_with_facts(letter_ids)
    dropped = next((row["id"] for row in rows if row["state"] == letters.DROPPED), None)
    if dropped is not None:
        raise letters.LetterDropped(letter_id=dropped)
    name = file_name(rows[0]["title"]) if len(rows) == 1 else "letters.pdf"
    drawn = [file for row in rows for file in _drawn(actor, row)]
    return File(name=name, media_type=PDF, content=drawn[0].content if len(drawn) == 1 else as_one_pdf(drawn))


def _settle(row: letters.LetterRow, *, actor: Actor, at: datetime) -> None:
    reminder_id = dun.reminder_of(row.unique_key)
    reason = dun.why_overtaken(reminder_id, at=at)
    state = letters.PRINTED if reason is None else letters.DROPPED
    letters.settle(row, state=state, by=actor.label, at=at, reason=reason or "")
    if reason is not None:
        dun.take_back(reminder_id, at=at)
    audit.record(
        actor=actor,
        at=at,
        action="print_letter" if reason is None else "drop_letter",
        kind="invoice",
        object_id=row.about_id,
        after={"number": row.title, **({"reason": reason} if reason else {})},
    )


def _drawn(actor: Actor, row: Row) -> Iterator[File]:
    facts = row["facts"]
    bank = facts["seller"]["bank"]
    same = (name for name in ReminderFacts.__dataclass_fields__ if name in facts and name not in _READ_APART)
    said: dict[str, Any] = {
        name: date.fromisoformat(facts[name]) if name in _DATES and facts[name] else facts[name] for name in same
    }
    content = render_reminder(
        ReminderFacts(
            **paper_of(facts["seller"], facts["buyer"]),
            **(said | {"own_words": tuple(facts["own_words"]), "open_fees": tuple(_open_fees(facts))}),
            # Letters of before say nothing else of it.
            fee_open_minor=facts.get("fee_open_minor", facts["fee_minor"]),
            bank=BankFacts(**bank) if bank else None,
            portal_url=places.portal_invoice(row["about_id"]),
        )
    )
    yield File(name=file_name(row["title"]), media_type=PDF, content=content)
    if facts["fee_invoice_id"]:
        yield invoice_document(actor=actor, invoice_id=UUID(facts["fee_invoice_id"]))


def _open_fees(facts: Mapping[str, Any]) -> Iterator[OpenFeeFacts]:
    """Letters of before name none."""
    for number, due_date, minor in facts.get("open_fees", ()):
        yield OpenFeeFacts(number=number, due_date=date.fromisoformat(due_date), open_minor=minor)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
