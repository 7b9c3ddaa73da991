"""Customers and their contacts in the back office: each write by somebody who may, and by somebody who may not."""

import pytest

from tallystick.customers import queries as customers
from tallystick.foundation.ids import public_id
from tests.backoffice.business import Business
from tests.backoffice.forms import Signed
from tests.backoffice.test_writes import done, post, refused, url

pytestmark = pytest.mark.django_db


def test_a_customer_is_added_and_changed(business: Business, as_role: Signed) -> None:
    told = {"kind": "business", "name": "Ünïcode & Co", "currency": "EUR", "terms_days": "30", "country": "at"}
    told |= {"contact_name": "Jo", "contact_email": "jo@example.com"}
    refused(as_role("Read-only"), url("new-customer"), told)
    answer = done(as_role("Support"), url("new-customer"), told)
    [row] = customers.found("Ünïcode")
    assert (row["terms_days"], row["country"]) == (30, "AT")
    assert answer["Location"] == url("customer", public_id("cus", row["id"]))
    [contact] = customers.contacts(row["id"])
    assert (contact.email, contact.is_billing) == ("jo@example.com", True)

    public = public_id("cus", row["id"])
    changed = {**told, "name": "Unicode Ltd", "applies_credit": ""}
    refused(as_role("Engineer"), url("edit-customer", public), changed)
    done(as_role("Support"), url("edit-customer", public), changed)
    after = customers.customer(row["id"])
    assert (after["name"], after["applies_credit"]) == ("Unicode Ltd", False)


def test_a_contact_is_added_and_invited(business: Business, as_role: Signed) -> None:
    customer = business.customer()
    public = public_id("cus", customer)
    told = {"name": "Mia", "email": "mia@example.com", "rights": ["view", "pay"]}
    refused(as_role("Read-only"), url("add-contact", public), told)
    done(as_role("Support"), url("add-contact", public), told)
    mia = next(each for each in customers.contacts(customer) if each.email == "mia@example.com")
    assert mia.rights == ("pay", "view")
    address = url("open-portal", public, public_id("con", mia.id))
    refused(as_role("Read-only"), address, {})
    post(as_role("Support"), address)
    assert customers.contact(mia.id, of_customer=customer).user_id is not None


def test_a_contact_is_changed_and_removed(business: Business, as_role: Signed) -> None:
    customer = business.customer()
    public = public_id("cus", customer)
    told = {"name": "Mia", "email": "mia@example.com", "rights": ["view", "pay"], "invites": "on"}
    done(as_role("Support"), url("add-contact", public), told)
    mia = next(each for each in customers.contacts(customer) if each.email == "mia@example.com")
    assert mia.user_id is not None
    address = url("edit-contact", public, public_id("con", mia.id))
    assert 'value="Mia"' in as_role("Support").get(address).content.decode()
    changed = {"name": "Mia B", "phone": "+43 1", "rights": ["view"], "mails": ["invoices"], "notice_days": "14"}
    changed["language"] = "de"
    refused(as_role("Read-only"), address, changed)
    done(as_role("Support"), address, changed)
    mia = customers.contact(mia.id, of_customer=customer)
    assert (mia.name, mia.phone, mia.language, mia.rights) == ("Mia B", "+43 1", "de", ("view",))
    assert (mia.chosen_mails, mia.is_billing, mia.notice_days) == (("invoices",), True, 14)
    address = url("remove-contact", public, public_id("con", mia.id))
    refused(as_role("Read-only"), address, {})
    done(as_role("Support"), address, {})
    assert [each.email for each in customers.contacts(customer)] == ["jo@example.com"]
    assert post(as_role("Support"), address).status_code == 404
    assert as_role("Support").get(address).status_code == 404
