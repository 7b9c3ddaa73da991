"""Mails about stored payment methods: one was added, or removed. They say so to whoever could mend it (E41)."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tallystick.correspondence.contents import Letter
from tallystick.correspondence.method_contents import MethodAdded, MethodRemoved
from tallystick.correspondence.queries import letterhead
from tallystick.customers import queries as customers
from tallystick.customers.mails import Mail, recipients
from tallystick.customers.queries import ContactFacts
from tallystick.customers.rights import Right
from tallystick.foundation.clock import business_zone
from tallystick.payments import queries as payments
from tallystick.usecases import places
from tallystick.usecases.letters import queue_letter
from tallystick.wire import words


def write_added(*, method_id: UUID, at: datetime) -> int:
    """This function will tell the contacts with the right over methods that one was stored: once each time.

    Whoever added it is among them: without the right it cannot be begun.

    Raises:
        NotFound: when there never was such a method.
    """
    row = payments.any_method(method_id)
    people = _who_hear(customers.contacts(row["customer_id"]))
    return _write(MethodAdded, row, people, changed_at=row["created_at"], at=at)


def write_removed(*, method_id: UUID, by_contact_id: UUID | None, at: datetime) -> int:
    """This function will tell the contacts with the right over methods, and the one who did it, that a method was
    removed: once each time.

    Nothing is written when it is stored again, or still.

    Raises:
        NotFound: when there never was such a method.
    """
    row = payments.any_method(method_id)
    if row["removed_at"] is None:
        return 0
    people = _who_hear(customers.contacts(row["customer_id"]), by=by_contact_id)
    return _write(MethodRemoved, row, people, changed_at=row["removed_at"], at=at)


def _write(
    kind: type[MethodAdded], row: dict[str, Any], people: list[ContactFacts], *, changed_at: datetime, at: datetime
) -> int:
    customer = customers.customer(row["customer_id"])
    zone = ZoneInfo(customer["time_zone"]) if customer["time_zone"] else business_zone()

    def letter(locale: str) -> Letter:
        return kind(
            business=letterhead(),
            locale=locale,
            customer_name=customer["name"],
            method=words.method_words("gateway", brand=row["brand"], last_four=row["last_four"]),
            changed_at=changed_at.astimezone(zone),
            methods_url=places.portal_methods(),
        )

    return queue_letter(
        letter,
        customer,
        people,
        about=("customer", customer["id"]),
        # One that was removed may be stored again, and is told of again.
        unique_key=f"{kind.kind}:{row['id']}:{changed_at.timestamp():.6f}",
        at=at,
    )


def _who_hear(people: list[ContactFacts], *, by: UUID | None = None) -> list[ContactFacts]:
    """Nobody can choose not to hear of it; where no contact has the right, those hear of it who hear of autopay."""
    found = [each for each in people if Right.MANAGE_METHODS in each.rights or each.id == by]
    return found or recipients(Mail.FAILED_PAYMENTS, people)
