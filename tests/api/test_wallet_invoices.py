"""Wallets and invoices over the API: usage is invoiced, an invoice is paid from the wallet, and that is undone."""

import pytest

from tests.api.caller import Caller
from tests.api.conftest import Business, a_payment

pytestmark = pytest.mark.django_db


def test_usage_is_invoiced_and_an_invoice_paid_from_the_wallet(business: Business, api: Caller) -> None:
    bought = {"customer": business.cus_x, "currency": "EUR", "total_minor": 600, "description": "Calls"}
    api.post("/charges", {**bought, "tax_rate": business.tax_rate})
    usage = api.post(f"/customers/{business.cus_x}/usage_invoices", {"currency": "EUR"})
    assert (usage.status, usage.body["total_minor"], usage.body["tax_minor"]) == (201, 600, 0)
    again = api.post(f"/customers/{business.cus_x}/usage_invoices", {"currency": "EUR"})
    assert (again.status, again.body["code"]) == (409, "nothing_used_beyond_prepaid")
    void = api.post(f"/invoices/{usage.body['id']}/void", {"reason": "Wrong"})
    assert (void.status, void.body["code"]) == (409, "usage_is_final")
    (wallet,) = api.get(f"/customers/{business.cus_x}/wallets").body["data"]
    assert wallet["balance_minor"] == 0

    path = f"/invoices/{usage.body['id']}/wallet_draws"
    assert api.post(path, {}).body["code"] == "wallet_too_small"
    wanted = {"customer": business.cus_x, "currency": "EUR", "total_minor": 1000}
    request = api.post("/topup_requests", wanted).body["id"]
    api.post(f"/topup_requests/{request}/send", {})
    paid = api.post("/payments", a_payment(customer=business.cus_x)).body["id"]
    api.post(f"/payments/{paid}/allocate", {"allocations": [{"invoice": request}]})
    drawn = api.post(path, {"amount_minor": 250})
    assert (drawn.status, drawn.body["amount_minor"], drawn.body["taken_back_at"]) == (201, 250, None)
    assert [part["amount_minor"] for part in drawn.body["parts"]] == [250]
    assert api.get(f"/invoices/{usage.body['id']}").body["open_minor"] == 350
    back = api.post(f"/wallet_draws/{drawn.body['id']}/take_back")
    assert (back.status, back.body["taken_back_at"] is None) == (200, False)
    assert [each["id"] for each in api.get(path).body["data"]] == [drawn.body["id"]]
    assert api.get(f"/invoices/{usage.body['id']}").body["open_minor"] == 600
    assert api.post(f"/wallet_draws/{drawn.body['id']}/take_back").status == 404
