"""Writing attempts: one try at a gateway, committed before the gateway is called, live until its outcome is final."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias
from uuid import UUID

from django_integrity.conversion import Named, refine_integrity_error

from tallystick.foundation.errors import Conflict, NotFound
from tallystick.foundation.transactions import needs_transaction
from tallystick.gateways.port import Answer
from tallystick.payments import tries
from tallystick.payments.exchange import Came
from tallystick.payments.models import Attempt, Payment

# The row as other rooms hold it: locked, never saved by them.
AttemptRow: TypeAlias = Attempt


@dataclass(kw_only=True, eq=False)
class PaymentInProgress(Conflict):
    """Another attempt at the same debt is under way (`docs/model.md`, 4).

    At this payment (`begin`), or at one of its invoices (`allocations.operations.reserve`).
    """

    code: ClassVar[str] = "payment_in_progress"
    sentence: ClassVar[str] = (
        "A payment for this is already being processed. Wait for its result, or cancel it, before paying again."
    )


@needs_transaction
def begin(
    payment: Payment,
    *,
    account_id: UUID,
    owed_minor: int,
    asked: Came | None,
    method_id: UUID | None,
    agreement_id: UUID | None,
    off_session: bool,
    saves_method: bool,
    return_url: str,
    at: datetime,
) -> Attempt:
    """This function will write down a try before it is made. It shall pay what is owed, in minor units of the payment's
    currency; `asked` is what the gateway takes for it, when it is charged in another one.

    Raises:
        PaymentInProgress: when the payment has a live attempt.
    """
    with refine_integrity_error([(Named("one_live_attempt_per_payment"), PaymentInProgress)]):
        return Attempt.objects.create(
            payment=payment,
            account_id=account_id,
            method_id=method_id,
            agreement_id=agreement_id,
            amount_minor=owed_minor if asked is None else asked.minor,
            currency=payment.currency if asked is None else asked.currency,
            owed_minor=None if asked is None else owed_minor,
            off_session=off_session,
            saves_method=saves_method,
            return_url=return_url,
            created_at=at,
        )


@needs_transaction
def locked(attempt_id: UUID) -> Attempt:
    """This function will lock the attempt until the transaction ends.

    Raises:
        NotFound: when there is none.
    """
    row = Attempt.objects.select_for_update(of=("self",)).filter(id=attempt_id).first()
    if row is None:
        raise NotFound(kind="attempt")
    return row


@needs_transaction
def record(attempt: Attempt, answer: Answer, *, at: datetime) -> None:
    """This function will write down what the gateway said of a locked attempt."""
    if answer.card is not None:
        attempt.brand, attempt.last_four = answer.card.brand, answer.card.last_four
    tries.record(attempt, answer, at=at)


@needs_transaction
def give_to(attempt: Attempt, payment_id: UUID) -> None:
    """This function will make a locked attempt that succeeded late the attempt of the receipt that it became."""
    if attempt.payment_id != payment_id:
        attempt.payment_id = payment_id
        attempt.save(update_fields=["payment"])
