"""Signing in, for both audiences: staff by password, contacts of customers by password or by an e-mailed link.

allauth does the work; here stands what is ours: who comes through which door, that addresses are never made from a
request, and that nothing tells whether an address is known.
"""

from http import HTTPStatus
from ipaddress import ip_network
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

import structlog
from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import ResolverMatch, reverse
from django.utils.crypto import salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.customers.queries import contact_of_user
from tallystick.foundation import business, settings_store
from tallystick.foundation.models import User
from tallystick.foundation.sealing import SealBroken, seal
from tallystick.foundation.second_factors import read_secret
from tallystick.interfaces.kit.acting import acting_contact, own_contacts
from tallystick.interfaces.kit.context import Business, logo_url
from tallystick.interfaces.kit.languages import speak

log = structlog.get_logger()

OFFICE: Final = "/office/"
PORTAL: Final = "/portal/"
# How allauth calls a sign-in by what was e-mailed.
BY_MAIL: Final = "code"
_PAGES: Final = "/accounts/"
# What allauth calls security keys are passkeys to everybody else.
_WAYS: Final = {
    "reauthenticate": gettext_lazy("Use your password"),
    "mfa_reauthenticate": gettext_lazy("Use a code"),
    "mfa_reauthenticate:webauthn": gettext_lazy("Use a passkey"),
}


def home_of(user: User) -> str:
    """This function will return where a user belongs: the back office, or the portal."""
    return OFFICE if user.is_staff else PORTAL


def business_shown() -> Business:
    """This function will return the business as pages for customers show it, in its own colour."""
    return Business(
        name=settings_store.get(business.NAME),
        colour=settings_store.get(business.COLOUR).removeprefix("#"),
        logo_url=logo_url(),
        email=settings_store.get(business.EMAIL),
        phone=settings_store.get(business.PHONE),
        imprint_url=settings_store.get(business.IMPRINT_URL),
        privacy_url=settings_store.get(business.PRIVACY_URL),
        welcome=business.WELCOME.read(),
    )


def address_hash(request: HttpRequest) -> str:
    """This function will return a keyed hash of the network address that a request comes from, as the settings say how
    many proxies stand before us; empty where nobody knows it. Of IPv6 it is that of the network, in which a machine has
    any number of addresses.
    """
    try:
        address: str = get_adapter().get_client_ip(request)
    except PermissionDenied:
        # Over a socket, or behind other proxies than the settings say.
        return ""
    network = ip_network(f"{address}/64", strict=False) if ":" in address else address
    return salted_hmac("network address", str(network), algorithm="sha256").hexdigest()


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """What allauth asks this installation."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """This function will refuse everybody: staff add staff, and staff open the portal to contacts."""
        del request
        return False

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """This function will let a user pass, or say who may not: strangers to both doors, and staff by mail alone."""
        refused: HttpResponse | None = super().pre_login(request, user, **kwargs)
        if refused is not None:
            return refused
        if user.is_staff:
            methods = {record["method"] for record in get_authentication_records(request, user)}
            if methods == {BY_MAIL}:
                messages.error(request, _("Staff sign in with their password or a passkey."))
                return HttpResponseRedirect(resolve_url(settings.LOGIN_URL))
        elif contact_of_user(user.id) is None:
            return HttpResponseRedirect(resolve_url("account_inactive"))
        return None

    def post_login(self, request: HttpRequest, user: User, *, redirect_url: str | None, **kwargs: Any) -> HttpResponse:
        """This function will lead to the page that was wanted, if it lies behind the user's own door; else home."""
        home = home_of(user)
        wanted = redirect_url or get_next_redirect_url(request) or home
        path = urlsplit(wanted).path
        own = path.startswith((home, _PAGES)) and path != resolve_url(settings.LOGIN_URL)
        answer: HttpResponse = super().post_login(request, user, redirect_url=wanted if own else home, **kwargs)
        return answer

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """This function will return the home of whoever is signed in."""
        user = request.user
        return home_of(user) if user.is_authenticated else resolve_url(settings.LOGIN_URL)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """This function will return where one goes on after a new password, which signs out: to sign in and then home,
        not to the form for yet another one.
        """
        del request
        return resolve_url("start")

    def is_safe_url(self, url: str) -> bool:
        """This function will allow addresses of this installation alone, by its settings and not by the request."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts={urlsplit(settings.SITE_URL).netloc})

    def get_reauthentication_methods(self, user: User | AnonymousUser) -> list[dict[str, Any]]:
        """This function will return the ways to show once more who one is, each in the words of the house."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [method | {"description": _WAYS[method["id"]]} for method in methods]

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """This function will never be needed: mails of sign-in are written by `usecases.greet`.

        Raises:
            RuntimeError: always. A mail that allauth writes would take its address from the request.
        """
        del email, context
        raise RuntimeError(f"allauth may not write {template_prefix} itself.")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """By the address alone: allauth's own key holds the Host header, which whoever guesses may vary."""
        del request
        return f"sign-in:{credentials.get('email', '').lower()}"


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """What allauth's second factors ask this installation."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        # Said of codes and of passkeys.
        "incorrect_code": gettext_lazy("That was not right. Try again."),
    }

    def get_totp_issuer(self) -> str:
        """This function will return the name under which an app on the telephone lists the codes."""
        return settings_store.get(business.NAME)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """This function will return whose passkeys they are: this installation's, by its settings."""
        return {"id": urlsplit(settings.SITE_URL).hostname or "localhost", "name": settings_store.get(business.NAME)}

    def encrypt(self, text: str) -> str:
        """This function will return a secret as it may lie in the database and its backups."""
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """This function will return the secret that lies sealed in the database.

        Raises:
            SealBroken: when another installation's key sealed it.
        """
        return read_secret(encrypted_text)

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's name
        """This function will return the name that is proposed for a passkey: “Passkey”, then “Passkey 2” and so on."""
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return _("Passkey") if number == 1 else _("Passkey {number}").format(number=number)


class BrandedSignIn:
    """Shows allauth's pages in the business's name and colour, and what is refused there as a page."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer: HttpResponse = self.get_response(request)
        return answer

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """This function will name the business on pages that are neither door's own, and speak to a contact as its
        pages do.
        """
        del view, args, kwargs
        match: ResolverMatch | None = request.resolver_match
        if match is None or not match.route.startswith(_PAGES.removeprefix("/")):
            return
        user = request.user
        if isinstance(user, User) and (own := own_contacts(request, user.id)):
            contact = acting_contact(request, user.id) or own[0]
            speak(business.locale_read(contact.facts.language, contact.language))
        request.business = business_shown()  # type: ignore[attr-defined]
        if not user.is_authenticated:
            request.language_url = reverse("kit:language")  # type: ignore[attr-defined]

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """This function will tell whoever shows a second factor that it cannot be read, and the log what to do."""
        if not isinstance(error, SealBroken):
            return None
        log.error("second factor is unreadable", reason=str(error))
        return render(request, "account/second_factor_unreadable.html", status=HTTPStatus.CONFLICT)
