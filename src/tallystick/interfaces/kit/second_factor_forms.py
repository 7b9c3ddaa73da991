"""The forms of passkeys, authenticator apps and recovery codes: allauth's, in the words of the house."""

from typing import Any, Final

from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from allauth.mfa.utils import decrypt, encrypt, is_mfa_enabled
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django.forms import Form
from django.utils.translation import gettext_lazy

_NAME_HINT: Final = gettext_lazy("So that you know it again in the list.")


class AppForm(ActivateTOTPForm):  # type: ignore[misc]
    """Sets an authenticator app up: the first code proves that the app has the secret."""

    secret: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Until the first code proves it, allauth keeps the secret in the session: sealed there, too.
        self.secret = decrypt(self.secret)
        context.request.session[SECRET_SESSION_KEY] = encrypt(self.secret)
        _name_code(self, gettext_lazy("Code from the app"))
        self.fields["code"].help_text = gettext_lazy("The six digits that it shows now.")


class CodeForm(AuthenticateForm):  # type: ignore[misc]
    """Asks for a code when somebody signs in, and knows what else the user could show (`has_app`, `has_passkey`)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _know_user(self)


class CodeAgainForm(ReauthenticateForm):  # type: ignore[misc]
    """Asks for a code once more, before a change to how somebody signs in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _know_user(self)


class PasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """Adds a passkey, which signs in by itself unless its owner does not want that."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = gettext_lazy("Name")
        self.fields["name"].help_text = _NAME_HINT
        alone = self.fields["passwordless"]
        alone.initial = True
        alone.label = gettext_lazy("Sign in with it alone")
        alone.help_text = gettext_lazy(
            "Your device then asks for your fingerprint, your face or its PIN. A device that has none of these can "
            "only be a second step after your password."
        )


class PasskeyNameForm(EditWebAuthnForm):  # type: ignore[misc]
    """Gives a passkey another name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = gettext_lazy("Name")
        self.fields["name"].help_text = _NAME_HINT


def _know_user(form: Any) -> None:
    """This function will tell a form that asks for a code which ways its user has, and name its field by them."""
    form.has_app = is_mfa_enabled(form.user, [Authenticator.Type.TOTP])
    form.has_passkey = is_mfa_enabled(form.user, [Authenticator.Type.WEBAUTHN])
    _name_code(form, gettext_lazy("Code from the app") if form.has_app else gettext_lazy("Recovery code"))
    if form.has_app:
        form.fields["code"].help_text = gettext_lazy("No app at hand? A recovery code does as well.")


def _name_code(form: Form, label: Any) -> None:
    field = form.fields["code"]
    field.label = label
    # Telephones then show their keys for digits.
    field.widget.attrs["inputmode"] = "numeric"
