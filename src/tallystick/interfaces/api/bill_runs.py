"""`/bill_runs`: everything that is due becomes invoices; begun here, and gone through by jobs."""

from typing import Annotated

from ninja import Query
from pydantic import Field
from typing_extensions import TypedDict

from tallystick.interfaces.api.door import Request, RequiredKey, Room, call, viewer
from tallystick.interfaces.api.inputs import Day, Input, Nothing
from tallystick.interfaces.api.lists import Cursor, Listed, PageQuery, listed
from tallystick.subscriptions import run_queries
from tallystick.usecases import bill_run
from tallystick.usecases.frame import require_unscoped
from tallystick.usecases.roles import Permission
from tallystick.wire import bill_runs as wire
from tallystick.wire.bill_runs import BillFailureShape, BillPreviewShape, BillRunShape
from tallystick.wire.ids import bill_run_id_of

router = Room(tags=["bill runs"])


class BillRunInput(Input):
    """Up to which day is billed."""

    as_of_date: Annotated[
        Day | None,
        Field(description="Every period that began on this day or before; today when left out, never later."),
    ] = None


class BillPreviewInput(Input):
    """Up to which day would be billed."""

    as_of_date: Annotated[Day, Field(description="Every period that begins on this day or before; it may be to come.")]


class BillRunPage(TypedDict):
    """A page of bill runs; `failures` is empty in a list."""

    data: list[BillRunShape]
    next_cursor: Cursor
    previous_cursor: Cursor


class BillFailurePage(TypedDict):
    """A page of what a run could not bill."""

    data: list[BillFailureShape]
    next_cursor: Cursor
    previous_cursor: Cursor


@router.get("", response=BillRunPage, summary="List bill runs", operation_id="list_bill_runs")
def list_bill_runs(request: Request, query: Query[PageQuery]) -> Listed:
    """Answers with bill runs, the newest first. Needs `view`, and a key that is not narrowed to one customer."""
    require_unscoped(viewer(request), Permission.VIEW)
    page = run_queries.runs_page(cursor=query.cursor, limit=query.limit)
    return listed(wire.run_shapes(page.rows), page)


@router.post("", response={201: BillRunShape}, summary="Begin a bill run", operation_id="begin_bill_run")
def begin_bill_run(request: Request, key: RequiredKey, body: BillRunInput) -> BillRunShape:
    """Begins a run over everything that is due, and answers at once; ask for it again to see how far it is. Every day
    a run begins by itself, just after midnight. Needs `billing.run`.
    """
    return bill_run.begin_bill_run(as_of_date=body.as_of_date, workers=bill_run.WORKERS, **call(request, key))


@router.post("/preview", response=BillPreviewShape, summary="Preview a bill run", operation_id="preview_bill_run")
def preview_bill_run(request: Request, key: RequiredKey, body: BillPreviewInput) -> BillPreviewShape:
    """Tells what a run would bill, and bills nothing. Needs `billing.run`."""
    return bill_run.preview_bill_run(as_of_date=body.as_of_date, **call(request, key))


@router.get("/{bill_run_id}", response=BillRunShape, summary="Get a bill run", operation_id="get_bill_run")
def get_bill_run(request: Request, bill_run_id: str) -> BillRunShape:
    """Answers with a run, what it billed so far, and the first of what it could not bill. Needs `view`."""
    require_unscoped(viewer(request), Permission.VIEW)
    return wire.one_run(bill_run_id_of(bill_run_id))


@router.get(
    "/{bill_run_id}/failures",
    response=BillFailurePage,
    summary="List what a bill run could not bill",
    operation_id="list_bill_failures",
)
def list_bill_failures(request: Request, bill_run_id: str, query: Query[PageQuery]) -> Listed:
    """Answers with the subscriptions and groups that the run could not bill, in order. Needs `view`."""
    require_unscoped(viewer(request), Permission.VIEW)
    run_id = bill_run_id_of(bill_run_id)
    run_queries.run(run_id)
    page = run_queries.failures_page(run_id, cursor=query.cursor, limit=query.limit)
    return listed([wire.failure_shape(row) for row in page.rows], page)


@router.post(
    "/{bill_run_id}/rerun", response=BillRunShape, summary="Try again what failed", operation_id="rerun_failed"
)
def rerun_failed(request: Request, bill_run_id: str, key: RequiredKey, body: Nothing) -> BillRunShape:
    """Lets a finished run try again what it could not bill. Needs `billing.run`."""
    del body
    return bill_run.rerun_failed(run_id=bill_run_id_of(bill_run_id), workers=bill_run.WORKERS, **call(request, key))
