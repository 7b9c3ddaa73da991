"""Vouchers in the back office: each act by somebody who may, and refused to somebody who may not (B14, B17)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tallystick.foundation.ids import public_id
from tallystick.ledger import queries as ledger
from tallystick.usecases import make_vouchers
from tallystick.wallets import voucher_queries as queries
from tests.backoffice.business import SYSTEM, Business, moment, uid
from tests.backoffice.test_writes import done, post, refused, url

pytestmark = pytest.mark.django_db

Signed = Callable[[str], Client]
TOLD: dict[str, Any] = {
    "name": "Spring promotion",
    "is_sold": "no",
    "gives": "free",
    "amount": "10.00",
    "amount_currency": "EUR",
    "quantity": "12",
    "uses_per_voucher": "1",
    "lifetime_days": "90",
    "code_alphabet": "letters",
    "code_length": "20",
}


def text(client: Client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())


def made(client: Client, **more: str) -> str:
    """This function will make a batch through the form, and return its public id."""
    return done(client, url("new-vouchers"), TOLD | more)["Location"].rstrip("/").rpartition("/")[2]


def codes(public: str) -> list[str]:
    """This function will return the codes of a batch."""
    return [each.code for each in make_vouchers.voucher_codes(actor=SYSTEM, at=moment(), batch_id=uid(public))]


def test_a_batch_is_made_listed_downloaded_and_deactivated(business: Business, as_role: Signed) -> None:
    customer = business.customer("Callers Ltd")
    refused(as_role("Support"), url("new-vouchers"), TOLD)
    finance = as_role("Finance")
    public = made(finance, customers="c-00001\n", uses_per_customer="2")
    page = text(finance, url("voucher-batch", public))
    for words in ("Spring promotion", "0 of 12 redeemed", "Promotional", "Callers Ltd", "90 days", "Active"):
        assert words in page
    assert "0 of 12" in text(as_role("Read-only"), url("vouchers"))
    assert queries.customers_of([uid(public)])[uid(public)] == [(customer, "Callers Ltd")]

    for name in ("voucher-codes-csv", "voucher-codes-pdf"):
        assert as_role("Support").get(url(name, public)).status_code == 403
    answer = finance.get(url("voucher-codes-csv", public))
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 13
    assert lines[1].split(",")[:4] == ["VB-00001-1", codes(public)[0], "1", "10.00"]
    assert finance.get(url("voucher-codes-pdf", public)).content.startswith(b"%PDF")
    assert "Codes downloaded" in text(finance, url("voucher-batch", public))

    refused(as_role("Support"), url("deactivate-vouchers", public), {"reason": "Leaked"})
    done(finance, url("deactivate-vouchers", public), {"reason": "Leaked"})
    assert "Deactivated" in text(finance, url("voucher-batch", public))
    gone = finance.get(url("voucher-codes-csv", public), follow=True)
    assert "its codes are gone" in gone.content.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"code_alphabet": "digits"}, "25 to 40 characters"),
        ({"gives": "multiplier"}, "by what a top-up is multiplied"),
        ({"is_sold": "yes"}, "Say who buys these vouchers"),
        ({"customers": "Nobody"}, "No single customer"),
        ({"gives": "additional", "minimum_topup": "5.00", "minimum_topup_currency": "KWD"}, "currency of the amount"),
    ],
)
def test_what_does_not_go_together_is_said_beside_its_field(
    business: Business, finance: Client, wrong: dict[str, str], words: str
) -> None:
    answer = post(finance, url("new-vouchers"), TOLD | wrong)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert queries.batches_page().rows == []


def test_a_sold_batch_is_paid_for_and_one_of_it_redeemed_for_a_customer(business: Business, as_role: Signed) -> None:
    customer = public_id("cus", business.customer("Callers Ltd"))
    finance = as_role("Finance")
    public = made(finance, is_sold="yes", reseller="Kiosk am Eck")
    code = codes(public)[4]
    told = {"number": code.lower(), "currency": "EUR"}
    sale = {"received_date": moment().date().isoformat(), "method": "cash"}
    early = post(finance, url("redeem-voucher", customer), told)
    assert "not active" in early.content.decode()
    refused(as_role("Support"), url("sell-vouchers", public), sale)
    done(finance, url("sell-vouchers", public), sale)
    assert "Sold to Kiosk am Eck" in text(finance, url("voucher-batch", public))

    refused(as_role("Read-only"), url("redeem-voucher", customer), told)
    support = as_role("Support")
    done(support, url("redeem-voucher", customer), told)
    (standing,) = ledger.standings(uid(customer))
    assert standing.wallet_minor == 1000
    page = text(support, url("customer", customer))
    assert "Wallet 10.00 EUR" in page
    assert "VB-00001-5" in page, "the lot says which voucher opened it"
    page = text(support, url("voucher-batch", public))
    assert "1 of 12 redeemed" in page
    (row,) = queries.redemptions_page(uid(public)).rows
    page = text(support, url("payment", public_id("pay", row["payment_id"])))
    assert "Voucher VB-00001-5" in page
    assert "Refund Payment" not in page
    again = post(support, url("redeem-voucher", customer), told)
    assert "redeemed before" in again.content.decode()
    wrong = post(support, url("redeem-voucher", customer), {**told, "number": "0000"})
    assert "Tries left before an hour of waiting: 4" in wrong.content.decode()
