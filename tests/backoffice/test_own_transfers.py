"""Staff say which customers complete their own bank transfers, and find what these confirmed (A16; model 7)."""

from typing import Any
from uuid import UUID

import pytest

from tallystick.customers import queries as customers
from tallystick.foundation.ids import public_id
from tallystick.usecases import enrol, promise
from tests.backoffice.business import SYSTEM, Business, moment
from tests.backoffice.forms import Signed, done, refused, text_of, url

pytestmark = pytest.mark.django_db

MARKED = "Confirmed by the customer, not yet seen at the bank"


def form_of(customer: UUID, **changes: str) -> dict[str, Any]:
    """This function will return the form of a customer as it stands, with changes."""
    row = customers.customer(customer)
    names = ("kind", "name", "currency", "terms_days", "address_lines", "postal_code", "city", "country")
    return {**{name: row[name] for name in names}, "applies_credit": "on", **changes}


def test_the_switch_is_for_who_may_complete_and_needs_a_cap(business: Business, as_role: Signed) -> None:
    customer = business.customer()
    public = public_id("cus", customer)
    on = {"completes_own_transfers": "on", "own_transfer_cap": "500", "own_transfer_cap_currency": "EUR"}
    finance, support = as_role("Finance"), as_role("Support")
    assert "Say up to which amount" in refused(
        finance, url("edit-customer", public), form_of(customer, **{**on, "own_transfer_cap": ""})
    )
    done(finance, url("edit-customer", public), form_of(customer, **on))
    row = customers.customer(customer)
    trusted = (True, 50000, "EUR")
    names = ("completes_own_transfers", "own_transfer_cap_minor", "own_transfer_cap_currency")
    assert tuple(row[name] for name in names) == trusted
    assert "Confirms them itself, up to 500.00 EUR" in text_of(finance.get(url("customer", public)))
    # Whoever may not complete payments is not asked, and changes nothing of it.
    assert "own_transfer_cap" not in support.get(url("edit-customer", public)).content.decode()
    done(support, url("edit-customer", public), form_of(customer, city="Galway", own_transfer_cap="9999"))
    row = customers.customer(customer)
    assert (row["city"], *(row[name] for name in names)) == ("Galway", *trusted)
    done(finance, url("edit-customer", public), form_of(customer, **{**on, "completes_own_transfers": ""}))
    assert customers.customer(customer)["completes_own_transfers"] is False


def test_what_a_customer_confirmed_is_marked_and_found(business: Business, as_role: Signed) -> None:
    customer = business.customer()
    changes = {"completes_own_transfers": True, "own_transfer_cap_minor": 5000, "own_transfer_cap_currency": "EUR"}
    enrol.change_customer(actor=SYSTEM, at=moment(), customer_id=customer, changes=changes)
    [contact] = customers.contacts(customer)
    enrol.open_portal(actor=SYSTEM, at=moment(), customer_id=customer, contact_id=contact.id)
    user_id = customers.contacts(customer)[0].user_id
    assert user_id is not None
    actor = enrol.contact_actor(user_id)
    assert actor is not None
    payment = business.payment(customer, 5000, status="pending")
    client, address = as_role("Read-only"), url("payment", public_id("pay", payment))
    assert MARKED not in text_of(client.get(address))
    promise.complete_own_transfer(actor=actor, at=moment(), payment_id=payment)
    business.payment(customer, 4000)
    page = text_of(client.get(address))
    assert MARKED in page
    assert "Transfer confirmed by the customer" in page
    listed = client.get(url("payments"), {"money": "confirmed"})
    assert ("1 payment ·" in text_of(listed), address in listed.content.decode()) == (True, True)
