"""Reading files of receipts."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Count

from tallystick.foundation.errors import NotFound
from tallystick.foundation.paging import Page, page
from tallystick.payments.import_models import PaymentImport, PaymentImportRow

_FIELDS = ("id", "name", "headings", "mapping", "uploaded_at", "uploaded_by", "started_at", "finished_at")
_ROW_FIELDS = (
    *("id", "number", "cells", "state", "facts", "code", "sentence", "warning", "allows_duplicate", "payment_id"),
)
STATES = ("ready", "duplicate", "refused", "recorded", "unread")


def one_import(import_id: UUID) -> dict[str, Any]:
    """This function will return an import's columns.

    Raises:
        NotFound: when there is none.
    """
    row: dict[str, Any] | None = PaymentImport.objects.filter(id=import_id).values(*_FIELDS).first()
    if row is None:
        raise NotFound(kind="payment import")
    return row


def imports_page(*, cursor: str = "", limit: int = 50) -> Page:
    """This function will return a page of imports, newest first."""
    return page(PaymentImport.objects.values(*_FIELDS), order=("-uploaded_at", "-id"), cursor=cursor, limit=limit)


def counts_of(import_ids: Iterable[UUID]) -> dict[UUID, dict[str, int]]:
    """This function will return how many lines of several imports are in each state; `allowed` are the duplicates that
    are recorded all the same.
    """
    counts = {import_id: dict.fromkeys((*STATES, "allowed"), 0) for import_id in import_ids}
    rows = PaymentImportRow.objects.filter(source_id__in=list(counts))
    for row in rows.values("source_id", "state", "allows_duplicate").annotate(lines=Count("id")):
        state = "allowed" if row["state"] == "duplicate" and row["allows_duplicate"] else row["state"]
        counts[row["source_id"]][state] += row["lines"]
    return counts


def rows_page(import_id: UUID, *, state: str = "", cursor: str = "", limit: int = 50) -> Page:
    """This function will return a page of an import's lines, in the order of the file."""
    rows = PaymentImportRow.objects.filter(source_id=import_id).values(*_ROW_FIELDS)
    return page(rows.filter(state=state) if state else rows, order=("number",), cursor=cursor, limit=limit)


def all_rows(import_id: UUID) -> Iterator[dict[str, Any]]:
    """This function will return every line of an import, in the order of the file."""
    rows = PaymentImportRow.objects.filter(source_id=import_id).order_by("number")
    yield from rows.values(*_ROW_FIELDS).iterator()


def cells_of(import_id: UUID, *, limit: int) -> list[list[str]]:
    """This function will return the cells of the first lines of an import."""
    rows = PaymentImportRow.objects.filter(source_id=import_id).order_by("number")
    return list(rows.values_list("cells", flat=True)[:limit])


def last_mapping(headings_sha256: str) -> dict[str, Any] | None:
    """This function will return how the last file with the same headings was read, or None."""
    rows = PaymentImport.objects.filter(headings_sha256=headings_sha256, mapping__isnull=False)
    mapping: dict[str, Any] | None = rows.order_by("-uploaded_at").values_list("mapping", flat=True).first()
    return mapping


def recorded_hashes(hashes: Sequence[str]) -> dict[str, UUID | None]:
    """This function will return which of the lines were recorded before, from whatever file, and as which payment;
    None for one that was deleted since.
    """
    rows = PaymentImportRow.objects.filter(row_sha256__in=hashes, state="recorded")
    found = rows.values_list("row_sha256", "payment_id", "payment__deleted_at")
    return {row_sha256: None if deleted_at else payment_id for row_sha256, payment_id, deleted_at in found}
