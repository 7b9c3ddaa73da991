"""`/customers/{id}/statement`: what moved on a customer's account, and how old is what is open."""

from typing import Annotated

from django.http import StreamingHttpResponse
from ninja import Query
from pydantic import Field

from tallystick.customers import queries as customers
from tallystick.foundation.files import File
from tallystick.foundation.transactions import snapshot
from tallystick.interfaces.api.door import CSV_ANSWER, PDF_ANSWER, Request, RequiredKey, Room, asked, call
from tallystick.interfaces.api.inputs import Day, Input
from tallystick.interfaces.api.lists import PageQuery
from tallystick.interfaces.kit.statement_file import statement_file
from tallystick.reports import statements as reports
from tallystick.reports.statements import Asked
from tallystick.usecases import statements
from tallystick.usecases.roles import Permission
from tallystick.wire.ids import customer_id_of
from tallystick.wire.statements import SentStatementShape, StatementShape, position_of, statement_shape

router = Room(tags=["customers"])

FirstDay = Annotated[Day | None, Field(description="The first day; without it, from the beginning.")]
LastDay = Annotated[Day | None, Field(description="The last day, which counts too; without it, today.")]
KnownOn = Annotated[
    Day | None, Field(description="Leaves out what was recorded after this day: the statement as it was known then.")
]


class StatementQuery(Input):
    """Which days a statement covers, by the days for which entries count."""

    from_date: FirstDay = None
    until_date: LastDay = None
    known_on: KnownOn = None


class StatementPageQuery(PageQuery):
    """A page of a statement."""

    from_date: FirstDay = None
    until_date: LastDay = None
    known_on: KnownOn = None


class SendStatementInput(Input):
    """Which days the statement covers that is sent."""

    from_date: FirstDay = None
    until_date: LastDay = None


@router.get(
    "/{customer_id}/statement", response=StatementShape, summary="Statement of account", operation_id="get_statement"
)
def get_statement(request: Request, customer_id: str, query: Query[StatementPageQuery]) -> StatementShape:
    """Answers with the balances of each currency at both ends, the ageing of what is open, and a page of what moved in
    between, each with the balances after it. An entry stands at the day for which it counts (invoice date, received
    date, day of the act), so what is recorded late changes statements of the past. Needs `view`.
    """
    covered = _covered(request, customer_id, query, Permission.VIEW)
    after = position_of(query.cursor)
    with snapshot():
        moved = reports.movements(covered, after=after, limit=query.limit + 1)
        return statement_shape(
            covered,
            known_on=query.known_on,
            balances=reports.balances(covered),
            movements=moved,
            named=reports.names(moved),
            limit=query.limit,
        )


@router.get(
    "/{customer_id}/statement/pdf",
    summary="Download a statement as PDF",
    operation_id="download_statement",
    openapi_extra=PDF_ANSWER,
)
def download_statement(request: Request, customer_id: str, query: Query[StatementQuery]) -> File:
    """Answers with the statement as PDF/A-3. Of each currency it lists the last thousand movements and says how many it
    leaves out; the CSV has all. Needs `download`.
    """
    covered = _covered(request, customer_id, query, Permission.DOWNLOAD)
    return statements.statement_document(actor=request.auth, asked=covered)


@router.get(
    "/{customer_id}/statement/csv",
    summary="Download a statement as CSV",
    operation_id="download_statement_csv",
    openapi_extra=CSV_ANSWER,
)
def download_statement_csv(request: Request, customer_id: str, query: Query[StatementQuery]) -> StreamingHttpResponse:
    """Answers with every movement as CSV, streamed, however many there are. Needs `download`."""
    covered = _covered(request, customer_id, query, Permission.DOWNLOAD)
    return statement_file(covered, customers.customer(covered.customer_id)["number"])


@router.post(
    "/{customer_id}/statement/send",
    response=SentStatementShape,
    summary="Send a statement",
    operation_id="send_statement",
)
def send_statement(
    request: Request, customer_id: str, key: RequiredKey, body: SendStatementInput
) -> SentStatementShape:
    """Mails the statement as PDF to the billing contacts; to all contacts when none is for billing. Needs
    `mail.resend`.
    """
    return statements.send_statement(customer_id=customer_id_of(customer_id), **body.model_dump(), **call(request, key))


def _covered(
    request: Request, customer_id: str, query: StatementQuery | StatementPageQuery, permission: Permission
) -> Asked:
    return statements.asked_for(
        **asked(request),
        customer_id=customer_id_of(customer_id),
        from_date=query.from_date,
        until_date=query.until_date,
        known_on=query.known_on,
        permission=permission,
    )
