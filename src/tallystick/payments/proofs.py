"""Proofs of promised transfers: kept as they were handed in, read by staff (`docs/model.md`, 7)."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from tallystick.foundation.errors import NotFound
from tallystick.foundation.transactions import needs_transaction
from tallystick.foundation.uploads import FileNotAccepted, Upload
from tallystick.payments.models import Payment
from tallystick.payments.proof_models import TransferProof

# More than that nobody needs to find one transfer, and no customer shall fill our disk.
MOST_PROOFS: Final = 5
_FIELDS: Final = ("id", "name", "media_type", "size", "sha256", "added_at", "added_by")


@needs_transaction
def add(payment: Payment, upload: Upload, *, by: str, at: datetime) -> UUID:
    """This function will keep a proof with a locked payment and return its id.

    Raises:
        FileNotAccepted: when the payment has as many as it can have.
    """
    if TransferProof.objects.filter(payment=payment).count() >= MOST_PROOFS:
        said = _("A payment has at most %(most)s files. Write to us if you have more.")
        raise FileNotAccepted(reason=said % {"most": MOST_PROOFS})
    return TransferProof.objects.create(payment=payment, added_at=at, added_by=by, **upload.columns()).id


def of_payment(payment_id: UUID) -> list[dict[str, Any]]:
    """This function will return the proofs of a payment without their content, oldest first."""
    return list(TransferProof.objects.filter(payment_id=payment_id).order_by("id").values(*_FIELDS))


def content_of(proof_id: UUID, *, of_payment: UUID) -> tuple[dict[str, Any], bytes]:
    """This function will return a proof of a payment and its bytes.

    Raises:
        NotFound: when there is none.
    """
    row = TransferProof.objects.filter(id=proof_id, payment_id=of_payment).values(*_FIELDS, "content").first()
    if row is None:
        raise NotFound(kind="proof of a transfer")
    return dict(row), bytes(row["content"])
