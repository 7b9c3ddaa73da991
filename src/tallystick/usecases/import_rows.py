"""What the lines of a file of receipts would become: customers and invoices found, duplicates and errors marked.

Looked up for many lines at once; nothing is written.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

import orjson

from tallystick.allocations.queries import oldest_first
from tallystick.customers import queries as customers
from tallystick.foundation.clock import local_date
from tallystick.foundation.ids import public_id
from tallystick.invoices import queries as invoices
from tallystick.money.currencies import UnknownCurrency, exponent, parse_currency
from tallystick.payments.cell_reading import NotReadable, read_day, read_minor
from tallystick.payments.import_queries import recorded_hashes
from tallystick.payments.imports import ReadRow
from tallystick.payments.lookalikes import Sought, lookalikes
from tallystick.payments.posting_rules import GATEWAY, MONEY_IN
from tallystick.wire import builders

# What a column may hold, in the order in which people are asked.
FIELDS: Final = (
    *("customer", "invoice", "amount", "currency", "date", "method"),
    *("reference", "description", "fee", "remark"),
)
REQUIRED: Final = ("amount", "date")
# How long the texts of a payment may be, as over the other doors.
_LONGEST: Final = {"reference": 140, "description": 500, "invoice": 300, "remark": 2000}
_NUMBERS: Final = re.compile(r"[,;\s]+")


@dataclass(frozen=True, kw_only=True)
class Mapped:
    """How the columns of a file are read, as `PaymentImport.mapping` keeps it."""

    columns: Mapping[str, int]
    decimal_mark: str
    date_order: str
    currency: str
    method: str
    status: str
    mails_confirmation: bool


@dataclass(kw_only=True)
class _Draft:
    """A line on the way from its cells to a payment."""

    id: int
    number: int
    cells: Mapping[str, str]
    currency: str = ""
    total_minor: int = 0
    fee_minor: int | None = None
    method: str = ""
    day: date | None = None
    customer_id: UUID | None = None
    parts: list[tuple[UUID, str, int]] = field(default_factory=list)
    problem: tuple[str, str] | None = None
    warnings: list[str] = field(default_factory=list)
    # Why it is held to be recorded already, and the payment that looks the same.
    alike: str = ""
    alike_id: UUID | None = None
    row_sha256: str = ""

    def refuse(self, code: str, sentence: str) -> None:
        # The first fault is told; mending it shows the next.
        self.problem = self.problem or (code, sentence)


def read_rows(rows: Iterable[Mapping[str, Any]], mapped: Mapped, *, wide: int, today: date) -> list[ReadRow]:
    """This function will say of each line of a file, which has `wide` headings, what would become of it."""
    drafts = [_draft(row, mapped, wide=wide, today=today) for row in rows]
    sound = [draft for draft in drafts if draft.problem is None]
    _find_customers(sound)
    _find_invoices(sound)
    sound = [draft for draft in sound if draft.problem is None]
    _mark_lookalikes(sound)
    return [_read(draft) for draft in drafts]


def _draft(row: Mapping[str, Any], mapped: Mapped, *, wide: int, today: date) -> _Draft:
    cells = row["cells"]
    named = {
        name: cells[column].replace("\x00", "").strip() if column < len(cells) else ""
        for name, column in mapped.columns.items()
    }
    draft = _Draft(id=row["id"], number=row["number"], cells={**dict.fromkeys(FIELDS, ""), **named})
    if len(cells) != wide:
        draft.refuse("wrong_columns", f"The line has {len(cells)} cells, the headings are {wide}.")
        return draft
    for name, longest in _LONGEST.items():
        if len(draft.cells[name]) > longest:
            draft.refuse("text_too_long", f"The {name} has more than {longest} characters.")
    _read_money(draft, mapped)
    try:
        draft.day = read_day(draft.cells["date"], mapped.date_order)
    except NotReadable:
        draft.refuse("day_not_readable", f"“{draft.cells['date'][:40]}” is no day in the order that was chosen.")
    if draft.day is not None and draft.day > today:
        draft.refuse("received_in_future", f"The day {draft.day} is still to come.")
    return draft


def _read_money(draft: _Draft, mapped: Mapped) -> None:
    try:
        draft.currency = parse_currency(draft.cells["currency"].upper() or mapped.currency)
    except UnknownCurrency:
        draft.refuse("unknown_currency", f"“{draft.cells['currency'][:10]}” is no currency.")
        return
    draft.method = draft.cells["method"].lower().replace(" ", "_").replace("-", "_") or mapped.method
    if draft.method not in MONEY_IN or draft.method == GATEWAY:
        accepted = ", ".join(sorted(set(MONEY_IN) - {GATEWAY}))
        draft.refuse("unknown_method", f"“{draft.cells['method'][:30]}” is no way of paying; use {accepted}.")
    try:
        draft.total_minor = read_minor(draft.cells["amount"], draft.currency, mapped.decimal_mark)
        if draft.cells["fee"]:
            draft.fee_minor = read_minor(draft.cells["fee"], draft.currency, mapped.decimal_mark)
    except NotReadable as error:
        places = exponent(draft.currency)
        draft.refuse(
            "amount_not_readable",
            f"“{str(error)[:40]}” is no amount above 0 in {draft.currency}, with at most {places} places "
            f"after “{mapped.decimal_mark}”.",
        )
    if draft.problem is None and draft.total_minor == 0:
        draft.refuse("amount_not_accepted", "The amount is 0.")


def _find_customers(drafts: Sequence[_Draft]) -> None:
    found = customers.named_exactly(draft.cells["customer"] for draft in drafts)
    for draft in drafts:
        text = draft.cells["customer"]
        if not text:
            continue
        fitting = found[text.lower()]
        if not fitting:
            draft.refuse("customer_not_found", f"No customer has the number, name or address “{text[:80]}”.")
        elif len(fitting) > 1:
            draft.refuse("customer_not_clear", f"{len(fitting)} customers are called “{text[:80]}”. Use the number.")
        else:
            (draft.customer_id,) = fitting


def _find_invoices(drafts: Sequence[_Draft]) -> None:
    wanted = {draft.id: [each for each in _NUMBERS.split(draft.cells["invoice"]) if each] for draft in drafts}
    found = invoices.by_numbers(number for numbers in wanted.values() for number in numbers)
    # What the lines above take of an invoice is not open for the lines below.
    opened = {row["id"]: row["open_minor"] for row in found.values()}
    for draft in drafts:
        known = [found[number.upper()] for number in dict.fromkeys(wanted[draft.id]) if number.upper() in found]
        unknown = [number for number in wanted[draft.id] if number.upper() not in found]
        if unknown:
            draft.warnings.append(f"No invoice has the number {', '.join(unknown)}: kept as text.")
        if known and draft.customer_id is None and draft.problem is None:
            draft.customer_id = known[0]["customer_id"]
        for row in known:
            if (row["customer_id"], row["currency"]) != (draft.customer_id, draft.currency):
                draft.refuse(
                    "different_payer", f"Invoice {row['number']} belongs to another customer or is in another currency."
                )
        if draft.problem is None:
            _propose(draft, known, opened)


def _propose(draft: _Draft, known: Sequence[Mapping[str, Any]], opened: dict[UUID, int]) -> None:
    numbers = {row["id"]: row["number"] for row in known}
    for invoice_id, amount in oldest_first(draft.total_minor, [(each, opened[each]) for each in numbers]):
        opened[invoice_id] -= amount
        draft.parts.append((invoice_id, numbers[invoice_id], amount))
    reached = {part[0] for part in draft.parts}
    given_up = [row["number"] for row in known if row["written_off_minor"] and row["id"] not in reached]
    if given_up:
        draft.warnings.append(
            f"{', '.join(given_up)} is written off: kept as credit. Say on the invoice that it is paid after all."
        )
    paid = [number for invoice_id, number in numbers.items() if invoice_id not in reached and number not in given_up]
    if paid:
        draft.warnings.append(f"Nothing is left open of {', '.join(paid)}: kept as credit.")
    if draft.customer_id is None:
        draft.warnings.append("Nobody is named: it waits in suspense.")


def _mark_lookalikes(drafts: Sequence[_Draft]) -> None:
    above: dict[tuple[Any, ...], int] = {}
    times: dict[str, int] = {}
    for draft in drafts:
        same = (draft.customer_id, draft.total_minor, draft.currency)
        reference = draft.cells["reference"].lower()
        marks = [(*same, draft.day), *([(*same, reference)] if reference else [])]
        line = next((above[mark] for mark in marks if mark in above), None)
        if line is not None:
            draft.alike = f"It looks like line {line} of this file."
        for mark in marks:
            above.setdefault(mark, draft.number)
        content = orjson.dumps([*map(str, same), str(draft.day), *(draft.cells[name] for name in FIELDS)])
        plain = hashlib.sha256(content).hexdigest()
        # The same line twice in a file is two lines, and each is the same one when the file comes again.
        times[plain] = times.get(plain, 0) + 1
        draft.row_sha256 = hashlib.sha256(f"{plain}:{times[plain]}".encode()).hexdigest()
    _mark_recorded(drafts)


def _mark_recorded(drafts: Sequence[_Draft]) -> None:
    before = recorded_hashes([draft.row_sha256 for draft in drafts])
    alike = lookalikes(
        [
            Sought(
                customer_id=draft.customer_id,
                total_minor=draft.total_minor,
                currency=draft.currency,
                received_date=draft.day,
                reference=draft.cells["reference"],
            )
            for draft in drafts
        ]
    )
    for place, draft in enumerate(drafts):
        if draft.row_sha256 in before:
            draft.alike, draft.alike_id = "This line was recorded from a file before.", before[draft.row_sha256]
        elif place in alike:
            row = alike[place]
            name = row["receipt_number"] or "A promised payment"
            day = row["received_date"] or local_date(row["created_at"])
            draft.alike, draft.alike_id = f"{name} of {day} looks the same.", row["id"]


def _read(draft: _Draft) -> ReadRow:
    if draft.problem is not None:
        code, sentence = draft.problem
        return ReadRow(id=draft.id, state="refused", code=code, sentence=sentence)
    facts = {
        "customer": public_id(builders.CUSTOMER, draft.customer_id) if draft.customer_id else None,
        "total_minor": draft.total_minor,
        "currency": draft.currency,
        "received_date": str(draft.day),
        "method": draft.method,
        "reference": draft.cells["reference"],
        "description": draft.cells["description"],
        "remark": draft.cells["remark"],
        "invoice_number": draft.cells["invoice"],
        "fee_minor": draft.fee_minor,
        "alike": public_id(builders.PAYMENT, draft.alike_id) if draft.alike_id else None,
        "parts": [
            {"invoice": public_id(builders.INVOICE, invoice_id), "number": number, "amount_minor": amount}
            for invoice_id, number, amount in draft.parts
        ],
    }
    told: dict[str, Any] = {
        "id": draft.id,
        "facts": facts,
        "warning": " ".join(draft.warnings),
        "row_sha256": draft.row_sha256,
    }
    if not draft.alike:
        return ReadRow(state="ready", **told)
    return ReadRow(state="duplicate", code="duplicate_payment", sentence=draft.alike, **told)
