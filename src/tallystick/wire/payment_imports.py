"""The public shapes of files of receipts. Amounts are minor units."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.ids import public_id
from tallystick.payments import import_queries
from tallystick.wire.builders import PAYMENT, moment
from tallystick.wire.shapes import CurrencyCode, CustomerId, Day, InvoiceId, Minor, Moment, PaymentId, Row, one_of

PAYMENT_IMPORT: Final = "imp"

IMPORT_STATES: Final = {
    "uploaded": "nobody said yet which column is what.",
    "read": "every line says what would become of it.",
    "recording": "the payments are being recorded.",
    "finished": "every line is recorded or says why not.",
}
LINE_STATES: Final = {
    "unread": "nobody said yet which column is what.",
    "ready": "it becomes a payment.",
    "duplicate": "it looks recorded already: it becomes a payment only when it is allowed to.",
    "refused": "it becomes no payment, for the reason that it gives.",
    "recorded": "it became a payment.",
}

PaymentImportId = Annotated[str, Field(examples=["imp_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]


class LineCountsShape(TypedDict):
    """How many lines are in each state; `allowed` are the duplicates that are recorded all the same."""

    unread: int
    ready: int
    duplicate: int
    allowed: int
    refused: int
    recorded: int


class PaymentImportShape(TypedDict):
    """A file of receipts."""

    id: PaymentImportId
    name: Annotated[str, Field(description="The name of the file.", examples=["bank-march.csv"])]
    state: Annotated[str, one_of(IMPORT_STATES, example="read")]
    headings: list[str]
    columns: Annotated[
        dict[str, int],
        Field(description="Which column (from 0) is what, once that was said.", examples=[{"amount": 2, "date": 0}]),
    ]
    lines: LineCountsShape
    uploaded_at: Moment
    uploaded_by: str
    started_at: Moment | None
    finished_at: Moment | None


class ImportPartShape(TypedDict):
    """What of a line would be set against an invoice."""

    invoice: InvoiceId
    number: str
    amount_minor: Minor


class ImportLineShape(TypedDict):
    """A line of a file: what was read from it, and what became or would become of it."""

    line: Annotated[int, Field(description="Its number in the file; the headings are line 1.", examples=[2])]
    state: Annotated[str, one_of(LINE_STATES, example="ready")]
    cells: Annotated[list[str], Field(description="As they stand in the file, card numbers masked.")]
    customer: CustomerId | None
    total_minor: Minor | None
    currency: CurrencyCode | None
    received_date: Day | None
    allocations: list[ImportPartShape]
    allows_duplicate: bool
    looks_like: Annotated[PaymentId | None, Field(description="The payment that looks the same.")]
    code: Annotated[str, Field(description="Why it is refused or a duplicate, a stable word for programs.")]
    detail: Annotated[str, Field(description="The same in a sentence for people.")]
    warning: Annotated[str, Field(description="What else is to be known, such as an unknown invoice number.")]
    payment: Annotated[PaymentId | None, Field(description="The payment that it became.")]


def state_of(row: Mapping[str, Any]) -> str:
    """This function will return where an import stands, as `IMPORT_STATES` explains it."""
    if row["finished_at"] is not None:
        return "finished"
    if row["started_at"] is not None:
        return "recording"
    return "uploaded" if row["mapping"] is None else "read"


def import_shapes(rows: Sequence[Row]) -> list[PaymentImportShape]:
    """This function will return many imports, with one query for all their lines."""
    counts = import_queries.counts_of([row["id"] for row in rows])
    return [_shape(row, counts[row["id"]]) for row in rows]


def one_import(import_id: Any) -> PaymentImportShape:
    """This function will read an import and return its shape.

    Raises:
        NotFound: when there is none.
    """
    return import_shapes([import_queries.one_import(import_id)])[0]


def line_shape(row: Mapping[str, Any]) -> ImportLineShape:
    """This function will return a line of a file."""
    facts = row["facts"] or {}
    return {
        "line": row["number"],
        "state": row["state"],
        "cells": row["cells"],
        "customer": facts.get("customer"),
        "total_minor": facts.get("total_minor"),
        "currency": facts.get("currency"),
        "received_date": facts.get("received_date"),
        "allocations": facts.get("parts", []),
        "allows_duplicate": row["allows_duplicate"],
        "looks_like": facts.get("alike"),
        "code": row["code"],
        "detail": row["sentence"],
        "warning": row["warning"],
        "payment": public_id(PAYMENT, row["payment_id"]) if row["payment_id"] else None,
    }


def _shape(row: Row, counts: dict[str, int]) -> PaymentImportShape:
    return {
        "id": public_id(PAYMENT_IMPORT, row["id"]),
        "name": row["name"],
        "state": state_of(row),
        "headings": row["headings"],
        "columns": (row["mapping"] or {}).get("columns", {}),
        "lines": {
            "unread": counts["unread"],
            "ready": counts["ready"],
            "duplicate": counts["duplicate"],
            "allowed": counts["allowed"],
            "refused": counts["refused"],
            "recorded": counts["recorded"],
        },
        "uploaded_at": moment(row["uploaded_at"]),
        "uploaded_by": row["uploaded_by"],
        "started_at": moment(row["started_at"]) if row["started_at"] else None,
        "finished_at": moment(row["finished_at"]) if row["finished_at"] else None,
    }
