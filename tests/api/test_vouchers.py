"""Vouchers over the API: made, downloaded, sold, redeemed once, guessed in vain, deactivated (B14, B17)."""

import csv
import io

import pytest

from tallystick.foundation.models import AuditEntry
from tests.api.caller import Caller
from tests.api.conftest import Business

pytestmark = pytest.mark.django_db
BATCH = {"name": "Spring", "currency": "EUR", "amount_minor": 1000, "quantity": 3, "lifetime_days": 90}


def codes(api: Caller, batch: str) -> list[dict[str, str]]:
    """This function will download the codes of a batch."""
    answer = api.get(f"/voucher_batches/{batch}/codes/csv")
    assert answer.status == 200
    return list(csv.DictReader(io.StringIO(answer.raw.decode().removeprefix("\ufeff"))))


def test_vouchers_are_made_downloaded_redeemed_and_deactivated(business: Business, api: Caller) -> None:
    made = api.post("/voucher_batches", {**BATCH, "customers": [business.cus_x]})
    assert (made.status, made.body["state"], made.body["customers"]) == (201, "active", [business.cus_x])
    assert made.body["redeemed"] == 0
    batch = made.body["id"]
    rows = codes(api, batch)
    assert [row["voucher"] for row in rows] == ["VB-00001-1", "VB-00001-2", "VB-00001-3"]
    assert [(row["amount"], row["uses_left"]) for row in rows] == [("10.00", "1")] * 3
    assert AuditEntry.objects.filter(action="download_voucher_codes").count() == 1
    assert api.get(f"/voucher_batches/{batch}/codes/pdf").raw.startswith(b"%PDF")

    body = {"customer": business.cus_x, "number": rows[0]["code"], "currency": "EUR"}
    first, again = api.post("/vouchers/redeem", body, key="once"), api.post("/vouchers/redeem", body, key="once")
    assert (first.status, first.raw) == (201, again.raw)
    assert (first.body["total_minor"], first.body["left_minor"]) == (1000, 1000)
    (wallet,) = api.get(f"/customers/{business.cus_x}/wallets").body["data"]
    assert (wallet["balance_minor"], wallet["lots"][0]["expires_date"]) == (1000, first.body["expires_date"])
    payment = api.get(f"/payments/{first.body['payment']}").body
    assert (payment["kind"], payment["total_minor"], payment["unallocated_minor"]) == ("voucher", 1000, 0)
    assert [each["payment"] for each in api.get(f"/voucher_batches/{batch}/redemptions").body["data"]] == [
        payment["id"]
    ]

    told = api.post("/vouchers/redeem", body)
    assert (told.status, told.body["code"], told.body["field"]) == (409, "voucher_used", "number")
    told = api.post("/vouchers/redeem", {**body, "customer": business.cus_y, "number": rows[1]["code"]})
    assert told.body["code"] == "voucher_not_for_customer"
    assert api.post(f"/voucher_batches/{batch}/sell", {"method": "cash"}).body["code"] == "voucher_batch_not_sellable"
    gone = api.post(f"/voucher_batches/{batch}/deactivate", {"reason": "Over"}).body
    assert (gone["state"], gone["redeemed"]) == ("deactivated", 1)
    assert api.get(f"/voucher_batches/{batch}/codes/csv").status == 409
    assert [each["id"] for each in api.get("/voucher_batches").body["data"]] == [batch]


def test_a_batch_is_sold_before_it_can_be_redeemed(business: Business, api: Caller) -> None:
    batch = api.post("/voucher_batches", {**BATCH, "is_sold": True, "reseller": "Kiosk"}).body
    assert batch["state"] == "unsold"
    body = {"customer": business.cus_x, "number": codes(api, batch["id"])[2]["code"], "currency": "EUR"}
    assert api.post("/vouchers/redeem", body).body["code"] == "voucher_not_active"
    sold = api.post(f"/voucher_batches/{batch['id']}/sell", {"method": "cash"})
    assert (sold.status, sold.body["state"]) == (200, "active")
    told = api.post("/vouchers/redeem", body)
    lots = api.get(f"/customers/{business.cus_x}/wallets").body["data"][0]["lots"]
    assert [(lot["kind"], lot["id"]) for lot in lots] == [("paid", told.body["lot"])]


def test_guesses_are_counted_and_a_narrowed_key_sees_its_own_customer_alone(business: Business, api: Caller) -> None:
    batch = api.post("/voucher_batches", BATCH).body["id"]
    narrow = business.caller("view", "vouchers.redeem", customer=business.x)
    for path in ("", f"/{batch}", f"/{batch}/redemptions"):
        assert narrow.get(f"/voucher_batches{path}").status == 403
    body = {"customer": business.cus_x, "number": "0000 0000 0000 0000 0000", "currency": "EUR"}
    told = [narrow.post("/vouchers/redeem", body).body for _ in range(6)]
    assert [each["code"] for each in told] == [*["voucher_unknown"] * 5, "voucher_held_back"]
    assert [each["tries_left"] for each in told[:5]] == [4, 3, 2, 1, 0]
    assert told[5]["minutes"] == 60
    right = {**body, "customer": business.cus_y, "number": codes(api, batch)[0]["code"]}
    assert narrow.post("/vouchers/redeem", right).status == 404
    assert api.post("/vouchers/redeem", right).status == 201
