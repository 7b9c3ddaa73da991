"""Whoever pays by a link reads no private text either (`docs/model.md`, 11; row A9)."""

import pytest
from django.test import Client

from tallystick.invoices import queries as invoices
from tallystick.payments.models import Payment
from tallystick.usecases import payment_links
from tallystick.usecases.frame import SYSTEM
from tests.scenarios.conftest import uid
from tests.scenarios.private_story import Story
from tests.scenarios.test_private_text import content_of, private, service, story
from tests.usecases.shop import at

__all__ = ["service", "story"]

pytestmark = pytest.mark.django_db


def test_no_page_of_a_payment_link_has_it(story: Story) -> None:
    addresses = []
    for row in invoices.open_invoices(story.customer):
        shape = payment_links.make_payment_link(actor=SYSTEM, at=at(), invoice_id=row["id"])
        page = payment_links.address_of(uid("plk", shape["id"]))
        addresses += [page, f"{page}pdf/"]
    for failed in Payment.objects.filter(customer=story.customer, status="failed"):
        addresses.append(payment_links.mailed_address(at=at(), payment_id=failed.id))
    assert len(addresses) >= 3
    for address in addresses:
        answer = Client().get(address.removeprefix("http://localhost:8000"))
        assert answer.status_code == 200
        assert not private(content_of(answer))
