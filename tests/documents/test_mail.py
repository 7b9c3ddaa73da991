"""The mail that carries a document: drawn when it is handed over, the same each time it is sent."""

from email.message import EmailMessage
from uuid import UUID

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from tallystick.allocations.queries import allocations_of_invoice
from tallystick.correspondence import mail_settings, queries
from tallystick.correspondence.models import Attachment, Message
from tallystick.foundation import settings_store
from tallystick.foundation.ids import public_id
from tallystick.foundation.transactions import savepoint, transaction
from tallystick.interfaces.jobs import mail
from tallystick.invoices import queries as invoices
from tallystick.invoices.documents import drawing
from tallystick.usecases import allocate, bill, configure, documents, record, refund
from tallystick.usecases.deliver import Happened, deliver_message, resend_message
from tallystick.usecases.record import Part
from tallystick.wallets import queries as wallets
from tests.backoffice.business import member
from tests.correspondence.smtp_server import SmtpServer, smtp_server
from tests.portal.conftest import STAFF, Business, now, uid

pytestmark = pytest.mark.django_db


def use(server: SmtpServer) -> None:
    with transaction():
        for setting, value in {
            mail_settings.TRANSPORT: "smtp",
            mail_settings.HOST: "127.0.0.1",
            mail_settings.PORT: server.port,
            mail_settings.SECURITY: "none",
            mail_settings.SENDER_ADDRESS: "billing@northwind.example",
        }.items():
            settings_store.put(setting, value)


def only_message(kind: str) -> UUID:
    return Message.objects.get(kind=kind).id


def attached_to(received: EmailMessage) -> list[tuple[str | None, str, bytes]]:
    return [
        (part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
        for part in received.iter_attachments()
    ]


def test_an_invoice_s_mail_carries_it_and_is_sent_again_as_it_was(house: Business) -> None:
    invoice = house.invoice(house.customer())
    number = invoices.invoice(invoice)["number"]
    mail.invoice(invoice_id=str(invoice))
    message_id = only_message("invoice_issued")
    pdf = documents.invoice_document(actor=STAFF, invoice_id=invoice).content
    with smtp_server() as server:
        use(server)
        assert deliver_message(message_id=message_id, at=now()).happened is Happened.SENT
        configure.change_settings(actor=STAFF, at=now(), changes={"business_name": "Other", "bank_account_iban": ""})
        resend_message(actor=STAFF, at=now(), message_id=message_id)
        assert deliver_message(message_id=message_id, at=now()).happened is Happened.SENT
    first, second = (received.mail for received in server.received)
    assert attached_to(first) == [(f"{number}.pdf", "application/pdf", pdf)]
    assert attached_to(second) == attached_to(first)
    body = first.get_body(("plain",))
    assert body is not None
    assert number in body.get_content()
    assert first.get_body(("html",)) is not None
    assert all(len(line) < 1000 for line in server.received[0].raw.splitlines())


def test_issuing_draws_nothing_and_queues_once(house: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(drawing, "_drawn")
    invoice = house.invoice(house.customer())
    for _ in range(2):
        mail.invoice(invoice_id=str(invoice))
    assert Attachment.objects.count() == 1


def test_a_credit_note_s_mail_goes_to_billing_contacts_with_its_document(house: Business) -> None:
    customer = house.customer()
    invoice = house.invoice(customer, 8900)
    shape = bill.issue_credit_note(actor=STAFF, at=now(), invoice_id=invoice, reason="Came back", gross_minor=5340)
    for _ in range(2):
        mail.credit_note(credit_note_id=str(uid("crn", shape["id"])))
    message = Message.objects.get(kind="credit_note_issued")
    assert message.recipient_email == "ivory.sons@example.com"
    assert message.subject == (
        f"Credit note {shape['number']} from Northwind Fibre: €53.40 for invoice {invoices.invoice(invoice)['number']}"
    )
    for fact in ("Reason: Came back", "Total credited: €53.40", "Left to pay: €53.40"):
        assert fact in message.text_body
    with smtp_server() as server:
        use(server)
        deliver_message(message_id=message.id, at=now())
    [(name, media_type, content)] = attached_to(server.received[0].mail)
    found = documents.credit_note_document(actor=STAFF, credit_note_id=uid("crn", shape["id"]))
    assert (name, media_type, content) == (f"{shape['number']}.pdf", "application/pdf", found.content)
    assert queries.messages_about(invoice)[0]["id"] == message.id


def test_a_tax_document_s_mail_goes_out_once_with_its_document(house: Business) -> None:
    _request, public = house.taxed_topup(house.customer())
    document_id = uid("txd", public)
    from procrastinate.contrib.django.models import ProcrastinateJob

    waiting = ProcrastinateJob.objects.filter(task_name="mail.tax_document").values_list("args", flat=True)
    assert list(waiting) == [{"document_id": str(document_id)}]
    for _ in range(2):
        mail.tax_document(document_id=str(document_id))
    message = Message.objects.get(kind="tax_invoice_issued")
    assert message.recipient_email == "ivory.sons@example.com"
    number = wallets.tax_document(document_id)["number"]
    assert message.subject == f"Tax invoice {number} from Northwind Fibre: €60.00"
    for fact in ("Prepaid credit: €50.00", "Tax: €10.00", "Total: €60.00"):
        assert fact in message.text_body
    with smtp_server() as server:
        use(server)
        deliver_message(message_id=message.id, at=now())
    found = documents.tax_document(actor=STAFF, document_id=document_id)
    assert attached_to(server.received[0].mail) == [(f"{number}.pdf", "application/pdf", found.content)]


def test_a_tax_document_that_is_void_meanwhile_is_not_mailed(house: Business) -> None:
    request, public = house.taxed_topup(house.customer())
    (allocation,) = allocations_of_invoice(uid("inv", request))
    allocate.reverse_payment(actor=STAFF, at=now(), payment_id=allocation["payment_id"], reason="Wrong")
    mail.tax_document(document_id=str(uid("txd", public)))
    assert not Message.objects.filter(kind="tax_invoice_issued").exists()


def test_the_credit_note_behind_a_refund_goes_out_too(house: Business) -> None:
    customer = house.customer()
    invoice = house.invoice(customer, 8900)
    paid = record.record_payment(
        actor=STAFF,
        at=now(),
        customer_id=customer,
        total_minor=10680,
        currency="EUR",
        parts=[Part(invoice_id=invoice)],
    )
    refund.refund_payment(
        actor=STAFF, at=now(), payment_id=uid("pay", paid["id"]), amount_minor=2000, reason="Early", method="cash"
    )
    [note] = invoices.credit_notes_of(invoice)
    from procrastinate.contrib.django.models import ProcrastinateJob

    waiting = ProcrastinateJob.objects.filter(task_name="mail.credit_note").values_list("args", flat=True)
    assert list(waiting) == [{"credit_note_id": str(note["id"])}]


def test_a_document_that_cannot_be_drawn_waits_and_is_tried_again(
    house: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail.invoice(invoice_id=str(house.invoice(house.customer())))
    message_id = only_message("invoice_issued")
    with smtp_server() as server:
        use(server)
        with monkeypatch.context() as broken:
            broken.setattr(drawing, "_ARCHIVED", ["a-3b", "ua-1", "1.4"])
            first = deliver_message(message_id=message_id, at=now())
        assert (first.happened, server.received) == (Happened.WILL_TRY_AGAIN, [])
        assert first.next_try_at is not None
        assert deliver_message(message_id=message_id, at=first.next_try_at).happened is Happened.SENT
    assert len(server.received) == 1


def test_the_outbox_shows_what_is_attached_and_the_invoice_what_became_of_its_mail(house: Business) -> None:
    invoice = house.invoice(house.customer())
    mail.invoice(invoice_id=str(invoice))
    message_id = only_message("invoice_issued")
    client = Client()
    client.force_login(member("Support"))
    page = client.get(reverse("office:message", args=[public_id("msg", message_id)])).content.decode()
    path = reverse("office:invoice-pdf", args=[public_id("inv", invoice)])
    assert f'href="{path}"' in page
    assert f"{invoices.invoice(invoice)['number']}.pdf" in page
    about = reverse("office:invoice", args=[public_id("inv", invoice)])
    assert "Queued" in client.get(about).content.decode()
    with transaction():
        settings_store.put(mail_settings.TRANSPORT, mail_settings.OUTBOX)
    assert deliver_message(message_id=message_id, at=now()).happened is Happened.SENT
    assert "Sent" in client.get(about).content.decode()


@pytest.mark.parametrize("name", ["../x.pdf", "a b.pdf", "", ".pdf", "a\nb.pdf"])
def test_the_database_refuses_names_that_are_no_plain_file_names(house: Business, name: str) -> None:
    mail.invoice(invoice_id=str(house.invoice(house.customer())))
    with pytest.raises(IntegrityError), savepoint():
        Attachment.objects.update(name=name)
