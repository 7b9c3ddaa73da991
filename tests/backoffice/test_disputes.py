"""Disputes on the pages of staff (E38d): the list, one with its steps and its evidence, what is done and by whom."""

import html
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.test import Client

from tallystick.foundation.ids import public_id
from tallystick.foundation.transactions import transaction
from tallystick.invoices import queries as invoices
from tallystick.payments import dispute_queries, disputes
from tallystick.payments import queries as payments
from tallystick.usecases import charge, contracts, dispute, record, subscribe, topup
from tests.backoffice import offers
from tests.backoffice.business import SYSTEM, Business, moment, uid
from tests.backoffice.disputing import disputed, in_days, paid_by_card, state_of
from tests.backoffice.forms import Signed
from tests.backoffice.test_writes import done, post, refused, url
from tests.sandbox_service import SandboxService, running_sandbox
from tests.trails import trail_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxService]:
    """A payment service, one for all stories of this file."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as served:
        yield served


def read(client: Client, address: str) -> str:
    """This function will return what stands on a page, as people read it."""
    response = client.get(address)
    assert response.status_code == 200
    page = html.unescape(response.content.decode()).replace("\N{NO-BREAK SPACE}", " ")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition("<main")[2]))


def pay(payment: UUID) -> str:
    return public_id("pay", payment)


def dsp(of: UUID) -> str:
    return public_id("dsp", of)


def test_a_dispute_is_recorded_with_what_it_does_and_lost(
    business: Business, as_role: Signed, sandbox: SandboxService
) -> None:
    customer = business.customer()
    invoice, payment = paid_by_card(business, sandbox, customer)
    finance = as_role("Finance")
    told = {"amount": "100.00", "amount_currency": "EUR", "reason": "not_received", "due": str(in_days(5))}
    told |= {"fee": "15", "fee_currency": "EUR"}
    assert "Record a dispute" in read(finance, url("payment", pay(payment)))
    assert "can be neither refunded nor released" in read(finance, url("payment-dispute", pay(payment)))
    for role in ("Support", "Engineer", "Read-only"):
        refused(as_role(role), url("payment-dispute", pay(payment)), told)
    done(finance, url("payment-dispute", pay(payment)), told)
    (row,) = dispute_queries.disputes_of(payment)
    assert (row["amount_minor"], row["fee_minor"], row["evidence_due_date"]) == (10000, 1500, in_days(5))

    page = read(finance, url("payment", pay(payment)))
    assert "Disputed" in page
    assert "The payer takes 100.00 EUR of this back." in page
    assert "The service was not received" in page
    assert "6.80 EUR can be refunded." in read(finance, url("payment-refund", pay(payment)))

    address = url("dispute-lose", dsp(row["id"]))
    number = invoices.invoice(invoice)["number"]
    assert f"{number} is open again for 100.00 EUR, and a new payment is expected." in read(finance, address)
    refused(as_role("Support"), address, {})
    done(finance, address, {})
    assert (state_of(row["id"]), invoices.invoice(invoice)["open_minor"]) == ("lost", 10000)
    page = read(finance, url("dispute", dsp(row["id"])))
    assert "100.00 EUR was taken from the payment." in page
    assert "Dispute lost" in page
    assert "Lost in dispute" in read(finance, url("payments"))
    again = post(finance, url("dispute-win", dsp(row["id"])))
    assert again.status_code == 422
    assert "This dispute is lost" in again.content.decode()


def test_a_dispute_is_won_and_its_fee_comes_back(business: Business, as_role: Signed, sandbox: SandboxService) -> None:
    _, payment = paid_by_card(business, sandbox, business.customer())
    opened = disputed(payment, fee_minor=1500)
    address = url("dispute-win", dsp(opened))
    refused(as_role("Read-only"), address, {"fee_returned": "on"})
    done(as_role("Finance"), address, {"fee_returned": "on"})
    row = dispute_queries.dispute(opened)
    assert (row["state"], row["fee_returned"], payments.payment(payment)["disputed_minor"]) == ("won", True, 0)
    assert "came back" in read(as_role("Read-only"), url("dispute", dsp(opened)))


def test_a_bank_return_says_what_opens_and_is_final(business: Business, as_role: Signed) -> None:
    customer = business.customer()
    invoice = business.invoice(customer, 5000)
    payment = business.payment(customer, 7000, allocates_oldest_first=True, method="direct_debit")
    finance = as_role("Finance")
    address = url("payment-bank-return", pay(payment))
    page = read(finance, address)
    assert "10.00 EUR is taken of what is not allocated." in page
    assert f"{invoices.invoice(invoice)['number']} is open again for 60.00 EUR" in page
    told = {"amount": "70.00", "amount_currency": "EUR", "reason": "no_mandate", "returned": str(moment().date())}
    refused(as_role("Support"), address, told)
    for change, sentence in (
        ({"amount": "70.01"}, "Only 70.00 EUR of this payment can still be disputed."),
        ({"returned": str(in_days(1))}, "or an earlier day."),
        ({"reason": "fraudulent"}, "Select a valid choice"),
    ):
        answer = post(finance, address, told | change)
        assert answer.status_code == 422
        assert sentence in html.unescape(answer.content.decode()).replace("\N{NO-BREAK SPACE}", " "), change
    assert dispute_queries.disputes_of(payment) == []
    done(finance, address, told)
    (row,) = dispute_queries.disputes_of(payment)
    assert (row["kind"], row["state"], invoices.invoice(invoice)["open_minor"]) == ("bank_return", "lost", 6000)
    page = read(finance, url("dispute", dsp(row["id"])))
    assert "The bank sent the money back" in page
    assert "The bank knows of no mandate" in page
    story = read(finance, url("payment", pay(payment)))
    assert "Sent back by the bank" in story
    assert "Record a bank return" not in story, "nothing is left of it"


def test_what_a_service_reports_it_decides(business: Business, as_role: Signed, sandbox: SandboxService) -> None:
    _, payment = paid_by_card(business, sandbox, business.customer())
    opened = disputed(payment)
    finance = as_role("Finance")
    assert url("dispute-lose", dsp(opened)) in finance.get(url("dispute", dsp(opened))).content.decode()
    with transaction():
        disputes.adopt(disputes.locked(opened), external_id="sdsp_1", reason_code="", evidence_due_date=in_days(3))
    page = finance.get(url("dispute", dsp(opened))).content.decode()
    assert url("dispute-lose", dsp(opened)) not in page
    assert "It decides, and its answer is booked here by itself." in page
    assert post(finance, url("dispute-lose", dsp(opened))).status_code == 422
    assert state_of(opened) == "opened"


def test_the_list_and_home_say_what_needs_an_answer_first(
    business: Business, as_role: Signed, sandbox: SandboxService
) -> None:
    readonly = as_role("Read-only")
    assert "No disputes" in read(readonly, url("disputes"))
    for name, days in (("Later Ltd", 9), ("Sooner Ltd", 2), ("Won Ltd", 1)):
        _, payment = paid_by_card(business, sandbox, business.customer(name))
        opened = disputed(payment, evidence_due_date=in_days(days))
        if name == "Won Ltd":
            dispute.win_dispute(actor=SYSTEM, at=moment(), dispute_id=opened)
    page = read(readonly, url("disputes"))
    assert page.index("Sooner Ltd") < page.index("Later Ltd") < page.index("Won Ltd")
    assert "Won Ltd" not in read(readonly, f"{url('disputes')}?state=opened&state=inquiry")
    assert readonly.get(f"{url('disputes')}?state=nonsense").status_code == 400
    page = read(readonly, url("home"))
    assert "2 disputes need an answer" in page
    assert page.index("Sooner Ltd") < page.index("Later Ltd")


def test_invoice_and_contract_come_as_one_file(business: Business, as_role: Signed, sandbox: SandboxService) -> None:
    customer = business.customer()
    product = offers.product()
    price = offers.price(offers.variant(product), business.vat)
    subscription = offers.draft(customer, price)
    at = datetime.now(tz=UTC)
    for _ in range(2):
        contracts.add_contract_file(
            actor=SYSTEM, at=at, subscription_id=subscription, name="contract.pdf", content=offers.PDF
        )
    subscribe.activate_subscription(actor=SYSTEM, at=at, subscription_id=subscription)
    ((invoice),) = [row["id"] for row in invoices.open_invoices(customer, "EUR")]
    payment = business.card_payment(customer, invoice, business.gateway(sandbox), "4242424242424242")
    opened = disputed(payment, reason="subscription_cancelled")
    page = read(as_role("Read-only"), url("dispute", dsp(opened)))
    for step in (
        "1. Check subscription terms",
        "2. Verify payment amount is correct",
        "3. Provide invoice and contract",
        "4. Resolve dispute",
        "5. Adjust payment if necessary",
        "Fibre",
        "2 contract files of S-00001",
    ):
        assert step in page, step

    address = url("dispute-evidence", dsp(opened))
    answer = as_role("Support").get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert sorted(archive.namelist()) == [
            f"{invoices.invoice(invoice)['number']}.pdf",
            "S-00001 contract (2).pdf",
            "S-00001 contract.pdf",
        ]
        assert archive.read("S-00001 contract.pdf") == offers.PDF
    assert trail_of(opened)[-1]["action"] == "download_evidence"
    assert Client().get(address).status_code == 302


def test_missing_disputes_are_missing(finance: Client) -> None:
    for text in (f"dsp_{'0' * 12}7{'0' * 3}8{'0' * 15}", "dsp_x", "pay_1"):
        for name in ("dispute", "dispute-win", "dispute-lose", "dispute-evidence"):
            assert finance.get(url(name, text)).status_code == 404
    assert finance.get(url("payment-dispute", "pay_x")).status_code == 404


def test_a_bank_return_says_for_which_purchases_no_tax_stands_any_more(business: Business, as_role: Signed) -> None:
    customer = business.customer()
    act = {"actor": SYSTEM, "at": moment()}
    told = {"customer_id": customer, "currency": "EUR", "total_minor": 1200}
    asked = topup.create_topup_request(**act, **told, tax_rate_id=business.vat)
    topup.send_topup_request(**act, request_id=uid(asked["id"]))
    paid = record.record_payment(**act, **told, parts=[record.Part(invoice_id=uid(asked["id"]))])
    charge.charge_account(**act, **told | {"total_minor": 300}, tax_rate_id=business.vat, description="Calls")
    returned = dispute.record_bank_return(**act, payment_id=uid(paid["id"]))
    page = read(as_role("Read-only"), url("dispute", returned["id"]))
    for words in ("Purchases without tax", "3.00 EUR of a top-up", "TAX-", "0.60 EUR of it"):
        assert words in page, page
    other = business.payment(customer, 500)
    returned = dispute.record_bank_return(**act, payment_id=other)
    assert "Purchases without tax" not in read(as_role("Read-only"), url("dispute", returned["id"]))
