"""Fixtures of mail: a moment, a way to queue, and settings that do not outlive their test."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from tests.correspondence.smtp_server import SmtpServer

AT = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)


@pytest.fixture
def set_up() -> Callable[..., None]:
    """Stores settings by their names in `mail_settings`."""

    def put(**values: Any) -> None:
        from tallystick.correspondence import mail_settings
        from tallystick.foundation import settings_store
        from tallystick.foundation.transactions import transaction

        with transaction():
            for name, value in values.items():
                settings_store.put(getattr(mail_settings, name), value)

    return put


@pytest.fixture
def use_server(set_up: Callable[..., None]) -> Callable[[SmtpServer], None]:
    """Sets up a server of the test as the mail server."""

    def use(server: SmtpServer) -> None:
        set_up(
            TRANSPORT="smtp",
            HOST="127.0.0.1",
            PORT=server.port,
            SECURITY="none",
            SENDER_NAME="Northwind Hosting",
            SENDER_ADDRESS="billing@northwind.example",
        )

    return use


def queue_one(email: str = "mary@ivory.example", *, unique_key: str = "receipt:1", at: datetime = AT) -> UUID:
    """This function will queue a receipt to one address."""
    [message_id] = queue_to([email], unique_key=unique_key, at=at)
    return message_id


def queue_to(
    emails: list[str], *, unique_key: str = "receipt:1", at: datetime = AT, name: str = "Mary O'Neill"
) -> list[UUID]:
    """This function will queue a receipt to some addresses, and return the ids of what is new."""
    from tallystick.correspondence.contents import Kind
    from tallystick.correspondence.operations import Recipient, queue
    from tallystick.correspondence.rendering import render
    from tallystick.foundation.transactions import transaction
    from tests.correspondence import samples

    with transaction():
        return queue(
            kind=Kind.RECEIPT,
            recipients=[Recipient(name=name, email=email) for email in emails],
            customer_id=None,
            about=("payment", UUID(int=1)),
            unique_key=unique_key,
            content=render(Kind.RECEIPT, samples.receipt()),
            at=at,
        )


def waiting_jobs() -> list[tuple[str, datetime | None]]:
    """This function will return the message and the time of each job that waits to deliver, oldest first."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args->>'message_id', scheduled_at FROM procrastinate_jobs "
            "WHERE task_name = 'correspondence.deliver' AND status = 'todo' ORDER BY id"
        )
        return [(message_id, at) for message_id, at in cursor.fetchall()]
