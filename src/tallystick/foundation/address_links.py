"""Links that make an address the one with which somebody signs in: signed, once, for an hour. Nothing is stored."""

from dataclasses import dataclass
from typing import ClassVar, Final
from uuid import UUID

from allauth.account.models import EmailAddress
from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac
from django_integrity.conversion import Unique, refine_integrity_error

from tallystick.foundation.errors import Conflict
from tallystick.foundation.models import User
from tallystick.foundation.transactions import needs_transaction

MINUTES: Final = 60
_SALT: Final = "tallystick.address-link"


class AddressLinkOver(Conflict):
    """The link is forged, too old or was used, or the address is somebody else's by now: outside it is all the same."""

    code: ClassVar[str] = "address_link_over"
    sentence: ClassVar[str] = "This link does not work any more. Ask for a new one."


@dataclass(frozen=True)
class NewAddress:
    """Whose address shall become which."""

    user_id: UUID
    old: str
    new: str


def make_token(user: User, address: str) -> str:
    """This function will return a token that changes the user's address, until it is used, or `MINUTES` are over."""
    return signing.dumps({"user": user.id.hex, "address": address, "state": _state(user)}, salt=_SALT)


def read_token(token: str) -> NewAddress:
    """This function will return what a token changes.

    Raises:
        AddressLinkOver: when it changes nothing (any more).
    """
    try:
        said = signing.loads(token, salt=_SALT, max_age=MINUTES * 60)
        user = User.objects.filter(id=UUID(hex=said["user"]), is_active=True, is_staff=False).first()
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        raise AddressLinkOver from None
    if user is None or not constant_time_compare(said["state"], _state(user)):
        raise AddressLinkOver
    return NewAddress(user.id, user.email, said["address"])


def is_taken(address: str) -> bool:
    """This function will say whether anybody signs in with an address."""
    return User.objects.filter(email=address).exists()


@needs_transaction
def change_address(wanted: NewAddress) -> None:
    """This function will let a user sign in with another address. It counts as verified: its mail was read.

    Raises:
        AddressLinkOver: when somebody else signs in with it, or the user's address is not any more what it was.
    """
    with refine_integrity_error([(Unique(model=User, fields=("email",)), AddressLinkOver())]):
        changed = User.objects.filter(id=wanted.user_id, email=wanted.old).update(email=wanted.new)
    if not changed:
        raise AddressLinkOver
    EmailAddress.objects.filter(user_id=wanted.user_id).delete()
    EmailAddress.objects.create(user_id=wanted.user_id, email=wanted.new, verified=True, primary=True)


def _state(user: User) -> str:
    """What changes with the address and the password: so a token works once, and not for somebody who was put out."""
    return salted_hmac(_SALT, f"{user.email}:{user.password}", algorithm="sha256").hexdigest()
