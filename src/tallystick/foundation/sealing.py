"""Secrets that must be read again are sealed in the database: encrypted and authenticated, by the installation's key.

What only needs to be compared, such as API keys and links, is kept as a hash instead and never comes here.
"""

import base64
from dataclasses import dataclass
from typing import ClassVar, Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from tallystick.foundation.errors import Conflict

_MARK: Final = "sealed:"
# Keeps this use of the installation's key apart from every other one (RFC 5869, section 3.2).
_PURPOSE: Final = b"tallystick.foundation.sealing"


@dataclass(kw_only=True, eq=False)
class SealBroken(Conflict):
    """A sealed secret was sealed by another installation's key, or changed since."""

    code: ClassVar[str] = "seal_broken"
    sentence: ClassVar[str] = (
        "A secret in the database was not sealed with this installation's key. Give it the key that belongs to its "
        "database: the file secret-key of the data folder that was backed up with it, or TALLYSTICK_SECRET_KEY."
    )


def seal(text: str) -> str:
    """This function will return a text so that only this installation's key makes it readable again."""
    return _MARK + _fernet().encrypt(text.encode()).decode()


def is_sealed(text: str) -> bool:
    """This function will tell whether a stored text was sealed, by whatever key."""
    return text.startswith(_MARK)


def unseal(sealed: str) -> str:
    """This function will return the text that was sealed.

    Raises:
        SealBroken: when it was sealed with another key, was changed, or was never sealed.
    """
    try:
        return _fernet().decrypt(sealed.removeprefix(_MARK).encode()).decode()
    except InvalidToken:
        raise SealBroken from None


def _fernet() -> Fernet:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE)
    return Fernet(base64.urlsafe_b64encode(derivation.derive(settings.SECRET_KEY.encode())))
