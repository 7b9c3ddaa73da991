"""Each route of the portal says which right of a contact it needs, and is closed without it (B2)."""

import pytest
from django.test import Client
from django.urls import reverse

from tallystick.foundation.ids import public_id
from tests.portal.conftest import ALL_RIGHTS, Business
from tests.portal.test_ownership import NAMING, ROUTES, traces

pytestmark = pytest.mark.django_db

# The rights that a contact needs to look at a page, and to send its form; nothing where there is no page, or no form.
NEEDS: dict[str, tuple[str, str]] = {
    "home": ("view", ""),
    "invoices": ("view", ""),
    "invoice": ("view", ""),
    **dict.fromkeys(
        [
            "invoice-xml",
            "credit-note-xml",
            "invoice-pdf",
            "credit-note-pdf",
            "tax-document-pdf",
            "purchase-tax-document-pdf",
            "tax-document-xml",
            "purchase-tax-document-xml",
            "receipt-pdf",
        ],
        ("download", ""),
    ),
    **dict.fromkeys(["payment-file", "reports", "statement-pdf", "statement-csv"], ("download", "")),
    "pay": ("pay", "pay"),
    "payments": ("view", ""),
    "return": ("view", ""),
    "payment": ("view", ""),
    "receipt": ("view", ""),
    **dict.fromkeys(
        ["check", "give-up", "try-again", "choose-day", "promise-to-pay", "sent", "complete", "withdraw"], ("", "pay")
    ),
    "autopay": ("view", "view manage_autopay"),
    "autopay-end": ("", "manage_autopay"),
    "methods": ("view", ""),
    "method-default": ("", "manage_methods"),
    "method-add": ("manage_methods", "manage_methods"),
    "method-setup": ("manage_methods", ""),
    "method-remove": ("manage_methods", "manage_methods"),
    "wallet": ("view", "view pay"),
    "notifications": ("view", "view"),
    "contacts": ("manage_contacts", ""),
    **dict.fromkeys(["contact", "contact-invite", "contact-remove"], ("manage_contacts", "manage_contacts")),
    "contact-let-in": ("", "manage_contacts"),
    # Which contact's rights count is what is chosen there.
    "accounts": ("none", "none"),
    "profile": ("view", ""),
    "language": ("", "view"),
    "own-name": ("view", "view"),
    "own-email": ("view", "view"),
    "billing-details": ("manage_contacts", "manage_contacts"),
}


def test_every_route_says_which_right_it_needs() -> None:
    assert sorted(NEEDS) == sorted(ROUTES)


@pytest.mark.parametrize("right", ALL_RIGHTS)
def test_a_right_that_is_missing_closes_its_page(house: Business, client: Client, right: str) -> None:
    customer = house.customer(rights=[each for each in ALL_RIGHTS if each != right])
    client.force_login(house.open_portal(customer))
    for name, needed in NEEDS.items():
        path = reverse(f"portal:{name}", args=["pay_0"] if name in NAMING else [])
        for method, need in zip(("get", "post"), needed, strict=True):
            before = traces()
            status = getattr(client, method)(path, {"idempotency_key": "key"}).status_code
            if need and right not in need.split():
                assert status not in {403, 405}, (name, method)
            else:
                assert (status, traces()) == (403 if need else 405, before), (name, method)


def test_who_may_not_pay_sees_no_button_to(house: Business, client: Client) -> None:
    customer = house.customer(rights=["view"])
    client.force_login(house.open_portal(customer))
    invoice = house.invoice(customer)
    for path in ("/portal/", f"/portal/invoices/{public_id('inv', invoice)}/", "/portal/payments/"):
        page = client.get(path).content.decode()
        assert "/portal/pay/" not in page
        assert "/portal/payments/file/" not in page
