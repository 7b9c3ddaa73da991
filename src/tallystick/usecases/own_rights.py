"""What contacts may hand out to other people of their customer: no more than they have (`docs/model.md`, 32)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from tallystick.customers import queries
from tallystick.foundation.errors import NotAllowed
from tallystick.foundation.permissions import Actor
from tallystick.usecases.roles import Permission


@dataclass(kw_only=True, eq=False)
class RightsAboveOwn(NotAllowed):
    """A contact hands out, takes away or removes what is beyond the own rights."""

    code: ClassVar[str] = "rights_above_own"
    sentence: ClassVar[str] = "You do not have these rights yourself: {rights}. You can neither give nor take them."

    rights: str


def is_own(actor: Actor, contact_id: UUID) -> bool:
    """This function will say whether the actor is this contact."""
    return (actor.kind, actor.id) == ("contact", str(contact_id))


def require_own_rights(actor: Actor, customer_id: UUID, rights: Collection[str]) -> None:
    """This function will let a contact hand out rights that it has itself; staff and programs give any.

    Raises:
        RightsAboveOwn: when it lacks one of them.
    """
    if actor.kind != "contact":
        return
    above = set(rights) - set(queries.contact(UUID(actor.id), of_customer=customer_id).rights)
    if above:
        raise RightsAboveOwn(permission=Permission.MANAGE_CONTACTS, rights=", ".join(sorted(above)))
