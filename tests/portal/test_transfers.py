"""Paying by a promised bank transfer: where to send it, "I have sent it", and taking the promise back."""

import re
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tallystick.correspondence.models import Message
from tallystick.foundation import business, settings_store
from tallystick.foundation.errors import NotFound
from tallystick.foundation.ids import new_id, public_id
from tallystick.foundation.transactions import transaction
from tallystick.interfaces.jobs import mail
from tallystick.invoices import queries as invoices
from tallystick.payments import lists, proofs
from tallystick.payments import queries as payments
from tallystick.payments.filters import PaymentFilter
from tallystick.payments.models import Attempt
from tallystick.usecases import promise
from tests.portal.conftest import STAFF, Business, form_of, now, only_payment
from tests.sandbox_service import pay

pytestmark = pytest.mark.django_db


def test_one_invoice_by_transfer_is_its_expected_payment(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    invoice = house.invoice(customer)
    form = form_of(invoice, method="bank_transfer")
    first, second = client.post("/portal/pay/", form), client.post("/portal/pay/", form)
    assert first["Location"] == second["Location"]
    row = only_payment(customer)
    assert (row["kind"], row["status"], row["method"]) == ("scheduled", "pending", "bank_transfer")
    page = client.get(first["Location"]).content.decode()
    for words in ("DE89 3704 0044 0532 0130 00", "COBADEFFXXX", "Northwind Fibre Ltd", "€106.80"):
        assert words in page
    assert str(invoices.invoice(invoice)["number"]) in page
    mail.transfer(payment_id=str(row["id"]))
    mail.transfer(payment_id=str(row["id"]))
    [message] = Message.objects.filter(kind="transfer_instructions")
    assert "DE89 3704 0044 0532 0130 00" in message.text_body


def test_several_invoices_by_transfer_are_a_promise_with_a_reference(
    signed_in: tuple[Client, UUID], house: Business
) -> None:
    client, customer = signed_in
    chosen = [house.invoice(customer, 1000), house.invoice(customer, 2000)]
    client.post("/portal/pay/", form_of(*chosen, method="bank_transfer"))
    row = only_payment(customer)
    reference = f"C-00001-{row['id'].hex[-6:].upper()}"
    assert (row["kind"], row["status"], row["total_minor"], row["reference"]) == ("receipt", "pending", 3600, reference)
    public = public_id("pay", row["id"])
    client.post(reverse("portal:sent", args=[public]), {"reference": "SEPA 4711", "idempotency_key": "k"})
    row = only_payment(customer)
    assert (row["status"], row["reference"]) == ("pending", f"{reference} · SEPA 4711")
    assert "You told us that you have sent it" in client.get(reverse("portal:payment", args=[public])).content.decode()


def test_what_proves_a_transfer_is_handed_in_and_read_by_staff(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    client.post("/portal/pay/", form_of(house.invoice(customer), method="bank_transfer"))
    row = only_payment(customer)
    path = reverse("portal:sent", args=[public_id("pay", row["id"])])
    form = {"reference": "", "idempotency_key": "k"}
    for _ in range(2):
        client.post(path, {**form, "proof": SimpleUploadedFile("C:\\Bank\\confirmation.pdf", b"%PDF-1.7 sent")})
    [kept] = proofs.of_payment(row["id"])
    assert (kept["name"], kept["media_type"], kept["added_by"]) == (
        "confirmation.pdf",
        "application/pdf",
        "Mary O'Neill",
    )
    given = promise.download_proof(actor=STAFF, at=now(), payment_id=row["id"], proof_id=kept["id"])
    assert given.content == b"%PDF-1.7 sent"
    with pytest.raises(NotFound):
        promise.download_proof(actor=STAFF, at=now(), payment_id=new_id(), proof_id=kept["id"])


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("page.html", b"<script>alert(1)</script>", "A file is a PDF or a picture"),
        ("empty.pdf", b"", "The submitted file is empty|The file is empty"),
        ("4242 4242 4242 4242.pdf", b"%PDF-1.7", "card number"),
        ("large.pdf", b"%PDF-" + b"0" * 10_000_000, "at most 10 MB"),
    ],
)
def test_what_is_no_proof_is_refused_without_a_trace(
    signed_in: tuple[Client, UUID], house: Business, name: str, content: bytes, why: str
) -> None:
    client, customer = signed_in
    client.post("/portal/pay/", form_of(house.invoice(customer), method="bank_transfer"))
    row = only_payment(customer)
    before = payments.timeline(row["id"])
    path = reverse("portal:sent", args=[public_id("pay", row["id"])])
    told = client.post(path, {"proof": SimpleUploadedFile(name, content), "idempotency_key": "k"}, follow=True)
    assert re.search(why, told.content.decode())
    assert (proofs.of_payment(row["id"]), payments.timeline(row["id"])) == ([], before)


def test_a_banking_app_reads_the_transfer_from_the_page(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    sent = client.post("/portal/pay/", form_of(house.invoice(customer), method="bank_transfer"))
    drawn = client.get(sent["Location"]).content.decode().partition('class="qr"')[2].partition("</svg>")[0]
    # It is as large as its place on the page: only what has a view box and no size of its own grows.
    assert re.search(r'<svg [^>]*viewBox="0 0 \d+ \d+"', drawn)
    assert not re.search(r"<svg [^>]*width=", drawn)


def test_a_promise_reserves_nothing_and_can_be_taken_back(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    chosen = [house.invoice(customer, 1000), house.invoice(customer, 2000)]
    client.post("/portal/pay/", form_of(*chosen, method="bank_transfer"))
    promised = only_payment(customer)
    path = reverse("portal:withdraw", args=[public_id("pay", promised["id"])])
    assert client.post("/portal/pay/", form_of(chosen[0], method=account)).status_code == 302
    client.post(path, {"idempotency_key": "w"})
    assert payments.payment(promised["id"])["status"] == "cancelled"
    # Taken back already: said, and nothing more is done.
    answer = client.post(path, {"idempotency_key": "w2"}, follow=True)
    assert "not a bank transfer that we are waiting for" in answer.content.decode()


def test_an_invoices_promise_taken_back_is_expected_again(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    invoice = house.invoice(customer)
    client.post("/portal/pay/", form_of(invoice, method="bank_transfer"))
    public = public_id("pay", only_payment(customer)["id"])
    client.post(reverse("portal:withdraw", args=[public]), {"idempotency_key": "w"})
    live = payments.live_scheduled(invoice)
    assert live is not None
    assert (live["status"], live["method"]) == ("pending", "")
    assert lists.payments_page(PaymentFilter(customer_id=customer, made=True), public=True).rows == []


def test_after_a_decline_a_transfer_is_a_new_expectation(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    invoice = house.invoice(customer)
    client.post("/portal/pay/", form_of(invoice, method=account))
    attempt = Attempt.objects.get()
    pay(attempt.action_url, "4000000000009995")
    client.get(reverse("portal:return", args=[public_id("att", attempt.id)]))
    client.post("/portal/pay/", form_of(invoice, method="bank_transfer"))
    live = payments.live_scheduled(invoice)
    assert live is not None
    assert (live["status"], live["method"], live["replaces_id"]) == ("pending", "bank_transfer", attempt.payment_id)


def test_transfers_are_not_offered_without_an_account(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    invoice = house.invoice(customer)
    with transaction():
        settings_store.put(business.BANK_IBAN, "")
    assert "Bank transfer" not in client.get("/portal/pay/").content.decode()
    assert client.post("/portal/pay/", form_of(invoice, method="bank_transfer")).status_code == 422
