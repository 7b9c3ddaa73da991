"""Contacts change their own e-mail address: asked for at one door, and done when the new address proves to be theirs.

The address decides who signs in, so it changes when the link that was mailed to it is opened and not before; the
address of before is told at once. Whether somebody has the new address already is told to nobody.
"""

from datetime import datetime
from uuid import UUID

from tallystick.customers import people, queries
from tallystick.customers.operations import ContactExists, usable_address
from tallystick.foundation import address_links, audit, jobs
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.errors import InvalidField, NotAllowed
from tallystick.foundation.ids import new_id
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.usecases.enrol import actor_of
from tallystick.usecases.frame import scope_of, use_case
from tallystick.usecases.roles import Permission


@use_case(Permission.VIEW)
def ask_for_address(*, actor: Actor, at: datetime, email: str, idempotency_key: str | None = None) -> bool:
    """This function will have a link mailed to the address that a contact wants, and tell the one of now.

    Raises:
        NotAllowed: when the actor is no contact.
        EmailNotAccepted: when it cannot be an address.
        InvalidField: when it is the contact's own already.
    """
    del idempotency_key
    customer_id = scope_of(actor)
    if actor.kind != "contact" or customer_id is None:
        raise NotAllowed(permission=Permission.MANAGE_CONTACTS)
    refuse_card_numbers(email=email)
    address = usable_address(email.strip())
    contact = queries.contact(UUID(actor.id), of_customer=customer_id)
    if address == contact.email:
        raise InvalidField(name="email", reason="This is your address already.")
    jobs.defer("mail.address_link", user_id=str(contact.user_id), email=address, unique=str(new_id()))
    told = {"contact": contact.email, "email": address}
    audit.record(actor=actor, at=at, action="ask_for_address", kind="customer", object_id=customer_id, after=told)
    return True


def confirm_address(*, token: str, at: datetime) -> str:
    """This function will change the address of whoever a link is for, wherever they are a contact, and return it.

    It needs no permission: the link is one, and its reader need not be signed in.

    Raises:
        AddressLinkOver: when the link does nothing (any more), or somebody has the address by now.
    """
    with transaction():
        wanted = address_links.read_token(token)
        if not people.may_sign_in(wanted.user_id):
            raise address_links.AddressLinkOver
        try:
            before = people.change_address(wanted.user_id, wanted.new)
        except ContactExists:
            raise address_links.AddressLinkOver from None
        address_links.change_address(wanted)
        for contact in before:
            audit.record(
                actor=actor_of(contact),
                at=at,
                action="change_address",
                kind="customer",
                object_id=contact.customer_id,
                before={"email": contact.email},
                after={"email": wanted.new},
            )
    return wanted.new
