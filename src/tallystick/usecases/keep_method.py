"""Keeping a payment method that a gateway stored, whether money was taken with it or not, and telling of it once."""

from datetime import datetime
from uuid import UUID

from tallystick.foundation import jobs
from tallystick.gateways.port import CardFacts
from tallystick.payments import methods
from tallystick.payments import queries as payments


def keep_method(*, customer_id: UUID, account_id: UUID, token: str, card: CardFacts, at: datetime) -> UUID:
    """This function will keep a stored card, once however often the gateway tells of it, and return the method.

    Of one that is new the customer's people are told (E41). Called in a transaction.
    """
    is_new = not payments.is_stored(account_id, token)
    method_id = methods.keep(customer_id=customer_id, account_id=account_id, token=token, card=card, at=at)
    if is_new:
        # Two who keep it at the same instant write one mail: it has the method's key.
        jobs.defer("mail.method_added", method_id=str(method_id))
    return method_id
