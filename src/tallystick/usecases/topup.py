"""Top-up requests: the pro forma that fills the wallet once it is paid (D3, D9, D11; `docs/model.md`, 20).

One is found and paid as an invoice is (`allocate`, `record`, `collect`).
"""

from datetime import datetime
from uuid import UUID

from tallystick.catalog.operations import Archived
from tallystick.catalog.queries import tax_rate
from tallystick.foundation import audit, jobs
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.clock import local_date
from tallystick.foundation.currency_codes import require_currency
from tallystick.foundation.errors import NotFound
from tallystick.foundation.permissions import Actor
from tallystick.invoices import operations as invoices
from tallystick.invoices import queries
from tallystick.invoices.states import TOPUP
from tallystick.usecases import placing
from tallystick.usecases.bill import withdraw
from tallystick.usecases.frame import require_own, use_case
from tallystick.usecases.roles import Permission
from tallystick.wire import wallets as wire
from tallystick.wire.wallets import TopupRequestShape


@use_case(Permission.DRAFT_INVOICES)
def create_topup_request(
    *,
    actor: Actor,
    at: datetime,
    customer_id: UUID,
    currency: str,
    total_minor: int,
    tax_rate_id: UUID | None = None,
    title: str = "",
    remark: str = "",
    idempotency_key: str | None = None,
) -> TopupRequestShape:
    """This function will make a draft of a top-up request and return it.

    Tax is due when the money is used. With a tax rate it is due when the request is paid (J16, tax on top-up): then
    `total_minor` includes it, and the wallet gets the net amount.

    Raises:
        NotFound, Archived: when the customer or the tax rate does not exist, or cannot be chosen any more.
        AmountNotAccepted, InvoiceLinesNotAccepted, InvalidField: when the input cannot make one.
    """
    del idempotency_key
    require_own(actor, customer_id, kind="customer")
    refuse_card_numbers(title=title, remark=remark)
    require_currency(currency=currency)
    if tax_rate_id is not None and tax_rate(tax_rate_id).is_archived:
        raise Archived(kind="tax rate")
    request_id = placing.draft_topup(
        customer_id=customer_id,
        currency=currency,
        amount_minor=total_minor,
        title=title,
        remark=remark,
        at=at,
        tax_rate_id=tax_rate_id,
    )
    shape = wire.one_topup_request(request_id)
    audit.record(actor=actor, at=at, action="create_topup_request", kind="invoice", object_id=request_id, after=shape)
    return shape


@use_case(Permission.ISSUE_INVOICES)
def send_topup_request(
    *, actor: Actor, at: datetime, request_id: UUID, sends_mail: bool = True, idempotency_key: str | None = None
) -> TopupRequestShape:
    """This function will send a draft: it gets its number and goes out by mail. Nothing posts, and nothing is owed.

    Raises:
        NotFound, InvoiceTransitionRefused: when there is no such draft.
    """
    del idempotency_key
    require_request(actor, request_id)
    invoices.send(request_id, day=local_date(at), at=at)
    if sends_mail:
        jobs.defer("mail.topup_request", request_id=str(request_id))
    shape = wire.one_topup_request(request_id)
    audit.record(
        actor=actor,
        at=at,
        action="send_topup_request",
        kind="invoice",
        object_id=request_id,
        before={"state": "draft"},
        after={"state": shape["state"], "number": shape["number"]},
    )
    return shape


@use_case(Permission.VOID_INVOICES)
def void_topup_request(
    *, actor: Actor, at: datetime, request_id: UUID, reason: str, idempotency_key: str | None = None
) -> TopupRequestShape:
    """This function will withdraw a request that was sent while nothing is allocated to it; no credit note is needed.

    Raises:
        NotFound, InvoiceTransitionRefused, InvoiceIsSettled, PaymentInProgress: as the names say.
        InvalidField: when no reason is given.
    """
    del idempotency_key
    require_request(actor, request_id)
    withdraw(request_id, reason=reason, actor=actor, at=at)
    return wire.one_topup_request(request_id)


def require_request(actor: Actor, request_id: UUID) -> None:
    """This function will let the actor reach a top-up request, or say that there is none.

    Raises:
        NotFound: when there is none, it is an invoice, or it belongs to a customer whom the actor does not see.
    """
    row = queries.invoices_by_id([request_id]).get(request_id)
    if row is None or row["kind"] != TOPUP:
        raise NotFound(kind="top-up request")
    require_own(actor, row["customer_id"], kind="top-up request")
