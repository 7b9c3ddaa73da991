"""The tax invoices of purchases from prepaid money, a month each (remark of J20): issued by hand, or by the clock."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from tallystick.foundation import audit, jobs
from tallystick.foundation.clock import local_date
from tallystick.foundation.currency_codes import require_currency
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.months import is_month
from tallystick.foundation.permissions import Actor
from tallystick.usecases.frame import SYSTEM, require_own, use_case
from tallystick.usecases.roles import Permission
from tallystick.wallets import purchase_tax
from tallystick.wallets import purchase_tax_queries as queries
from tallystick.wallets.purchase_tax import NothingToDocument
from tallystick.wire import purchase_tax as wire
from tallystick.wire.purchase_tax import PurchaseTaxDocumentShape


@use_case(Permission.ISSUE_INVOICES)
def issue_purchase_tax_document(
    *,
    actor: Actor,
    at: datetime,
    customer_id: UUID,
    currency: str,
    month: date,
    sends_mail: bool = True,
    idempotency_key: str | None = None,
) -> PurchaseTaxDocumentShape:
    """This function will issue the tax invoice of what a customer bought from a wallet in a month that is over.

    It has all purchases, less credits, as far as their tax was due on use, and posts nothing. `month` is named by its
    first day. Each month has one: asked for again, it is the same, and no mail goes out.

    Raises:
        NotFound: when there is no such customer, or not for this actor.
        InvalidField: when the currency cannot be used, or `month` is not the first day of one.
        MonthNotOver, NothingToDocument: as the names say.
    """
    del idempotency_key
    require_own(actor, customer_id, kind="customer")
    require_currency(currency=currency)
    if not is_month(month):
        raise InvalidField(name="month", reason=_("Name a month by its first day."))
    document_id, is_new = purchase_tax.issue(
        customer_id=customer_id, currency=currency, month=month, day=local_date(at), at=at
    )
    shape = wire.one_purchase_tax_document(document_id)
    if is_new:
        if sends_mail:
            jobs.defer("mail.purchase_tax_document", document_id=str(document_id))
        audit.record(
            actor=actor,
            at=at,
            action="issue_purchase_tax_document",
            kind="customer",
            object_id=customer_id,
            after=shape,
        )
    return shape


def issue_for_last_month(*, at: datetime) -> int:
    """This function will issue the tax invoice of last month for every wallet that lacks it, and return how many.

    Each is an act of its own that stays done, and is not found again: it may be killed, and run as often as anybody
    likes. Months before the last one are issued by hand.
    """
    month = (local_date(at).replace(day=1) - timedelta(days=1)).replace(day=1)
    issued = 0
    for customer_id, currency in queries.waiting(month):
        try:
            issue_purchase_tax_document(actor=SYSTEM, at=at, customer_id=customer_id, currency=currency, month=month)
        except NothingToDocument:
            # All of it was credited since it was found.
            continue
        issued += 1
    return issued
