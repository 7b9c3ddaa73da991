"""Letting people in by mail. Asking is the same work for every address, known or not, so its time tells nothing."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tallystick.correspondence import operations
from tallystick.correspondence.address_contents import AddressChanging, AddressLink
from tallystick.correspondence.contents import Letter
from tallystick.correspondence.operations import Recipient
from tallystick.correspondence.queries import letterhead
from tallystick.correspondence.rendering import render
from tallystick.correspondence.sign_in_contents import PasswordLink, SecondFactorReset, SignInLink
from tallystick.customers import people
from tallystick.customers import queries as customers
from tallystick.customers.queries import ContactFacts
from tallystick.foundation import address_links, jobs, sign_in_links
from tallystick.foundation.business import locale_read
from tallystick.foundation.ids import new_id
from tallystick.foundation.models import User
from tallystick.foundation.transactions import transaction
from tallystick.usecases.places import place, portal


def ask_for_sign_in_link(*, email: str) -> None:
    """This function will have a link sent to an address, if it is that of a portal contact; it tells nobody whether."""
    with transaction():
        jobs.defer("mail.sign_in_link", email=email)


def ask_for_password_link(*, email: str) -> None:
    """This function will have a link to set a new password sent to an address, if somebody signs in with it."""
    with transaction():
        jobs.defer("mail.password_link", email=email)


def send_sign_in_link(*, email: str, at: datetime) -> bool:
    """This function will mail a link that signs a portal contact in; staff use their password, and get none."""
    user = sign_in_links.user_with(email)
    contact = None if user is None or user.is_staff else customers.contact_of_user(user.id)
    if user is None or contact is None:
        return False
    letter = SignInLink(
        business=letterhead(),
        locale=_locale_of(contact),
        minutes=sign_in_links.MINUTES,
        sign_in_url=place("signin:link", sign_in_links.make_token(user)),
    )
    # Each link is a mail of its own.
    _queue(letter, user, at=at, unique=str(new_id()))
    return True


def send_password_link(*, email: str, at: datetime) -> bool:
    """This function will mail a link that sets a new password to whoever signs in with an address."""
    user = sign_in_links.user_with(email)
    if user is None:
        return False
    contact = customers.contact_of_user(user.id)
    letter = PasswordLink(
        business=letterhead(),
        locale=_locale_of(contact) if contact else "",
        minutes=sign_in_links.password_minutes(),
        password_url=place("account_reset_password_from_key", *sign_in_links.password_key(user)),
    )
    # Each link is a mail of its own.
    _queue(letter, user, at=at, unique=str(new_id()))
    return True


def send_address_link(*, user_id: UUID, email: str, unique: str, at: datetime) -> None:
    """This function will mail a link that makes an address the one of a contact, and tell the address of now; both once
    for each `unique`. Where anybody has the new address, nobody is told so: its owner gets no link.
    """
    user = User.objects.filter(id=user_id, is_active=True, is_staff=False).first()
    contact = None if user is None else customers.contact_of_user(user_id)
    if user is None or contact is None:
        return
    about: dict[str, Any] = {"business": letterhead(), "locale": _locale_of(contact)}
    warning = AddressChanging(**about, new_address=email, portal_url=portal())
    with transaction():
        _queue(warning, user, at=at, unique=unique)
        if address_links.is_taken(email) or people.is_known(email, of_user=user_id):
            return
        link = AddressLink(
            **about,
            minutes=address_links.MINUTES,
            confirm_url=place("new_address", address_links.make_token(user, email)),
        )
        _queue(link, user, at=at, unique=unique, to=email)


def send_second_factor_reset(*, user_id: UUID, unique: str, at: datetime) -> None:
    """This function will mail a member of staff that the second factors were removed; once for each `unique`."""
    letter = SecondFactorReset(business=letterhead(), locale="", sign_in_url=place("account_login"))
    _queue(letter, User.objects.get(id=user_id), at=at, unique=unique)


def _locale_of(contact: ContactFacts) -> str:
    return locale_read(contact.language, customers.customer(contact.customer_id)["language"])


def _queue(letter: Letter, user: User, *, at: datetime, unique: str, to: str = "") -> None:
    with transaction():
        operations.queue(
            kind=letter.kind,
            recipients=[Recipient(name=user.name, email=to or user.email)],
            customer_id=None,
            about=("user", user.id),
            unique_key=f"{letter.kind}:{unique}",
            content=render(letter.kind, letter),
            at=at,
        )
