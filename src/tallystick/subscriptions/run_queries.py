"""Reading bill runs: their progress is the sum of what their steps committed."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Sum

from tallystick.foundation.errors import NotFound
from tallystick.foundation.ids import new_id
from tallystick.foundation.paging import Page, page
from tallystick.foundation.rows import fetch
from tallystick.subscriptions import billing
from tallystick.subscriptions.models import BillChunk, BillFailure, BillRun

RUN_FIELDS = ("id", "as_of_date", "started_at", "started_by", "finished_at")
FAILURE_FIELDS = ("id", "at", "code", "sentence", "subscription_id", "group_id")

# Subscriptions that may take a step of `turning.turn` by a day.
_TURNING = """
SELECT FROM subscriptions_subscription AS subscription
WHERE state IN ('trial', 'active', 'paused', 'suspended') AND (
    (state = 'active' AND paused_date <= %(day)s) OR resume_date <= %(day)s
    OR (state = 'trial' AND billing_start_date <= %(day)s)
    OR (end_date <= %(day)s AND (next_period_start IS NULL OR state = 'paused'))
    OR EXISTS (
        SELECT FROM subscriptions_planchange AS planned WHERE planned.subscription_id = subscription.id
        AND applied_at IS NULL AND withdrawn_at IS NULL AND effective_date <= %(day)s
    )
) LIMIT 1
"""


def run(run_id: UUID) -> dict[str, Any]:
    """This function will return a run's columns.

    Raises:
        NotFound: when there is none with this id.
    """
    row: dict[str, Any] | None = BillRun.objects.filter(id=run_id).values(*RUN_FIELDS).first()
    if row is None:
        raise NotFound(kind="bill run")
    return row


def runs_page(*, cursor: str = "", limit: int = 50) -> Page:
    """This function will return a page of runs, newest first."""
    return page(BillRun.objects.values(*RUN_FIELDS), order=("-started_at", "-id"), cursor=cursor, limit=limit)


def sums_of(run_ids: Iterable[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """This function will return what several runs billed so far: invoices, periods and total in each currency."""
    by_run: dict[UUID, list[dict[str, Any]]] = {run_id: [] for run_id in run_ids}
    rows = BillChunk.objects.filter(run_id__in=list(by_run)).values("run_id", "currency").order_by("currency")
    for row in rows.annotate(invoices=Sum("invoices"), periods=Sum("periods"), total_minor=Sum("total_minor")):
        by_run[row["run_id"]].append({name: row[name] for name in ("currency", "invoices", "periods", "total_minor")})
    return by_run


def failure_counts(run_ids: Iterable[UUID]) -> dict[UUID, int]:
    """This function will return how much failed in several runs; a run without failures is left out."""
    rows = BillFailure.objects.filter(run_id__in=list(run_ids)).values("run_id").annotate(failed=Count("id"))
    return {row["run_id"]: row["failed"] for row in rows}


def failures_page(run_id: UUID, *, cursor: str = "", limit: int = 50) -> Page:
    """This function will return a page of what failed in a run, in order, each with the names that people know."""
    rows = BillFailure.objects.filter(run_id=run_id).values(
        *FAILURE_FIELDS,
        subscription_number=F("subscription__number"),
        customer_id=F("subscription__customer_id"),
        customer_name=F("subscription__customer__name"),
        group_name=F("group__name"),
    )
    return page(rows, order=("id",), cursor=cursor, limit=limit)


def unfinished_runs() -> list[dict[str, Any]]:
    """This function will return the runs that go on, or that were left by whoever was at them; the oldest first."""
    return list(BillRun.objects.filter(finished_at=None).order_by("started_at", "id").values(*RUN_FIELDS))


def was_run_for(day: date) -> bool:
    """This function will say whether a run over everything due on a day, or later, was begun."""
    return BillRun.objects.filter(as_of_date__gte=day).exists()


def last_day() -> date | None:
    """This function will return the latest day up to which a run was begun, or None before the first."""
    latest: date | None = BillRun.objects.aggregate(latest=Max("as_of_date"))["latest"]
    return latest


def is_anything_due(day: date) -> bool:
    """This function will say whether a run up to a day would find anything: to bill, or turned by a date.

    It looks only, and may see work where `turning.turn` waits for another day; it overlooks none.
    """
    if billing.is_anything_due(run_id=new_id(), as_of=day, barred_groups=[]):
        return True
    return bool(fetch(_TURNING, {"day": day}))
