"""Links that sign their reader in: signed, once, for some minutes. Nothing is stored for them."""

from typing import Final
from uuid import UUID

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

from tallystick.foundation.models import User

MINUTES: Final = 15
_SALT: Final = "tallystick.sign-in-link"


def user_with(email: str) -> User | None:
    """This function will return the user who may sign in with an address, or None."""
    return User.objects.filter(email=email.strip().lower(), is_active=True).first()


def make_token(user: User) -> str:
    """This function will return a token that signs the user in, until it is used, or `MINUTES` are over."""
    return signing.dumps({"user": user.id.hex, "state": _state(user)}, salt=_SALT)


def user_of(token: str) -> User | None:
    """This function will return the user whom a token signs in; None when it is forged, too old, or was used."""
    try:
        said = signing.loads(token, salt=_SALT, max_age=MINUTES * 60)
        user = User.objects.filter(id=UUID(hex=said["user"]), is_active=True).first()
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return None
    if user is None or not constant_time_compare(said["state"], _state(user)):
        return None
    return user


def password_key(user: User) -> tuple[str, str]:
    """This function will return the two parts of a link that sets a new password: the user's, and the secret."""
    return user_pk_to_url_str(user), EmailAwarePasswordResetTokenGenerator().make_token(user)


def password_minutes() -> int:
    """This function will return for how long a link that sets a new password works."""
    return settings.PASSWORD_RESET_TIMEOUT // 60


def _state(user: User) -> str:
    """What changes at every sign-in, and with the password and the address: so a token works once."""
    seen = user.last_login.isoformat() if user.last_login else ""
    return salted_hmac(_SALT, f"{user.email}:{user.password}:{seen}", algorithm="sha256").hexdigest()
