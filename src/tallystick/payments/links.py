"""Links by which somebody pays without signing in: made, looked up, revoked.

The secret in an address has 256 bits. It is made from the link's id by the installation's key, so that the address can
be written again, into a mail that is sent twice or for staff who copy it, while the database holds its hash alone.
"""

import base64
import hashlib
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.crypto import salted_hmac

from tallystick.foundation.errors import NotFound
from tallystick.foundation.ids import new_id
from tallystick.foundation.rows import fetch_one
from tallystick.foundation.transactions import needs_transaction
from tallystick.payments.link_models import PaymentLink

INVOICE: Final = "invoice"
FAILED_PAYMENT: Final = "failed_payment"
_SALT: Final = "tallystick.payments.links"
_FIELDS: Final = (
    *("id", "purpose", "invoice_id", "payment_id", "token_sha256", "made_at", "made_by", "is_mailed"),
    *("expires_at", "revoked_at", "revoked_by"),
)
_OPENED: Final = (
    f"SELECT {', '.join(_FIELDS)} FROM payments_paymentlink "  # noqa: S608 - our own columns
    "WHERE token_sha256 = %s AND revoked_at IS NULL AND expires_at > %s"
)


@needs_transaction
def make(
    *,
    at: datetime,
    expires_at: datetime,
    by: str,
    invoice_id: UUID | None = None,
    payment_id: UUID | None = None,
    is_mailed: bool = False,
) -> UUID:
    """This function will make a link to an invoice, or to a failed payment, and return its id."""
    link_id = new_id()
    PaymentLink.objects.create(
        id=link_id,
        purpose=INVOICE if payment_id is None else FAILED_PAYMENT,
        invoice_id=invoice_id,
        payment_id=payment_id,
        token_sha256=_hash(_token(link_id)),
        made_at=at,
        made_by=by,
        is_mailed=is_mailed,
        expires_at=expires_at,
    )
    return link_id


@needs_transaction
def revoke(link_id: UUID, *, by: str, at: datetime) -> bool:
    """This function will revoke a link; False when it was revoked before."""
    return bool(PaymentLink.objects.filter(id=link_id, revoked_at=None).update(revoked_at=at, revoked_by=by))


def token_of(link: dict[str, Any]) -> str:
    """This function will return the secret of a link; empty when the installation's key was changed since."""
    token = _token(link["id"])
    return token if _hash(token) == link["token_sha256"] else ""


def opened_by(token: str, *, at: datetime) -> dict[str, Any] | None:
    """This function will return the link that a secret opens at a moment; None when there is none, or it is over."""
    return fetch_one(_OPENED, [_hash(token), at])


def link(link_id: UUID) -> dict[str, Any]:
    """This function will return a link.

    Raises:
        NotFound: when there is none.
    """
    row: dict[str, Any] | None = PaymentLink.objects.filter(id=link_id).values(*_FIELDS).first()
    if row is None:
        raise NotFound(kind="payment link")
    return row


def links_of_invoice(invoice_id: UUID) -> list[dict[str, Any]]:
    """This function will return the links to an invoice, the newest first."""
    return list(PaymentLink.objects.filter(invoice_id=invoice_id).order_by("-made_at", "-id").values(*_FIELDS))


def mailed(
    *, works_at: datetime, invoice_id: UUID | None = None, payment_id: UUID | None = None
) -> dict[str, Any] | None:
    """This function will return the link that a mail about an invoice, or a failed payment, may name again: one that
    still works at a moment to come.
    """
    thing = {"invoice_id": invoice_id} if payment_id is None else {"payment_id": payment_id}
    rows = PaymentLink.objects.filter(**thing, is_mailed=True, revoked_at=None, expires_at__gt=works_at)
    row: dict[str, Any] | None = rows.order_by("-made_at").values(*_FIELDS).first()
    return row


def state_of(link: dict[str, Any], *, at: datetime) -> str:
    """This function will say whether a link is `live`, `expired` or `revoked` at a moment."""
    if link["revoked_at"] is not None:
        return "revoked"
    return "live" if link["expires_at"] > at else "expired"


def _token(link_id: UUID) -> str:
    digest = salted_hmac(_SALT, link_id.hex, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
