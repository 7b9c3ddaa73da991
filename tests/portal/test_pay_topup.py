"""A top-up request is paid from its page, as an invoice is, but is no debt: what is owed leaves it out (model 20)."""

import re
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from tallystick.foundation.ids import public_id
from tallystick.invoices import queries as invoices
from tallystick.payments.models import Attempt
from tallystick.usecases import topup
from tests.portal.conftest import STAFF, Business, now, uid
from tests.portal.test_pay_options import drawn_form, standing
from tests.sandbox_service import pay

pytestmark = pytest.mark.django_db


def requested(customer: UUID, total_minor: int = 10000) -> UUID:
    """This function will send a top-up request and return its id."""
    told = {"actor": STAFF, "at": now()}
    shape = topup.create_topup_request(**told, customer_id=customer, currency="EUR", total_minor=total_minor)
    request = uid("inv", shape["id"])
    topup.send_topup_request(**told, request_id=request)
    return request


@pytest.mark.parametrize("owes", [False, True])
def test_a_top_up_request_is_paid_from_its_page(
    signed_in: tuple[Client, UUID], house: Business, account: str, *, owes: bool
) -> None:
    client, customer = signed_in
    if owes:
        house.invoice(customer, 1000)
    request = requested(customer)
    page = client.get(reverse("portal:invoice", args=[public_id("inv", request)])).content.decode()
    link = re.search(r'href="(/portal/pay/\?invoice=[^"]+)"', page)
    assert link is not None
    form = drawn_form(client.get(link[1]).content.decode())
    assert (form["pay"], form["total"], form["to_invoices"]) == ("selected_invoices", "10000", "10000")
    sent = form | {"invoice": public_id("inv", request), "method": account}
    assert client.post(reverse("portal:pay"), sent).status_code == 302
    attempt = Attempt.objects.get()
    # Under way, it takes nothing from what is owed.
    shown = client.get(reverse("portal:pay")).content.decode()
    assert "A payment of €100.00 is under way" in shown
    assert drawn_form(shown)["total"] == ("1200" if owes else "0")
    pay(attempt.action_url)
    client.get(reverse("portal:return", args=[public_id("att", attempt.id)]))
    assert invoices.invoice(request)["open_minor"] == 0
    now_has = standing(customer)
    assert (now_has.owes_minor, now_has.credit_minor, now_has.wallet_minor) == (1200 if owes else 0, 0, 10000)


def test_all_that_is_open_leaves_top_up_requests_out(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    invoice = house.invoice(customer, 1000)
    requested(customer)
    page = client.get(reverse("portal:pay")).content.decode()
    assert drawn_form(page)["total"] == "1200"
    assert client.post(reverse("portal:pay"), drawn_form(page) | {"method": account}).status_code == 302
    pay(Attempt.objects.get().action_url)
    client.get(reverse("portal:return", args=[public_id("att", Attempt.objects.get().id)]))
    assert invoices.invoice(invoice)["open_minor"] == 0


def test_an_invoice_that_is_paid_with_others_leads_to_that_payment(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    first, _second = house.invoice(customer, 1000), house.invoice(customer, 2000)
    form = drawn_form(client.get(reverse("portal:pay")).content.decode())
    client.post(reverse("portal:pay"), form | {"method": account})
    under_way = reverse("portal:payment", args=[public_id("pay", Attempt.objects.get().payment_id)])
    page = client.get(reverse("portal:invoice", args=[public_id("inv", first)])).content.decode()
    assert f'href="{under_way}"' in page
