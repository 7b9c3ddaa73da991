"""Keeping a payment method that a gateway stored, whether money was taken with it or not, and telling of it once."""

from datetime import datetime
from uuid import UUID

from tallystick.foundation import audit, jobs
from tallystick.foundation.ids import public_id
from tallystick.gateways.port import CardFacts
from tallystick.payments import methods
from tallystick.usecases.frame import SYSTEM
from tallystick.wire import builders


def keep_method(*, customer_id: UUID, account_id: UUID, token: str, card: CardFacts, at: datetime) -> UUID | None:
    """This function will keep a stored card, once however often the gateway tells of it, and return the method.

    Of one that is new, or theirs again, the customer's people are told (E41). None is one that another customer has:
    it is not touched, and the trail of the customer says so. Called in a transaction.
    """
    try:
        method_id, is_new = methods.keep(customer_id=customer_id, account_id=account_id, token=token, card=card, at=at)
    except methods.MethodOfAnother as refusal:
        audit.record(
            actor=SYSTEM,
            at=at,
            action="refuse_method",
            kind="customer",
            object_id=customer_id,
            after={
                "method": public_id(builders.PAYMENT_METHOD, refusal.method_id),
                "brand": card.brand,
                "last_four": card.last_four,
            },
        )
        return None
    if is_new:
        # Two who keep it at the same instant write one mail: it has the method's key.
        jobs.defer("mail.method_added", method_id=str(method_id))
    return method_id
