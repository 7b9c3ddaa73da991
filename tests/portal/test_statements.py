"""Every page of the portal asks the database as much of a large account as of a small one."""

from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from tallystick.customers import queries as customers
from tallystick.foundation.ids import public_id
from tallystick.interfaces.portal.urls import urlpatterns
from tallystick.payments.terms import terms_hash
from tallystick.usecases import autopay, payment_links, record
from tests.portal.conftest import STAFF, Business, now, uid
from tests.portal.test_home import promised
from tests.portal.test_ownership import PREFIXES
from tests.statements import statements
from tests.stored_cards import stored_card

pytestmark = pytest.mark.django_db

# Files are made in parts; coming back asks the gateway.
_NO_PAGES = ("-pdf", "-xml", "-csv", "-file", "return", "method-setup")
_MORE = (
    "?month=2026-01",
    "pay/?pay=fixed_amount&fixed=100",
    "pay/?pay=selected_invoices",
    "invoices/?q=INV",
    "invoices/?status=overdue",
    "payments/?q=transfer",
    "payments/?status=failed",
    "payments/?made_from=2020-01-01",
)


def grow(house: Business, customer: UUID, count: int) -> tuple[UUID, UUID]:
    """This function will give a customer more of everything, and return an invoice that is open and a payment."""
    invoices = [house.invoice(customer) for _ in range(count)]
    promised(customer, count)
    for invoice in invoices[: count // 3]:
        shape = record.record_payment(
            actor=STAFF,
            at=now(),
            customer_id=customer,
            currency="EUR",
            total_minor=10680,
            parts=[record.Part(invoice_id=invoice)],
            allows_duplicate=True,
        )
    return invoices[-1], uid("pay", shape["id"])


def test_every_page_asks_as_much_of_a_large_account_as_of_a_small_one(
    signed_in: tuple[Client, UUID], house: Business
) -> None:
    client, customer = signed_in
    method = stored_card(customer, house.gateway())
    terms = terms_hash(autopay.TERMS_READ.read())
    autopay.agree(actor=STAFF, at=now(), customer_id=customer, terms_sha256=terms, evidence="By letter")
    invoice, payment = grow(house, customer, 3)
    contact = customers.contacts(customer)[0]
    link = payment_links.mailed_address(at=now(), invoice_id=invoice)
    things = {"inv": invoice, "pay": payment, "con": contact.id, "pmt": method}
    addresses = [
        reverse(f"portal:{name}", args=[public_id(PREFIXES[name][0], things[PREFIXES[name][0]])])
        if name in PREFIXES
        else reverse(f"portal:{name}")
        for name in map(str, (route.name for route in urlpatterns))
        if not name.endswith(_NO_PAGES)
    ]
    addresses += [*(f"/portal/{more}" for more in _MORE), "/" + link.split("/", 3)[3]]

    def asked() -> dict[str, int]:
        found = {}
        for address in addresses:
            # What is remembered of a business for good is not asked twice.
            if client.get(address).status_code == 200:
                with statements() as heard:
                    client.get(address)
                found[address] = len(heard)
        return found

    small = asked()
    assert len(small) > 25
    grow(house, customer, 57)
    assert asked() == small
