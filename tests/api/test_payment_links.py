"""Payment links over the API: told once, listed without their secret, revoked, and never kept."""

import pytest

from tallystick.foundation.models import IdempotencyRecord
from tests.api.caller import Caller
from tests.api.conftest import Business


def test_a_link_is_made_listed_opened_and_revoked(api: Caller, business: Business) -> None:
    invoice = business.open_invoice(business.x, 3000)
    path = f"/invoices/{invoice}/payment_links"
    made = api.post(path, {"days": 7}, key="once")
    assert made.status == 201
    assert (made.body["invoice"], made.body["state"], made.body["is_mailed"]) == (invoice, "live", False)
    token = made.body["url"].split("/")[-2]
    assert len(token) == 43
    assert api.post(path, {"days": 7}, key="once").raw == made.raw
    listed = api.get(path)
    assert listed.body["data"] == [{name: made.body[name] for name in made.body if name != "url"}]
    assert not IdempotencyRecord.objects.filter(answer__icontains=token).exists()
    page = f"/pay/{token}/"
    assert api.http.get(page).status_code == 200
    revoked = api.post(f"{path}/{made.body['id']}/revoke", {})
    assert (revoked.status, revoked.body["state"]) == (200, "revoked")
    assert api.post(f"{path}/{made.body['id']}/revoke", {}).body["revoked_at"] == revoked.body["revoked_at"]
    assert api.http.get(page).status_code == 404


def test_what_is_not_owed_gets_no_link(api: Caller, business: Business) -> None:
    draft = api.post(
        "/invoices",
        {
            "customer": business.cus_x,
            "currency": "EUR",
            "lines": [{"description": "A", "quantity": "1", "unit_price_minor": 100, "tax_rate": business.tax_rate}],
        },
    ).body["id"]
    told = api.post(f"/invoices/{draft}/payment_links", {})
    assert (told.status, told.body["code"]) == (409, "invoice_not_open")
    assert api.get(f"/invoices/{draft}/payment_links").body == {"data": []}


@pytest.mark.parametrize("days", [0, 366, "7", 1.5])
def test_days_that_make_no_link(api: Caller, business: Business, days: object) -> None:
    invoice = business.open_invoice(business.x, 3000)
    assert api.post(f"/invoices/{invoice}/payment_links", {"days": days}).status == 422
    assert api.get(f"/invoices/{invoice}/payment_links").body == {"data": []}


def test_another_invoices_link_is_not_there(api: Caller, business: Business) -> None:
    one, two = business.open_invoice(business.x, 3000), business.open_invoice(business.x, 3000)
    made = api.post(f"/invoices/{one}/payment_links", {}).body
    assert api.post(f"/invoices/{two}/payment_links/{made['id']}/revoke", {}).status == 404
    assert api.get(f"/invoices/{one}/payment_links").body["data"][0]["state"] == "live"
