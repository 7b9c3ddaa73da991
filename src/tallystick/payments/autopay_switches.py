"""Payers who pay with another card and let automatic payment go on with it: noted with the try, done once it paid."""

from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from tallystick.foundation.transactions import needs_transaction
from tallystick.payments import terms
from tallystick.payments.autopay_models import AutopaySwitch

# The row as use cases hold it.
SwitchRow: TypeAlias = AutopaySwitch


@needs_transaction
def note(attempt_id: UUID, *, terms_text: str, by: str, through: str, at: datetime) -> None:
    """This function will note that somebody accepted these words with a try."""
    AutopaySwitch.objects.create(
        attempt_id=attempt_id,
        terms_id=terms.keep_words(terms_text),
        accepted_by=by,
        accepted_through=through,
        accepted_at=at,
    )


def is_noted(attempt_id: UUID) -> bool:
    """This function will say whether automatic payment shall go on with the card of a try."""
    return AutopaySwitch.objects.filter(attempt_id=attempt_id).exists()


@needs_transaction
def locked(attempt_id: UUID) -> AutopaySwitch | None:
    """This function will lock and return what was noted with a try, or None when that was done before."""
    rows = AutopaySwitch.objects.select_for_update(of=("self",)).select_related("terms")
    return rows.filter(attempt_id=attempt_id, agreement=None).first()


@needs_transaction
def done(row: AutopaySwitch, agreement_id: UUID) -> None:
    """This function will note which agreement a locked switch became."""
    row.agreement_id = agreement_id
    row.save(update_fields=["agreement"])
