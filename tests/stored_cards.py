"""Cards that customers stored at a gateway account, without the payment by which they were kept."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from tallystick.foundation.transactions import transaction
from tallystick.gateways.port import CardFacts
from tallystick.payments import methods


def stored_card(
    customer: UUID, account: UUID, *, token: str = "", last_four: str = "4242", expires: tuple[int, int] = (12, 2040)
) -> UUID:
    """This function will store a card of a customer and return the method; without a token no gateway knows it."""
    facts = CardFacts(brand="visa", last_four=last_four, expiry_month=expires[0], expiry_year=expires[1])
    with transaction():
        method, _is_new = methods.keep(
            customer_id=customer,
            account_id=account,
            token=token or f"tok_{uuid4().hex}",
            card=facts,
            at=datetime.now(tz=UTC),
        )
    return method
