"""Acts on many payments: written down before the first row is touched, so that a killed worker leaves none in doubt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Count

from tallystick.foundation.errors import NotFound
from tallystick.foundation.paging import Page, page
from tallystick.foundation.transactions import needs_transaction
from tallystick.payments.bulk_models import BulkAct, BulkRow

WAITING: Final = "waiting"
DONE: Final = "done"
REFUSED: Final = "refused"


@dataclass(frozen=True, kw_only=True)
class ActFacts:
    """A bulk act as its steps need it."""

    id: UUID
    action: str
    facts: Mapping[str, Any]
    scope: UUID | None
    is_finished: bool


@needs_transaction
def begin(
    payment_ids: Sequence[UUID], *, action: str, facts: Mapping[str, Any], scope: UUID | None, by: str, at: datetime
) -> UUID:
    """This function will write down an act on some payments, each once, and return its id."""
    act = BulkAct.objects.create(action=action, facts=dict(facts), scope_id=scope, started_at=at, started_by=by)
    BulkRow.objects.bulk_create(
        [BulkRow(act=act, payment_id=payment_id) for payment_id in dict.fromkeys(payment_ids)], batch_size=2000
    )
    return act.id


def act_facts(act_id: UUID) -> ActFacts:
    """This function will return what the steps of an act need to know.

    Raises:
        NotFound: when there is none.
    """
    row = BulkAct.objects.filter(id=act_id).first()
    if row is None:
        raise NotFound(kind="bulk act")
    return ActFacts(
        id=row.id, action=row.action, facts=row.facts, scope=row.scope_id, is_finished=row.finished_at is not None
    )


@needs_transaction
def claim(act_id: UUID, *, limit: int) -> list[tuple[int, UUID]]:
    """This function will lock rows of an act that wait, which no other step holds, and return them with payments."""
    rows = BulkRow.objects.select_for_update(skip_locked=True, of=("self",)).filter(act_id=act_id, state=WAITING)
    return list(rows.order_by("id").values_list("id", "payment_id")[:limit])


@needs_transaction
def note_done(row_ids: Sequence[int]) -> None:
    """This function will say of rows that they were done."""
    BulkRow.objects.filter(id__in=row_ids, state=WAITING).update(state=DONE)


@needs_transaction
def note_refused(row_id: int, *, code: str, sentence: str) -> None:
    """This function will say of a row that it was refused, and why."""
    BulkRow.objects.filter(id=row_id, state=WAITING).update(state=REFUSED, code=code, sentence=sentence)


@needs_transaction
def finish_if_over(act_id: UUID, *, at: datetime) -> bool:
    """This function will finish an act of which no row waits any more, and say whether it is over."""
    if BulkRow.objects.filter(act_id=act_id, state=WAITING).exists():
        return False
    BulkAct.objects.filter(id=act_id, finished_at=None).update(finished_at=at)
    return True


def act(act_id: UUID, *, of_customer: UUID | None = None) -> dict[str, Any]:
    """This function will return an act's columns, and how many of its rows wait, are done and were refused; for whoever
    is narrowed to a customer only of acts that were begun so.

    Raises:
        NotFound: when there is none.
    """
    columns = ("id", "action", "facts", "scope_id", "started_at", "started_by", "finished_at")
    acts = BulkAct.objects.filter(id=act_id)
    if of_customer is not None:
        acts = acts.filter(scope_id=of_customer)
    row: dict[str, Any] | None = acts.values(*columns).first()
    if row is None:
        raise NotFound(kind="bulk act")
    counted = BulkRow.objects.filter(act_id=act_id).values_list("state").annotate(Count("id"))
    return {**row, WAITING: 0, DONE: 0, REFUSED: 0, **dict(counted)}


def rows_page(act_id: UUID, *, state: str = "", cursor: str = "", limit: int = 50) -> Page:
    """This function will return a page of an act's rows, in the order of the list that they were chosen from."""
    rows: Any = BulkRow.objects.filter(act_id=act_id)
    if state:
        rows = rows.filter(state=state)
    return page(rows.values("id", "payment_id", "state", "code", "sentence"), order=("id",), cursor=cursor, limit=limit)
