"""Messages of payment services as the inbox holds them."""

from datetime import UTC, datetime
from uuid import UUID

from tallystick.foundation.transactions import transaction
from tallystick.gateways import operations
from tallystick.gateways.port import About, Message
from tallystick.usecases import set_up
from tallystick.usecases.frame import SYSTEM


def silent_account() -> UUID:
    """This function will set up an account at a payment service behind which nobody listens."""
    return set_up.set_up_gateway(
        actor=SYSTEM,
        at=datetime.now(tz=UTC),
        adapter="sandbox",
        name="Cards",
        configuration={
            "base_url": "http://127.0.0.1:9",
            "secret_key": "sk_none",
            "webhook_secrets": ["whsec_none"],
            "timeout_seconds": 20,
        },
        is_live=False,
    )


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
