"""The mail to staff when a customer is stopped from trying cards (E41)."""

from datetime import datetime
from uuid import UUID

from tallystick.correspondence import operations
from tallystick.correspondence.card_contents import CardTriesStopped
from tallystick.correspondence.operations import Recipient
from tallystick.correspondence.queries import letterhead
from tallystick.correspondence.rendering import render
from tallystick.customers import queries as customers
from tallystick.foundation import staff
from tallystick.foundation.ids import public_id
from tallystick.foundation.transactions import transaction
from tallystick.usecases.places import place
from tallystick.usecases.roles import Permission
from tallystick.wire import builders


def write(*, customer_id: UUID, minutes: int, unique: str, at: datetime) -> int:
    """This function will mail every member of staff who may collect payments that a customer was stopped, for so many
    minutes. Each gets one mail for each stop, named by `unique`. Returns how many mails are new.

    Raises:
        NotFound: when there is no such customer.
    """
    needed = {Permission.VIEW, Permission.COLLECT_PAYMENTS}
    readers = [
        Recipient(name=each.name, email=each.email)
        for each in staff.members()
        if each.is_active and needed <= each.permissions
    ]
    letter = CardTriesStopped(
        business=letterhead(),
        locale="",
        customer_name=customers.customer(customer_id)["name"],
        minutes=minutes,
        customer_url=place("office:customer", public_id(builders.CUSTOMER, customer_id)),
    )
    with transaction():
        fresh = operations.queue(
            kind=letter.kind,
            recipients=readers,
            customer_id=None,
            about=("customer", customer_id),
            unique_key=f"card_tries:{unique}",
            content=render(letter.kind, letter),
            at=at,
        )
    return len(fresh)
