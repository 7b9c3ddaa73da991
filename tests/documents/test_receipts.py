"""Receipts as PDF: numbered, issued once, the same bytes for ever, for who may read them (E35)."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from tallystick.customers import operations as customers
from tallystick.foundation.errors import NotFound
from tallystick.foundation.ids import public_id
from tallystick.foundation.models import AuditEntry
from tallystick.foundation.transactions import savepoint, transaction
from tallystick.interfaces.jobs import mail
from tallystick.invoices import queries as invoices
from tallystick.invoices.documents.drawing import render_receipt
from tallystick.invoices.documents.facts import ReceiptFacts
from tallystick.payments.receipt_models import Receipt
from tallystick.payments.receipts import NoReceipt
from tallystick.usecases import allocate, amend, configure, receipts, record, refund
from tallystick.usecases.deliver import deliver_message
from tallystick.usecases.record import Part
from tests.backoffice.business import member
from tests.correspondence.smtp_server import smtp_server
from tests.documents import samples
from tests.documents.samples import text_of
from tests.documents.test_mail import attached_to, only_message, use
from tests.portal.conftest import STAFF, Business, now, uid

pytestmark = pytest.mark.django_db


def paid(house: Business, customer: Any, **more: Any) -> Any:
    told = {"total_minor": 10680, "currency": "EUR", "method": "cash", "description": "Rent #planted-private", **more}
    told |= {"remark": "planted-remark", "reference": "Till 7", "allows_duplicate": True}
    return uid("pay", record.record_payment(actor=STAFF, at=now(), customer_id=customer, **told)["id"])


def document(payment: Any) -> bytes:
    return receipts.receipt_document(actor=STAFF, at=now(), payment_id=payment).content


def test_a_receipt_says_who_paid_what_for_what_and_nothing_private(house: Business) -> None:
    customer = house.customer()
    invoice = house.invoice(customer, 5000)
    payment = paid(house, customer, parts=[Part(invoice_id=invoice)])
    read = text_of(document(payment))
    number = Receipt.objects.get().number
    assert number.startswith("R-")
    for expected in (
        f"Receipt {number}",
        f"Invoice {invoices.invoice(invoice)['number']} 60.00",
        "Kept as your credit 46.80",
        "Total received €106.80",
        "Method Cash",
        "Reference Till 7",
        "Rent",
    ):
        assert expected in read, expected
    assert "planted" not in read
    assert "planted" not in str(Receipt.objects.get().facts)


def test_it_is_the_same_for_ever_whatever_is_edited_moved_or_renamed(house: Business) -> None:
    customer = house.customer()
    payment = paid(house, customer)
    first = document(payment)
    assert AuditEntry.objects.filter(action="issue_receipt").count() == 1
    # Its credit pays the next invoice at once.
    assert invoices.invoice(house.invoice(customer, 5000))["open_minor"] == 0
    amend.edit_payment(actor=STAFF, at=now(), payment_id=payment, changes={"description": "Other", "reference": "X"})
    configure.change_settings(actor=STAFF, at=now(), changes={"business_name": "Other"})
    with transaction():
        customers.change_customer(customer, {"name": "Renamed Ltd"})
    assert document(payment) == first
    assert Receipt.objects.count() == 1
    assert AuditEntry.objects.filter(action="issue_receipt").count() == 1
    with pytest.raises(IntegrityError, match="append-only"), savepoint():
        Receipt.objects.update(number="R-0")
    allocate.reverse_payment(actor=STAFF, at=now(), payment_id=payment, reason="Wrong")
    assert "Void" in text_of(document(payment))


def test_another_customer_gets_a_receipt_of_its_own_and_never_the_first_one_s(house: Business) -> None:
    first, second = house.customer(), house.customer("Second Ltd")
    payment = paid(house, first)
    document(payment)
    allocate.unassign_payment(actor=STAFF, at=now(), payment_id=payment)
    with pytest.raises(NoReceipt):
        document(payment)
    allocate.assign_payment(actor=STAFF, at=now(), payment_id=payment, customer_id=second)
    assert "Second Ltd" in text_of(document(payment))
    assert len(set(Receipt.objects.values_list("number", flat=True))) == 1


def test_a_refund_has_a_receipt_with_a_number_of_its_own_series(house: Business) -> None:
    payment = paid(house, house.customer())
    made = refund.refund_payment(
        actor=STAFF, at=now(), payment_id=payment, amount_minor=2000, reason="Returned early", method="cash"
    )
    read = text_of(document(uid("pay", made["id"])))
    year = now().year
    for expected in (f"Refund receipt RF-{year}-00001", "Total paid back €20.00", "Returned early"):
        assert expected in read, expected


def test_what_is_promised_has_no_receipt(house: Business) -> None:
    payment = paid(house, house.customer(), status="pending")
    with pytest.raises(NoReceipt):
        document(payment)
    assert not Receipt.objects.exists()


def test_the_mail_of_a_payment_and_of_a_refund_carries_its_receipt(house: Business) -> None:
    payment = paid(house, house.customer())
    mail.receipt(payment_id=str(payment))
    message_id = only_message("receipt")
    with smtp_server() as server:
        use(server)
        deliver_message(message_id=message_id, at=now())
    [(name, media_type, content)] = attached_to(server.received[0].mail)
    assert (name, media_type, content) == (f"{Receipt.objects.get().number}.pdf", "application/pdf", document(payment))
    client = Client()
    client.force_login(member("Support"))
    page = client.get(reverse("office:message", args=[public_id("msg", message_id)])).content.decode()
    kept = reverse("office:kept-receipt", args=[public_id("rcp", Receipt.objects.get().id)])
    assert f'href="{kept}"' in page
    assert client.get(kept).content == content


def test_staff_and_the_customer_download_it_and_nobody_else(house: Business, signed_in: Any) -> None:
    client, customer = signed_in
    payment = paid(house, customer)
    public = public_id("pay", payment)
    desk = Client()
    desk.force_login(member("Support"))
    address = reverse("office:payment-receipt", args=[public])
    assert address in desk.get(reverse("office:payment", args=[public])).content.decode()
    staff = desk.get(address)
    assert (staff["Content-Type"], staff.content) == ("application/pdf", document(payment))
    portal = reverse("portal:receipt-pdf", args=[public])
    assert portal in client.get(reverse("portal:receipt", args=[public])).content.decode()
    assert client.get(portal).content == staff.content
    foreign = public_id("pay", paid(house, house.customer("Other Ltd")))
    promised = public_id("pay", paid(house, customer, status="pending"))
    before = Receipt.objects.count()
    for each in (foreign, promised):
        assert client.get(reverse("portal:receipt-pdf", args=[each])).status_code == 404
    assert desk.get(reverse("office:payment-receipt", args=[promised])).status_code == 302
    assert Receipt.objects.count() == before
    with pytest.raises(NotFound):
        receipts.kept_receipt(actor=STAFF, receipt_id=payment)


@pytest.mark.parametrize("name", ["株式会社東京データ", "مؤسسة النور", "Дмитрий Иванов", "สมชาย", "Flower 🌸"])
def test_receipts_are_drawn_in_all_scripts(name: str) -> None:
    facts = ReceiptFacts(
        seller=samples.NORTHWIND,
        buyer=replace(samples.ACME, name=name),
        logo=samples.LOGO,
        colour="#204eb2",
        locale="en",
        number="R-2026-00001",
        currency="KWD",
        total_minor=1_234_567,
        received_date=date(2026, 3, 1),
        method="Cash",
        reference=name,
        description=name,
        settled=(("INV-2026-00001", 1_234_000),),
        credit_minor=500,
        of_receipt="",
        is_void=False,
    )
    read = text_of(render_receipt(facts))
    for expected in ("Invoice INV-2026-00001 1,234.000", "Kept as your credit 0.500", "Other 0.067"):
        assert expected in read, expected
    assert render_receipt(facts) == render_receipt(facts)
