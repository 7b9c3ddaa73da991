"""Statements of account as API answers tell them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.ids import public_id
from tallystick.foundation.paging import CursorNotAccepted, read_position, write_position
from tallystick.reports.movement_words import movement_words
from tallystick.reports.statements import AGES, Asked, Balance, Movement, Named, Position, Truths
from tallystick.wire.builders import CREDIT_NOTE, CUSTOMER, INVOICE, PAYMENT, day, moment
from tallystick.wire.shapes import (
    CreditNoteId,
    CurrencyCode,
    CustomerId,
    Day,
    InvoiceId,
    Minor,
    Moment,
    PaymentId,
    one_of,
)

AGE_WORDS = {
    "not_due": "not due on the last day.",
    "days_1_30": "1 to 30 days after the due date.",
    "days_31_60": "31 to 60 days after it.",
    "days_61_90": "61 to 90 days after it.",
    "over_90": "more than 90 days after it.",
}


class TruthsShape(TypedDict):
    """What a customer owes, has as credit and has prepaid; they are never netted."""

    owes_minor: Minor
    credit_minor: Minor
    wallet_minor: Annotated[int, Field(description="Minor units; below 0 is used beyond prepaid.", examples=[0])]


class AgeShape(TypedDict):
    """What is open of invoices of one age."""

    age: Annotated[str, one_of(AGE_WORDS, example="days_1_30")]
    open_minor: Minor
    invoices: Annotated[int, Field(description="How many invoices they are.", examples=[2])]


class StatementBalanceShape(TypedDict):
    """One currency of a statement."""

    currency: CurrencyCode
    opening: TruthsShape
    closing: TruthsShape
    movements: Annotated[int, Field(description="How many movements lie between the two.", examples=[3])]
    ageing: Annotated[list[AgeShape], Field(description="What is owed at the end, by age: it adds up to `owes_minor`.")]


class MovementShape(TypedDict):
    """One entry of the books, as the customer's accounts see it."""

    date: Annotated[str, Field(description="The day for which it counts.", examples=["2026-03-01"])]
    recorded_at: Moment
    currency: CurrencyCode
    rule: Annotated[str, Field(description="Its rule in the chart of accounts.", examples=["J04"])]
    text: Annotated[str, Field(examples=["Payment received, R-2026-00001"])]
    invoice: InvoiceId | None
    payment: PaymentId | None
    credit_note: CreditNoteId | None
    change: TruthsShape
    balance: Annotated[TruthsShape, Field(description="What stands there after it.")]


class StatementShape(TypedDict):
    """A statement of account: balances of each currency, and a page of movements by currency and date."""

    customer: CustomerId
    from_date: Annotated[Day | None, Field(description="Null is from the beginning.")]
    until_date: Day
    known_on: Annotated[
        Day | None, Field(description="What was recorded after this day is left out; null: nothing is.")
    ]
    balances: list[StatementBalanceShape]
    movements: list[MovementShape]
    next_cursor: Annotated[str | None, Field(description="What `cursor` takes to go on; null at the end.")]


class SentStatementShape(TypedDict):
    """A statement that was sent."""

    customer: CustomerId
    from_date: Day | None
    until_date: Day
    sent_to: Annotated[list[str], Field(description="The addresses that it goes to.", examples=[["ada@example.com"]])]


def statement_shape(
    asked: Asked,
    *,
    known_on: date | None,
    balances: Sequence[Balance],
    movements: Sequence[Movement],
    named: Mapping[UUID, Named],
    limit: int,
) -> StatementShape:
    """This function will return a statement; one movement more than `limit` says that there is another page."""
    listed = movements[:limit]
    last = listed[-1] if len(movements) > limit else None
    return {
        "customer": public_id(CUSTOMER, asked.customer_id),
        "from_date": day(asked.from_date),
        "until_date": asked.until_date.isoformat(),
        "known_on": day(known_on),
        "balances": [_balance_shape(each) for each in balances],
        "movements": [_movement_shape(each, named) for each in listed],
        "next_cursor": None if last is None else cursor_behind(last),
    }


def sent_statement_shape(asked: Asked, addresses: Sequence[str]) -> SentStatementShape:
    """This function will return what was sent, and to whom."""
    return {
        "customer": public_id(CUSTOMER, asked.customer_id),
        "from_date": day(asked.from_date),
        "until_date": asked.until_date.isoformat(),
        "sent_to": list(addresses),
    }


def cursor_behind(moved: Movement) -> str:
    """This function will write the place behind a movement as a cursor."""
    return write_position([moved.currency, moved.effective_date, moved.recorded_at, moved.entry_id])


def position_of(cursor: str) -> Position | None:
    """This function will read a cursor back; the empty text is the beginning.

    Raises:
        CursorNotAccepted: when it is none of a statement.
    """
    _backwards, values = read_position(cursor, 4)
    if values is None:
        return None
    try:
        currency, effective_date, recorded_at, entry_id = map(str, values)
        return Position(
            currency=currency,
            effective_date=date.fromisoformat(effective_date),
            recorded_at=datetime.fromisoformat(recorded_at),
            entry_id=UUID(entry_id),
        )
    except ValueError as error:
        raise CursorNotAccepted from error


def _balance_shape(own: Balance) -> StatementBalanceShape:
    return {
        "currency": own.currency,
        "opening": _truths(own.opening),
        "closing": _truths(own.closing),
        "movements": own.movements,
        "ageing": [
            {"age": name, "open_minor": own.ageing[name].minor, "invoices": own.ageing[name].count} for name in AGES
        ],
    }


def _movement_shape(moved: Movement, named: Mapping[UUID, Named]) -> MovementShape:
    source = named.get(moved.source_id) if moved.source_id else None
    kinds = {source.kind: moved.source_id} if source else {}
    return {
        "date": moved.effective_date.isoformat(),
        "recorded_at": moment(moved.recorded_at),
        "currency": moved.currency,
        "rule": moved.rule,
        "text": movement_words(moved, named),
        "invoice": _id(INVOICE, moved.invoice_id),
        "payment": _id(PAYMENT, kinds.get("payment")),
        "credit_note": _id(CREDIT_NOTE, kinds.get("credit_note")),
        "change": _truths(moved.change),
        "balance": _truths(moved.after),
    }


def _truths(truths: Truths) -> TruthsShape:
    return {
        "owes_minor": truths.owes_minor,
        "credit_minor": truths.credit_minor,
        "wallet_minor": truths.wallet_minor,
    }


def _id(prefix: str, identifier: Any) -> str | None:
    return None if identifier is None else public_id(prefix, identifier)
