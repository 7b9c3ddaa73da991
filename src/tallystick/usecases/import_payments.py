"""A file of receipts, handed in and recorded in steps: upload, say which column is what, look, record (A7, D1, D5).

Each line becomes a payment by `record_payment` and its rules, once: a worker that is killed loses the step that it was
at and nothing else, and a line that was recorded from one file is a duplicate in the next.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import DataError, IntegrityError

from tallystick.foundation import audit, jobs
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import ExpectedError, InvalidField, NotFound
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import savepoint, transaction
from tallystick.ledger.queries import usable_currencies
from tallystick.payments import import_queries, imports
from tallystick.payments.cell_reading import DATE_ORDERS, DECIMAL_MARKS, proposed_mark, proposed_order
from tallystick.payments.csv_reading import proposed_columns, read_sheet
from tallystick.payments.imports import ImportRow
from tallystick.usecases.frame import require_unscoped, use_case
from tallystick.usecases.import_rows import FIELDS, REQUIRED, Mapped, read_rows
from tallystick.usecases.record import Part, record_payment, require_usable
from tallystick.usecases.roles import Permission
from tallystick.wire import payment_imports as wire
from tallystick.wire.ids import customer_id_of, invoice_id_of, payment_id_of
from tallystick.wire.payment_imports import PaymentImportShape

# How many lines one step records: the series of receipt numbers stays locked for as long as a step takes.
CHUNK: Final = 50
# A job does so many and queues the next: a worker that shall stop is not kept waiting.
STEPS_PER_JOB: Final = 4
# How many lines are looked at to propose how amounts and days are written.
_LOOKED_AT: Final = 200
# Amounts and days that say nothing about their marks: the point, and the year first.
_PLAIN: Final = {"decimal_mark": ".", "date_order": "ymd"}


@use_case(Permission.RECORD_PAYMENTS)
def begin_import(
    *, actor: Actor, at: datetime, name: str, content: bytes, idempotency_key: str | None = None
) -> PaymentImportShape:
    """This function will keep a CSV file of receipts; nothing of it is recorded before somebody says so.

    Card numbers in it are masked, never kept.

    Raises:
        FileNotReadable: when it is too large, no text, or no table with headings.
    """
    del idempotency_key
    require_unscoped(actor, Permission.RECORD_PAYMENTS)
    sheet = read_sheet(content)
    import_id = imports.keep(sheet, name=_file_name(name), by=actor.label, at=at)
    shape = wire.one_import(import_id)
    _note(actor, at, "begin_payment_import", import_id, shape)
    return shape


@use_case(Permission.RECORD_PAYMENTS)
def map_import(
    *,
    actor: Actor,
    at: datetime,
    import_id: UUID,
    columns: Mapping[str, int],
    decimal_mark: str,
    date_order: str,
    currency: str,
    method: str = "bank_transfer",
    status: str = "completed",
    mails_confirmation: bool = False,
    idempotency_key: str | None = None,
) -> PaymentImportShape:
    """This function will say which column of a file is what, and read every line by it; it may be said again.

    `columns` names columns from 0; amount and date are needed. `currency` and `method` hold for lines that name none.
    The next file with the same headings is proposed to be read in the same way.

    Raises:
        NotFound: when there is no such import.
        InvalidField: when it cannot be read so.
        ImportStarted: when it is being recorded.
    """
    del idempotency_key
    require_unscoped(actor, Permission.RECORD_PAYMENTS)
    row = imports.locked(import_id)
    imports.require_open(row)
    mapped = Mapped(
        columns=_checked_columns(columns, len(row.headings)),
        decimal_mark=_one_of("decimal_mark", decimal_mark, DECIMAL_MARKS),
        date_order=_one_of("date_order", date_order, DATE_ORDERS),
        currency=currency,
        method=method,
        status=_one_of("status", "completed" if status == "paid" else status, ("completed", "pending")),
        mails_confirmation=mails_confirmation,
    )
    require_usable(currency=currency, method=method, fee_minor=None)
    lines = import_queries.all_rows(import_id)
    read = read_rows(lines, mapped, wide=len(row.headings), today=local_date(at))
    imports.put_mapping(row, asdict(mapped), read)
    shape = wire.one_import(import_id)
    _note(actor, at, "map_payment_import", import_id, {**shape, "mapping": asdict(mapped)})
    return shape


@use_case(Permission.RECORD_PAYMENTS)
def allow_duplicates(
    *,
    actor: Actor,
    at: datetime,
    import_id: UUID,
    lines: Sequence[int],
    allows: bool = True,
    idempotency_key: str | None = None,
) -> PaymentImportShape:
    """This function will say of lines that look recorded already that they are other payments, or that they are not.

    Raises:
        NotFound: when there is no such import, or none of the lines looks recorded.
        ImportStarted: when it is being recorded.
    """
    del idempotency_key
    require_unscoped(actor, Permission.RECORD_PAYMENTS)
    if not imports.allow_duplicates(imports.locked(import_id), lines, allows=allows):
        raise NotFound(kind="duplicate line")
    shape = wire.one_import(import_id)
    _note(actor, at, "allow_duplicates", import_id, {"lines": list(lines), "allows": allows})
    return shape


@use_case(Permission.RECORD_PAYMENTS)
def record_import(
    *, actor: Actor, at: datetime, import_id: UUID, workers: int = 1, idempotency_key: str | None = None
) -> PaymentImportShape:
    """This function will have the payments of a file recorded, in steps, by a job; with no workers the caller does.

    Raises:
        NotFound: when there is no such import.
        NotAllowed: when the payments are to be completed and the actor may only record what is pending.
        ImportNotRead, NothingToRecord, ImportStarted: as the names say.
    """
    del idempotency_key
    require_unscoped(actor, Permission.RECORD_PAYMENTS)
    row = imports.locked(import_id)
    if (row.mapping or {}).get("status") == "completed":
        actor.require(Permission.COMPLETE_PAYMENTS)
    imports.start(row, at=at)
    shape = wire.one_import(import_id)
    _note(actor, at, "record_payment_import", import_id, shape)
    if workers:
        _set_to_work(import_id)
    return shape


def work(*, import_id: UUID, at: datetime) -> None:
    """This function will record some steps of a file for whoever began it, and see to the next ones unless it is done.

    Raises:
        NotFound: when there is no such import.
    """
    actor = _whoever_began(import_id)
    for _ in range(STEPS_PER_JOB):
        if not step(actor=actor, at=at, import_id=import_id):
            return
    with transaction():
        _set_to_work(import_id)


@use_case(Permission.RECORD_PAYMENTS)
def step(*, actor: Actor, at: datetime, import_id: UUID, limit: int = CHUNK) -> bool:
    """This function will record the next lines of a file, and say whether there may be more.

    A line that is refused says why and stops no other.

    Raises:
        NotFound: when there is no such import.
    """
    require_unscoped(actor, Permission.RECORD_PAYMENTS)
    facts = import_queries.one_import(import_id)
    if facts["started_at"] is None or facts["finished_at"] is not None:
        return False
    lines = imports.take_next(import_id, limit=limit)
    for line in lines:
        _record(line, facts["mapping"], actor=actor, at=at)
    if not lines:
        # Nobody else is at them either: those wait for their worker's end.
        imports.finish_unless_held(import_id, at=at)
    return bool(lines)


def proposed_mapping(import_id: UUID) -> dict[str, Any]:
    """This function will propose how a file is read: as the last one with the same headings, else by what stands in it.

    What cannot be told is empty.
    """
    row = import_queries.one_import(import_id)
    if row["mapping"] is not None:
        return dict(row["mapping"])
    before = import_queries.last_mapping(imports.headings_hash(row["headings"]))
    if before is not None:
        return before
    columns = proposed_columns(row["headings"])
    cells = import_queries.cells_of(import_id, limit=_LOOKED_AT)

    def column(name: str) -> list[str]:
        place = columns.get(name)
        return [] if place is None else [line[place] for line in cells if place < len(line)]

    amounts = column("amount")
    whole = bool(amounts) and not any(mark in cell for cell in amounts for mark in DECIMAL_MARKS)
    return {
        "columns": columns,
        "decimal_mark": proposed_mark(amounts) or (_PLAIN["decimal_mark"] if whole else ""),
        "date_order": proposed_order(column("date")),
        "currency": next(iter(usable_currencies()), ""),
        "method": "bank_transfer",
        "status": "completed",
        "mails_confirmation": False,
    }


def _record(line: ImportRow, mapping: Mapping[str, Any], *, actor: Actor, at: datetime) -> None:
    facts = line.facts or {}
    try:
        with savepoint():
            shape = record_payment(
                actor=actor,
                at=at,
                total_minor=facts["total_minor"],
                currency=facts["currency"],
                customer_id=customer_id_of(facts["customer"]) if facts["customer"] else None,
                status=mapping["status"],
                method=facts["method"],
                received_date=date.fromisoformat(facts["received_date"]),
                description=facts["description"],
                reference=facts["reference"],
                invoice_number="" if facts["parts"] else facts["invoice_number"][:60],
                remark=facts["remark"],
                fee_minor=facts["fee_minor"],
                parts=[
                    Part(invoice_id=invoice_id_of(part["invoice"]), amount_minor=part["amount_minor"])
                    for part in facts["parts"]
                ],
                mails_confirmation=mapping["mails_confirmation"],
                allows_duplicate=line.allows_duplicate,
            )
            imports.note_recorded(line, payment_id_of(shape["id"]))
    except ExpectedError as error:
        imports.note_refused(line, code=error.code, sentence=str(error))
    except (IntegrityError, DataError):
        imports.note_refused(
            line, code="refused_by_database", sentence="This line was recorded meanwhile, or breaks a rule."
        )


def _whoever_began(import_id: UUID) -> Actor:
    found = audit.last_actor(import_id)
    if found is None:
        raise NotFound(kind="payment import")
    mapping = import_queries.one_import(import_id)["mapping"] or {}
    needed = {Permission.RECORD_PAYMENTS}
    if mapping.get("status") == "completed":
        needed.add(Permission.COMPLETE_PAYMENTS)
    return replace(found, permissions=frozenset(needed))


def _set_to_work(import_id: UUID) -> None:
    jobs.defer("payments.import", queueing_lock=f"payments.import:{import_id}", import_id=str(import_id))


def _checked_columns(columns: Mapping[str, int], wide: int) -> dict[str, int]:
    for name, column in columns.items():
        if name not in FIELDS:
            raise InvalidField(name="columns", reason=f"“{name}” is none of: {', '.join(FIELDS)}.")
        if not 0 <= column < wide:
            raise InvalidField(name="columns", reason=f"The file has columns 0 to {wide - 1}; {column} is none.")
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise InvalidField(name="columns", reason=f"Say which column is the {' and the '.join(missing)}.")
    return dict(columns)


def _one_of(name: str, value: str, accepted: Sequence[str]) -> str:
    if value not in accepted:
        raise InvalidField(name=name, reason=f"Choose one of: {' '.join(accepted)}")
    return value


def _file_name(name: str) -> str:
    plain = "".join(each for each in name.replace("\\", "/").rpartition("/")[2] if each.isprintable())
    return plain.strip()[:200] or "payments.csv"


def _note(actor: Actor, at: datetime, action: str, import_id: UUID, after: Mapping[str, Any]) -> None:
    audit.record(actor=actor, at=at, action=action, kind="payment_import", object_id=import_id, after=after)
