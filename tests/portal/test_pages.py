"""Every page of the portal, with what stands on it."""

from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from tallystick.foundation.ids import public_id
from tallystick.usecases import configure, write_off
from tests.portal.conftest import STAFF, Business, now

pytestmark = pytest.mark.django_db


def test_the_first_page_says_what_is_owed_in_words(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    house.invoice(customer, 5071)
    page = client.get("/portal/").content.decode()
    assert "You owe" in page
    assert "€60.85" in page
    assert "Credit" in page


@pytest.mark.parametrize("name", ["home", "invoices", "pay", "payments", "profile"])
def test_pages_render(signed_in: tuple[Client, UUID], house: Business, name: str) -> None:
    client, customer = signed_in
    house.gateway()
    house.invoice(customer)
    assert client.get(reverse(f"portal:{name}")).status_code == 200


def test_an_invoice_shows_its_lines(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    invoice = house.invoice(customer)
    page = client.get(reverse("portal:invoice", args=[public_id("inv", invoice)])).content.decode()
    assert "Laptop rental" in page
    assert "€106.80" in page
    assert "DE89 3704 0044 0532 0130 00" in page
    assert "internal-remark" not in page


def test_a_written_off_invoice_says_so_and_asks_for_nothing(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    invoice = house.invoice(customer)
    write_off.write_off_invoice(actor=STAFF, at=now(), invoice_id=invoice, reason="internal-reason")
    page = client.get(reverse("portal:invoice", args=[public_id("inv", invoice)])).content.decode()
    main = page.partition("<main")[2]
    assert main.count("Written off") == 2
    assert ("What became of it" in main, "internal-reason" in page) == (True, False)
    assert f"?invoice={public_id('inv', invoice)}" not in main


@pytest.mark.parametrize(
    ("word", "read", "unread"), [("completed", "Completed", "Paid"), ("paid", "Paid", "Completed")]
)
def test_payments_are_filtered_by_the_word_that_the_business_chose(
    signed_in: tuple[Client, UUID], word: str, read: str, unread: str
) -> None:
    client, _ = signed_in
    configure.change_settings(actor=STAFF, at=now(), changes={"completed_word": word})
    page = client.get("/portal/payments/?status=completed").content.decode().partition("<main")[2]
    # The choice, and what the list is narrowed to.
    assert (page.count(read), page.count(unread)) == (2, 0)
