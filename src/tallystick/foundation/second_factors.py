"""The secrets of authenticator apps and recovery codes, which allauth keeps and this installation's key seals."""

from collections.abc import Iterator
from typing import Final

from allauth.mfa.models import Authenticator

from tallystick.foundation.sealing import SealBroken, is_sealed, unseal

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


def _stored() -> Iterator[str]:
    rows = Authenticator.objects.filter(type__in=SECRET_NAMES).values_list("type", "data")
    return (data[SECRET_NAMES[kind]] for kind, data in rows.iterator())


def _is_readable(stored: str) -> bool:
    try:
        read_secret(stored)
    except SealBroken:
        return False
    return True
