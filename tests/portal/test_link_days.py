"""A payment that failed is tried again on a day that its payer chooses, by its link and in the portal (E21)."""

import uuid
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from tallystick.foundation.clock import local_date
from tallystick.foundation.ids import public_id
from tallystick.payments import queries as payments
from tallystick.payments.terms import terms_hash
from tallystick.usecases import autopay
from tests.portal.conftest import STAFF, Business, now, uid
from tests.portal.test_links import failed, link_to, nobody_was_here, shown
from tests.stored_cards import stored_card

__all__ = ["nobody_was_here"]

pytestmark = pytest.mark.django_db


def agreed(payment: UUID, account: str) -> None:
    """This function will have the payer of a payment agree to automatic payment by a stored card."""
    customer = payments.payment(payment)["customer_id"]
    stored_card(customer, uid("gwa", account))
    autopay.agree(
        actor=STAFF,
        at=now(),
        customer_id=customer,
        terms_sha256=terms_hash(autopay.TERMS.default),
        evidence="Signed form of 3 May",
    )


def test_a_day_is_chosen_by_the_link_of_what_failed(client: Client, house: Business, account: str) -> None:
    payment, path = failed(house, account)
    assert "another day" not in shown(client, path)
    agreed(payment, account)
    assert "Or have us try again on another day" in shown(client, path)
    today = local_date(now())
    for days, planned in ((2, 2), (8, 2), (0, 2)):
        form = {"day": (today + timedelta(days=days)).isoformat(), "idempotency_key": str(uuid.uuid4())}
        assert client.post(f"{path}day/", form)["Location"] == path
        assert payments.public_payment(payment)["next_try_date"] == today + timedelta(days=planned)
    client.post(f"{path}day/", {"day": "soon", "idempotency_key": "x"})
    assert payments.public_payment(payment)["next_try_date"] == today + timedelta(days=2)
    invoice = payments.payment(payment)["invoice_id"]
    assert client.post(f"{link_to(invoice)}day/", form).status_code == 404


def test_a_day_is_chosen_in_the_portal(client: Client, house: Business, account: str) -> None:
    payment, _path = failed(house, account)
    agreed(payment, account)
    client.force_login(house.open_portal(payments.payment(payment)["customer_id"]))
    page = reverse("portal:payment", args=[public_id("pay", payment)])
    words = shown(client, page)
    for offer in ("Try again", "Pay in another way", "Or have us try again on another day"):
        assert offer in words
    day = local_date(now()) + timedelta(days=3)
    form = {"day": day.isoformat(), "idempotency_key": str(uuid.uuid4())}
    assert client.post(reverse("portal:choose-day", args=[public_id("pay", payment)]), form)["Location"] == page
    assert payments.public_payment(payment)["next_try_date"] == day
