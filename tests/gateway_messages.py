"""Messages of payment services as the inbox holds them."""

from datetime import UTC, datetime
from uuid import UUID

from tallystick.foundation.transactions import transaction
from tallystick.gateways import operations
from tallystick.gateways.port import About, Message


def inbox_message(account_id: UUID, external_id: str, *, state: str = "unmatched") -> UUID:
    """This function will keep a message about a payment of another shop, and return its id."""
    told = Message(
        kind="payment.succeeded",
        about=About.PAYMENT,
        reference="order-4711",
        fact="",
        is_live=False,
        body=external_id.encode(),
        external_id=external_id,
    )
    at = datetime.now(tz=UTC)
    with transaction():
        message_id = operations.store(account_id, told, headers={}, at=at)
        assert message_id is not None
        if state != "stored":
            operations.mark(message_id, state=state, remark="It fits no payment of ours.", at=at)
    return message_id
