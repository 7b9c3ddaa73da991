"""What the business says of itself in the portal: its foot, its greeting, its terms, in the reader's language."""

from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from tallystick.foundation import business, settings_store
from tallystick.foundation.transactions import transaction
from tallystick.payments.terms import PAYMENT_TERMS, PAYMENT_TERMS_READ, acceptances
from tests.portal.conftest import Business, form_of, only_payment

pytestmark = pytest.mark.django_db


def put(**values: str) -> None:
    settings = {
        each.name: each
        for each in (
            *(business.PHONE, business.IMPRINT_URL, business.PRIVACY_URL, business.LANGUAGE, PAYMENT_TERMS),
            *(business.WELCOME.usual, *business.WELCOME.by_language.values()),
            *PAYMENT_TERMS_READ.by_language.values(),
        )
    }
    with transaction():
        for name, value in values.items():
            settings_store.put(settings[name], value)


def test_the_foot_says_whose_portal_it_is_and_where_to_ask(signed_in: tuple[Client, UUID]) -> None:
    client, _customer = signed_in
    page = client.get(reverse("portal:home")).content.decode()
    assert 'href="mailto:billing@northwind.example"' in page
    for absent in ("Imprint", "Privacy", "tel:", "portal-welcome"):
        assert absent not in page
    put(
        business_phone="+353 91 1234",
        imprint_url="https://northwind.example/imprint",
        privacy_url="https://northwind.example/privacy",
        portal_welcome="Good to see you.",
        portal_welcome_de="Schön, dass Sie da sind.",
    )
    for address in (reverse("portal:home"), "/accounts/login/"):
        page = client.get(address, follow=True).content.decode()
        assert 'href="https://northwind.example/imprint">Imprint</a>' in page
        assert 'href="https://northwind.example/privacy">Privacy</a>' in page
        assert 'href="tel:+353911234"' in page
        assert "Good to see you." in page
    put(business_language="de")
    page = client.get(reverse("portal:home")).content.decode()
    assert "Schön, dass Sie da sind." in page
    assert ">Impressum</a>" in page


def test_terms_are_read_and_accepted_in_the_readers_language(house: Business, signed_in: tuple[Client, UUID]) -> None:
    client, customer = signed_in
    invoice = house.invoice(customer, 5071)
    put(payment_terms="As agreed.", payment_terms_de="Wie vereinbart.", business_language="de")
    page = client.get(reverse("portal:pay"))
    assert "Wie vereinbart." in page.content.decode()
    sha = page.context["terms_sha256"]
    sent = form_of(invoice, method="bank_transfer", terms_sha256=sha)
    assert client.post(reverse("portal:pay"), sent).status_code == 302
    (accepted,) = acceptances(only_payment(customer)["id"])
    assert accepted["terms__text"] == "Wie vereinbart."


def test_a_logo_is_shown_in_the_portal_and_at_sign_in(signed_in: tuple[Client, UUID]) -> None:
    client, _customer = signed_in
    digest = "0" * 64
    with transaction():
        settings_store.put(business.LOGO, digest)
    for address in (reverse("portal:home"), reverse("account_change_password")):
        page = client.get(address, follow=True).content.decode()
        assert f'src="/kit/logo/{digest}/"' in page


def test_pages_that_say_no_are_the_businesss_own_and_speak_the_readers_language(
    house: Business, client: Client
) -> None:
    client.force_login(house.open_portal(house.customer(rights=["view"])))
    brand = f'href="{reverse("kit:brand", args=["0f766e"])}"'
    for path, status in (("/portal/people/", 403), ("/portal/invoices/nothing/", 404)):
        answer = client.get(path)
        page = answer.content.decode()
        assert (answer.status_code, brand in page) == (status, True)
        assert f'action="{reverse("portal:language")}"' in page
        assert f'name="next" value="{path}"' in page
    client.post(reverse("portal:language"), {"language": "de", "next": "/portal/people/"})
    assert "Das dürfen Sie nicht sehen" in client.get("/portal/people/").content.decode()
    # What a form was refused has no address to come back to.
    assert "language-switch" not in client.post("/portal/autopay/end/").content.decode()
    client.logout()
    # Nobody's page says nothing of the business, and staff have no switch.
    assert brand not in client.get("/office/nothing/").content.decode()
