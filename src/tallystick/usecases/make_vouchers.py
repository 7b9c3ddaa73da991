"""Vouchers: made in batches, sold to resellers, downloaded to be printed, deactivated (B14, B17; model 21)."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from tallystick.foundation import audit, business
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.clock import local_date
from tallystick.foundation.currency_codes import require_currency
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.files import File
from tallystick.foundation.permissions import Actor
from tallystick.invoices.documents.drawing import render_vouchers
from tallystick.invoices.documents.facts import VoucherFacts, VouchersFacts
from tallystick.payments.operations import ReceivedInFuture
from tallystick.usecases import places
from tallystick.usecases.document_facts import paper_of
from tallystick.usecases.frame import require_unscoped, use_case
from tallystick.usecases.roles import Permission
from tallystick.wallets import voucher_queries as queries
from tallystick.wallets import vouchers
from tallystick.wallets.voucher_queries import CodeFacts
from tallystick.wallets.vouchers import BatchTerms
from tallystick.wire import vouchers as wire
from tallystick.wire.vouchers import VoucherBatchShape

_KIND: Final = "voucher_batch"
_NOBODY: Final = {
    "name": "",
    "address_lines": "",
    "postal_code": "",
    "city": "",
    "region": "",
    "country": "",
    "tax_id": "",
    "number": "",
    "language": "",
}


@use_case(Permission.MANAGE_VOUCHERS)
def create_voucher_batch(
    *, actor: Actor, at: datetime, terms: BatchTerms, idempotency_key: str | None = None
) -> VoucherBatchShape:
    """This function will make a batch of vouchers with their codes, and return it. Nothing posts (J01).

    Raises:
        ScopeTooNarrow: when the actor sees one customer alone.
        InvalidField: when its terms do not go together.
        NotFound: when one of its customers does not exist.
    """
    del idempotency_key
    require_unscoped(actor, Permission.MANAGE_VOUCHERS)
    refuse_card_numbers(name=terms.name, remark=terms.remark, reseller=terms.reseller)
    require_currency(currency=terms.currency)
    batch_id = vouchers.create_batch(terms, by=actor.label, at=at)
    shape = wire.one_batch(batch_id, today=local_date(at))
    audit.record(actor=actor, at=at, action="create_voucher_batch", kind=_KIND, object_id=batch_id, after=shape)
    return shape


@use_case(Permission.MANAGE_VOUCHERS)
def sell_voucher_batch(
    *,
    actor: Actor,
    at: datetime,
    batch_id: UUID,
    method: str,
    received_date: date | None = None,
    idempotency_key: str | None = None,
) -> VoucherBatchShape:
    """This function will record that a reseller paid for a batch (J24): its vouchers can be redeemed from now on.

    Raises:
        ScopeTooNarrow, NotFound, BatchNotSellable: as the names say.
        ReceivedInFuture, InvalidField, NoExchangeRate: when the money cannot have come like that.
    """
    del idempotency_key
    require_unscoped(actor, Permission.MANAGE_VOUCHERS)
    today = local_date(at)
    received = received_date or today
    if received > today:
        raise ReceivedInFuture(received_date=received, today=today)
    total = vouchers.sell_batch(batch_id, method=method, received_date=received, at=at)
    shape = wire.one_batch(batch_id, today=today)
    audit.record(
        actor=actor,
        at=at,
        action="sell_voucher_batch",
        kind=_KIND,
        object_id=batch_id,
        after={"total_minor": total, "currency": shape["currency"], "method": method, "sold_date": shape["sold_date"]},
    )
    return shape


@use_case(Permission.MANAGE_VOUCHERS)
def deactivate_voucher_batch(
    *, actor: Actor, at: datetime, batch_id: UUID, reason: str, idempotency_key: str | None = None
) -> VoucherBatchShape:
    """This function will make what is left of a batch worthless, and forget its codes. What was redeemed stays.

    Raises:
        ScopeTooNarrow, NotFound, BatchDeactivated: as the names say.
        InvalidField: when no reason is given.
    """
    del idempotency_key
    require_unscoped(actor, Permission.MANAGE_VOUCHERS)
    if not reason.strip():
        raise InvalidField(name="reason", reason="Say why this batch is deactivated.")
    refuse_card_numbers(reason=reason)
    vouchers.deactivate_batch(batch_id, at=at)
    shape = wire.one_batch(batch_id, today=local_date(at))
    audit.record(
        actor=actor,
        at=at,
        action="deactivate_voucher_batch",
        kind=_KIND,
        object_id=batch_id,
        after={"state": shape["state"], "reason": reason},
    )
    return shape


@use_case(Permission.MANAGE_VOUCHERS)
def voucher_codes(*, actor: Actor, at: datetime, batch_id: UUID) -> list[CodeFacts]:
    """This function will return the codes of a batch, and write down who took them.

    Raises:
        ScopeTooNarrow, NotFound: as the names say.
        BatchDeactivated, SealBroken: when the codes are gone.
    """
    require_unscoped(actor, Permission.MANAGE_VOUCHERS)
    found = list(queries.codes(batch_id))
    audit.record(actor=actor, at=at, action="download_voucher_codes", kind=_KIND, object_id=batch_id)
    return found


def voucher_sheets(*, actor: Actor, at: datetime, batch_id: UUID) -> File:
    """This function will return the vouchers of a batch that can still be redeemed as PDF, ten to a page, to be cut.

    Raises:
        NotAllowed, ScopeTooNarrow, NotFound: as the names say.
        BatchDeactivated, SealBroken: when the codes are gone.
        DocumentNotDrawn: when it cannot be drawn.
    """
    listed = voucher_codes(actor=actor, at=at, batch_id=batch_id)
    row = queries.batch(batch_id)
    facts = VouchersFacts(
        **paper_of(business.frozen_party(), _NOBODY),
        name=row["name"],
        number=row["number"],
        currency=row["currency"],
        gives=row["gives"],
        amount_minor=row["amount_minor"],
        multiplier=row["multiplier"],
        minimum_topup_minor=row["minimum_topup_minor"],
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
        made_date=local_date(row["created_at"]),
        redeem_url=places.portal_wallet(),
        vouchers=tuple(VoucherFacts(number=each.number, code=each.code) for each in listed if each.uses_left),
    )
    return File(name=f"{row['number']}.pdf", media_type="application/pdf", content=render_vouchers(facts))
