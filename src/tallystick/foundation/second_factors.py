"""The secrets of authenticator apps and recovery codes, which allauth keeps and this installation's key seals."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final
from uuid import UUID

from allauth.mfa.models import Authenticator

from tallystick.foundation.sealing import SealBroken, is_sealed, unseal
from tallystick.foundation.transactions import needs_transaction

# Where allauth keeps the secret of each; passkeys leave nothing here that would be one.
SECRET_NAMES: Final = {"totp": "secret", "recovery_codes": "seed"}


def read_secret(stored: str) -> str:
    """This function will return a secret of a second factor as it is used.

    Raises:
        SealBroken: when another installation's key sealed it.
    """
    # While the tables were brought up to this version, an older process may still have written one as it was.
    return unseal(stored) if is_sealed(stored) else stored


def unreadable() -> int:
    """This function will return how many second factors another installation's key has sealed."""
    return sum(not _is_readable(stored) for stored in _stored())


def held_by(user_ids: Iterable[UUID]) -> dict[UUID, frozenset[str]]:
    """This function will return which second factors users have: `totp`, `webauthn`, or both; recovery codes are none.

    Who has none is left out.
    """
    held: dict[UUID, set[str]] = defaultdict(set)
    rows = Authenticator.objects.filter(user_id__in=list(user_ids)).exclude(type="recovery_codes")
    for user_id, kind in rows.values_list("user_id", "type"):
        held[user_id].add(kind)
    return {user_id: frozenset(kinds) for user_id, kinds in held.items()}


@needs_transaction
def remove_all(user_id: UUID) -> frozenset[str]:
    """This function will remove a user's second factors and recovery codes, and return the kinds that there were."""
    rows = Authenticator.objects.filter(user_id=user_id).select_for_update()
    kinds = frozenset(row.type for row in rows)
    rows.delete()
    return kinds


def _stored() -> Iterator[str]:
    rows = Authenticator.objects.filter(type__in=SECRET_NAMES).values_list("type", "data")
    return (data[SECRET_NAMES[kind]] for kind, data in rows.iterator())


def _is_readable(stored: str) -> bool:
    try:
        read_secret(stored)
    except SealBroken:
        return False
    return True
