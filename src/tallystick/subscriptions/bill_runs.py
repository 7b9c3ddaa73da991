"""The runs that bill: who began one, what each of its steps billed, and who could not be billed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from tallystick.foundation.errors import Conflict, NotFound
from tallystick.foundation.transactions import needs_transaction
from tallystick.subscriptions.bill_plan import Failure
from tallystick.subscriptions.models import BillChunk, BillFailure, BillRun


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """A run as its steps need it."""

    id: UUID
    as_of_date: date
    is_finished: bool


@dataclass(slots=True, kw_only=True)
class Billed:
    """What was billed in one currency; the amount with tax, in minor units."""

    invoices: int = 0
    periods: int = 0
    total_minor: int = 0


@dataclass(kw_only=True, eq=False)
class RunGoesOn(Conflict):
    """A run that goes on has not tried everything yet."""

    code: ClassVar[str] = "bill_run_goes_on"
    sentence: ClassVar[str] = "This bill run goes on. Wait until it has finished."


@dataclass(kw_only=True, eq=False)
class NothingFailed(Conflict):
    """There is nothing to try again."""

    code: ClassVar[str] = "nothing_failed"
    sentence: ClassVar[str] = "Nothing failed in this bill run, so there is nothing to try again."


@needs_transaction
def begin(*, as_of_date: date, by: str, at: datetime) -> UUID:
    """This function will begin a run over everything that is due on a day, and return its id."""
    return BillRun.objects.create(as_of_date=as_of_date, started_at=at, started_by=by).id


def run_facts(run_id: UUID) -> RunFacts:
    """This function will return what the steps of a run need to know.

    Raises:
        NotFound: when there is none.
    """
    row = BillRun.objects.filter(id=run_id).first()
    if row is None:
        raise NotFound(kind="bill run")
    return RunFacts(id=row.id, as_of_date=row.as_of_date, is_finished=row.finished_at is not None)


@needs_transaction
def add(run_id: UUID, billed: dict[str, Billed], failures: Sequence[Failure], *, at: datetime) -> None:
    """This function will add what one step billed, by currency, and whom it could not bill."""
    BillChunk.objects.bulk_create(
        BillChunk(
            run_id=run_id,
            at=at,
            currency=currency,
            invoices=each.invoices,
            periods=each.periods,
            total_minor=each.total_minor,
        )
        for currency, each in sorted(billed.items())
    )
    BillFailure.objects.bulk_create(
        BillFailure(
            run_id=run_id,
            subscription_id=failure.subscription_id,
            group_id=failure.group_id,
            at=at,
            code=failure.code,
            sentence=failure.sentence,
        )
        for failure in failures
    )


@needs_transaction
def finish(run_id: UUID, *, at: datetime) -> None:
    """This function will finish a run, unless somebody did already."""
    BillRun.objects.filter(id=run_id, finished_at=None).update(finished_at=at)


@needs_transaction
def reopen(run_id: UUID) -> list[Failure]:
    """This function will let a finished run go on with what failed in it, and return what that was.

    Raises:
        NotFound: when there is no such run.
        RunGoesOn, NothingFailed: as the names say.
    """
    run = BillRun.objects.select_for_update().filter(id=run_id).first()
    if run is None:
        raise NotFound(kind="bill run")
    if run.finished_at is None:
        raise RunGoesOn
    failed = [
        Failure(code=row.code, sentence=row.sentence, subscription_id=row.subscription_id, group_id=row.group_id)
        for row in BillFailure.objects.filter(run_id=run_id).order_by("id")
    ]
    if not failed:
        raise NothingFailed
    BillFailure.objects.filter(run_id=run_id).delete()
    run.finished_at = None
    run.save(update_fields=["finished_at"])
    return failed


def barred_groups(run_id: UUID) -> list[UUID]:
    """This function will return the groups that a run could not bill, or not completely."""
    rows = BillFailure.objects.filter(run_id=run_id, group__isnull=False)
    return [group_id for group_id in rows.values_list("group_id", flat=True) if group_id is not None]
