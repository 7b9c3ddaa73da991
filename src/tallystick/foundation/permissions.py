"""Who acts, and whether they may. Which permissions there are is said in `usecases.roles`; keys are in `api_keys`."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from tallystick.foundation.errors import NotAllowed
from tallystick.foundation.models import User
from tallystick.foundation.rows import fetch

_GRANTED = (
    "SELECT role.permissions FROM foundation_role AS role "
    "JOIN foundation_role_users AS held ON held.role_id = role.id WHERE held.user_id = %s"
)

ActorKind = Literal["staff", "contact", "api_key", "gateway", "system", "link"]


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Whoever asks for something: a person, a program, a gateway, or the system itself.

    `scope` narrows what the actor can see to one thing, such as ("customer", its id); None is everything.
    """

    kind: ActorKind
    id: str
    label: str
    permissions: frozenset[str]
    scope: tuple[str, UUID] | None = None
    # A keyed hash of the network address from which a customer acts; empty where nobody asks for it.
    address: str = ""

    @property
    def principal(self) -> str:
        """The name under which idempotency keys are kept: two principals never share a key."""
        return f"{self.kind}:{self.id}"

    def may(self, permission: str) -> bool:
        """This function will say whether the actor holds the permission."""
        return permission in self.permissions

    def require(self, permission: str) -> None:
        """This function will let the actor pass or refuse.

        Raises:
            NotAllowed: when the actor lacks the permission.
        """
        if not self.may(permission):
            raise NotAllowed(permission=permission)


def staff_actor(user: User) -> Actor:
    """This function will return the actor behind a signed-in member of staff: the union of the roles' permissions."""
    granted: set[str] = set()
    for role in fetch(_GRANTED, [user.id]):
        granted.update(role["permissions"])
    return Actor(kind="staff", id=str(user.id), label=user.get_full_name(), permissions=frozenset(granted))


def system_actor(label: str, permissions: frozenset[str]) -> Actor:
    """This function will return the system acting by itself, as the named job or command."""
    return Actor(kind="system", id=label, label=label, permissions=permissions)
