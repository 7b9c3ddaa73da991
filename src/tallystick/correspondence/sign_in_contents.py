"""What the mails about signing in say: the links that do it once, and second factors that are gone."""

from dataclasses import dataclass
from typing import ClassVar

from tallystick.correspondence.contents import Kind, Letter


@dataclass(frozen=True, kw_only=True)
class SignInLink(Letter):
    """A link that signs its reader in, once, for some minutes."""

    kind: ClassVar[Kind] = Kind.SIGN_IN_LINK

    minutes: int
    sign_in_url: str


@dataclass(frozen=True, kw_only=True)
class PasswordLink(Letter):
    """A link by which its reader sets a new password, once, for some minutes."""

    kind: ClassVar[Kind] = Kind.PASSWORD_LINK

    minutes: int
    password_url: str


@dataclass(frozen=True, kw_only=True)
class SecondFactorReset(Letter):
    """Somebody who manages staff removed the reader's second factors. The link leads to the sign-in page."""

    kind: ClassVar[Kind] = Kind.SECOND_FACTOR_RESET

    sign_in_url: str
