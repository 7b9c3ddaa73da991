"""Writing files of receipts: kept when they are handed in, read by a mapping, recorded line by line."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import orjson
from django.db.models import Q

from tallystick.foundation.errors import Conflict, NotFound
from tallystick.foundation.rows import columns as columns_of
from tallystick.foundation.rows import copy_in, execute, instances
from tallystick.foundation.transactions import needs_transaction
from tallystick.payments.csv_reading import Sheet
from tallystick.payments.import_models import PaymentImport, PaymentImportRow

_READ = """
UPDATE payments_paymentimportrow AS line SET state = read.state, facts = read.facts, code = read.code,
    sentence = read.sentence, warning = read.warning, row_sha256 = read.row_sha256, allows_duplicate = false
FROM unnest(%s::bigint[], %s::text[], %s::jsonb[], %s::text[], %s::text[], %s::text[], %s::text[])
    AS read (id, state, facts, code, sentence, warning, row_sha256)
WHERE line.id = read.id
"""
_NEXT = (
    f"SELECT {columns_of(PaymentImportRow)} FROM payments_paymentimportrow "  # noqa: S608 - our own columns
    "WHERE source_id = %s AND (state = 'ready' OR (state = 'duplicate' AND allows_duplicate)) "
    "ORDER BY number LIMIT %s FOR UPDATE SKIP LOCKED"
)

ImportRow = PaymentImportRow


@dataclass(kw_only=True, eq=False)
class ImportStarted(Conflict):
    """What is being recorded, or was, is not read anew."""

    code: ClassVar[str] = "import_started"
    sentence: ClassVar[str] = (
        "The payments of this file are being recorded, or were. Upload what is left as a new file."
    )


@dataclass(kw_only=True, eq=False)
class ImportNotRead(Conflict):
    """Nobody said yet which column is what."""

    code: ClassVar[str] = "import_not_read"
    sentence: ClassVar[str] = "Say first which column is what."


@dataclass(kw_only=True, eq=False)
class NothingToRecord(Conflict):
    """No line of the file can become a payment."""

    code: ClassVar[str] = "nothing_to_record"
    sentence: ClassVar[str] = "No line of this file can be recorded as it is. Mend the file and upload it again."


@dataclass(frozen=True, kw_only=True)
class ReadRow:
    """What a line was read as; `facts` is empty where it could not be read."""

    id: int
    state: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""
    sentence: str = ""
    warning: str = ""
    row_sha256: str = ""


@needs_transaction
def keep(sheet: Sheet, *, name: str, by: str, at: datetime) -> UUID:
    """This function will keep a file's headings and lines, and return the import's id."""
    made = PaymentImport.objects.create(
        name=name,
        headings=sheet.headings,
        headings_sha256=headings_hash(sheet.headings),
        uploaded_at=at,
        uploaded_by=by,
    )
    copy_in(
        "payments_paymentimportrow",
        ("source_id", "number", "cells", "state", "code", "sentence", "warning", "allows_duplicate", "row_sha256"),
        (
            (made.id, line.number, orjson.dumps(line.cells).decode(), "unread", "", "", "", False, "")
            for line in sheet.lines
        ),
    )
    return made.id


def headings_hash(headings: Sequence[str]) -> str:
    """This function will return the hash by which the next file with these headings is recognised."""
    return hashlib.sha256(orjson.dumps(list(headings))).hexdigest()


@needs_transaction
def locked(import_id: UUID) -> PaymentImport:
    """This function will lock an import until the transaction ends.

    Raises:
        NotFound: when there is none.
    """
    row = PaymentImport.objects.select_for_update().filter(id=import_id).first()
    if row is None:
        raise NotFound(kind="payment import")
    return row


@needs_transaction
def put_mapping(row: PaymentImport, mapping: Mapping[str, Any], read: Sequence[ReadRow]) -> None:
    """This function will keep how a locked import's columns are read, and what each line was read as.

    Raises:
        ImportStarted: when it is being recorded.
    """
    require_open(row)
    row.mapping = dict(mapping)
    row.save(update_fields=["mapping"])
    facts = [asdict(each) for each in read]
    execute(
        _READ,
        [
            [each["id"] for each in facts],
            [each["state"] for each in facts],
            [orjson.dumps(dict(each["facts"])).decode() for each in facts],
            *([each[name] for each in facts] for name in ("code", "sentence", "warning", "row_sha256")),
        ],
    )


@needs_transaction
def allow_duplicates(row: PaymentImport, numbers: Sequence[int], *, allows: bool) -> int:
    """This function will say of lines of a locked import that look recorded whether they are; returns of how many.

    Raises:
        ImportStarted: when it is being recorded.
    """
    require_open(row)
    rows = PaymentImportRow.objects.filter(source_id=row.id, state="duplicate", number__in=numbers)
    return rows.update(allows_duplicate=allows)


@needs_transaction
def start(row: PaymentImport, *, at: datetime) -> None:
    """This function will let a locked import be recorded.

    Raises:
        ImportStarted, ImportNotRead, NothingToRecord: as the names say.
    """
    require_open(row)
    if row.mapping is None:
        raise ImportNotRead
    if not instances(PaymentImportRow, _NEXT, [row.id, 1]):
        raise NothingToRecord
    row.started_at = at
    row.save(update_fields=["started_at"])


def require_open(row: PaymentImport) -> None:
    """This function will refuse an import that is being recorded, or was.

    Raises:
        ImportStarted: when it is.
    """
    if row.started_at is not None:
        raise ImportStarted


@needs_transaction
def take_next(import_id: UUID, *, limit: int) -> list[PaymentImportRow]:
    """This function will lock the next lines to record, those apart that another worker holds."""
    return instances(PaymentImportRow, _NEXT, [import_id, limit])


@needs_transaction
def note_recorded(row: PaymentImportRow, payment_id: UUID) -> None:
    """This function will say which payment a locked line became."""
    row.state, row.payment_id, row.sentence, row.code = "recorded", payment_id, "", ""
    if row.allows_duplicate:
        # Another payment than one that looks the same, by somebody's word: of its own kind.
        row.row_sha256 = hashlib.sha256(f"{row.row_sha256}:{row.id}".encode()).hexdigest()
    row.save(update_fields=["state", "payment_id", "sentence", "code", "row_sha256"])


@needs_transaction
def note_refused(row: PaymentImportRow, *, code: str, sentence: str) -> None:
    """This function will say why a locked line did not become a payment."""
    row.state, row.code, row.sentence = "refused", code, sentence
    row.save(update_fields=["state", "code", "sentence"])


@needs_transaction
def finish_unless_held(import_id: UUID, *, at: datetime) -> None:
    """This function will finish an import of which no line is left; one that another worker holds is left."""
    left = PaymentImportRow.objects.filter(source_id=import_id)
    if left.filter(Q(state="ready") | Q(state="duplicate", allows_duplicate=True)).exists():
        return
    PaymentImport.objects.filter(id=import_id, finished_at=None).update(finished_at=at)
