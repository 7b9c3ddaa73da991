"""The forms of signing in. Known or not, every address is answered the same (S100)."""

from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from tallystick.interfaces.kit.forms import KitForm
from tallystick.usecases.greet import ask_for_password_link


class SignInForm(LoginForm):  # type: ignore[misc]
    """Address and password, called as everywhere else in the house."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = gettext_lazy("E-mail address")
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class NewPasswordForm(forms.Form):
    """Asks for a link that sets a new password."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """This function will have the link sent, if somebody signs in with the address."""
        del request, kwargs
        email: str = self.cleaned_data["email"]
        ask_for_password_link(email=email)
        return email


class SignInLinkForm(KitForm):
    """Asks for a link that signs in."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
