"""Statements of account as files and mails: complete, the same each time, and without anything private."""

import csv
import io
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from tallystick.correspondence.models import Message, SentStatement
from tallystick.correspondence.queries import attachments_of
from tallystick.foundation.errors import InvalidField, NotAllowed, NotFound
from tallystick.foundation.ids import public_id
from tallystick.foundation.models import AuditEntry
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import savepoint
from tallystick.reports import statements as reports
from tallystick.usecases import documents, enrol, statements
from tests.backoffice.business import member
from tests.documents.samples import text_of
from tests.scenarios.conftest import World, actor, at, uid
from tests.scenarios.test_statements import on, pays

pytestmark = pytest.mark.django_db

PRIVATE, REMARK = "SECRET behind the mark", "INTERNAL remark of staff"


def _with_secrets(world: World) -> UUID:
    """This function will return a customer with an invoice of 106.80, 50.00 of it paid, and much that is private."""
    customer = world.customer(terms_days=0, details={"note": REMARK})
    invoice = world.invoice(customer, 8900, day="2026-01-01")
    pays(
        world,
        customer,
        5000,
        "2026-01-10",
        on_invoice=invoice,
        description=f"=cmd() on account #{PRIVATE}",
        remark=REMARK,
    )
    return customer


def test_files_hold_everything_and_nothing_private(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "_CHUNK", 2)
    customer = _with_secrets(world)
    client = Client()
    client.force_login(member("Support"))
    public = public_id("cus", customer)
    asked = {"from_date": "2026-01-01", "until_date": "2026-02-28"}
    answer = client.get(reverse("office:statement-csv", args=[public]), asked)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    moved = reports.movements(on(customer, "2026-02-28", "2026-01-01"), limit=100)
    assert len(rows) == len(moved) + 3
    assert rows[1][3:] == ["Balance brought forward", "", "", "", "", "0.00", "0.00", "0.00"]
    assert rows[2][:1] + rows[2][3:] == [
        "2026-01-01",
        "Invoice INV-2026-00001",
        "J02",
        "106.80",
        "0.00",
        "0.00",
        "106.80",
        "0.00",
        "0.00",
    ]
    assert rows[-1][3:] == ["Balance", "", "", "", "", "56.80", "0.00", "0.00"]
    pdf = client.get(reverse("office:statement-pdf", args=[public]), asked)
    page = client.get(reverse("office:statement", args=[public]), asked).content.decode()
    read = text_of(pdf.content)
    for words in ("Statement of account", "Balance brought forward", "Invoice INV-2026-00001", "€56.80", "31–60 days"):
        assert words in read
    assert "Invoice INV-2026-00001" in page
    for said in (text, read, page):
        assert PRIVATE not in said
        assert REMARK not in said
        assert "behind the mark" not in said


def test_a_long_statement_on_paper_says_what_it_leaves_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "MOST_LISTED", 1)
    customer = _with_secrets(world)
    asked = on(customer, "2026-02-28", "2026-01-01")
    read = text_of(statements.statement_document(actor=world.staff, asked=asked).content)
    assert "2 earlier movements are not listed here." in read
    assert "set against invoice INV-2026-00001" in " ".join(read.split())
    assert "Payment received" not in read


def test_a_statement_goes_to_the_billing_contact_and_is_drawn_as_it_was(world: World) -> None:
    customer = _with_secrets(world)
    call = {
        "actor": actor("Support"),
        "at": at("2026-02-28", 15),
        "customer_id": customer,
        "from_date": date(2026, 1, 1),
        "until_date": date(2026, 2, 28),
        "idempotency_key": "once",
    }
    first = statements.send_statement(**call)
    assert statements.send_statement(**call) == first
    message = Message.objects.get(kind="statement")
    assert first["sent_to"] == [message.recipient_email] == ["acme.corp@example.com"]
    for fact in ("from Jan 1, 2026 to Feb 28, 2026 is attached", "You owe: €56.80", "Credit: €0.00"):
        assert fact in message.text_body
    assert PRIVATE not in message.text_body + message.html_body
    entry = AuditEntry.objects.get(action="send_statement")
    assert (entry.object_id, entry.after["sent_to"]) == (customer, ["acme.corp@example.com"])
    kept = SentStatement.objects.get()
    went = statements.sent_statement(actor=world.staff, statement_id=kept.id)
    (attached,) = attachments_of(message.id)
    assert (went.name, attached.document_id) == (attached.name, kept.id)

    enrol.change_customer(actor=world.staff, at=at("2026-03-01"), customer_id=customer, changes={"name": "Renamed"})
    pays(world, customer, 900, "2026-02-27", recorded="2026-03-01")
    again = documents.attached_file(world.staff, attached)
    assert again.content == went.content
    now = statements.statement_document(actor=world.staff, asked=on(customer, "2026-02-28", "2026-01-01"))
    assert now.content != went.content


def test_who_may_not_is_refused_and_leaves_no_trace(world: World) -> None:
    customer, other = world.customer(), world.customer("Other Ltd")
    narrowed = Actor(kind="api_key", id="k", label="k", permissions=world.staff.permissions, scope=("customer", other))
    call: dict[str, Any] = {"at": at("2026-02-28"), "customer_id": customer}
    with pytest.raises(NotFound), savepoint():
        statements.send_statement(actor=narrowed, **call)
    with pytest.raises(NotFound):
        statements.asked_for(actor=narrowed, from_date=None, until_date=None, **call)
    with pytest.raises(NotFound):
        statements.statement_document(actor=narrowed, asked=on(customer, "2026-02-28"))
    with pytest.raises(NotAllowed):
        statements.send_statement(actor=actor("Read-only"), **call)
    with pytest.raises(InvalidField, match="today at most"), savepoint():
        statements.send_statement(actor=world.staff, until_date=date(2026, 3, 1), **call)
    with pytest.raises(InvalidField, match="after the last one"):
        statements.asked_for(actor=world.staff, from_date=date(2026, 2, 2), until_date=date(2026, 2, 1), **call)
    nobody = enrol.create_customer(
        actor=world.staff, at=at("2026-01-01"), kind="business", name="Nobody", currency="EUR", contacts=[]
    )
    with pytest.raises(statements.NobodyGetsMail), savepoint():
        statements.send_statement(actor=world.staff, at=at("2026-02-28"), customer_id=uid("cus", nobody["id"]))
    assert not Message.objects.exists()
    assert not SentStatement.objects.exists()
    assert not AuditEntry.objects.filter(action="send_statement").exists()


def test_the_page_sends_a_statement_for_who_may(world: World) -> None:
    customer = _with_secrets(world)
    public = public_id("cus", customer)
    send = reverse("office:send-statement", args=[public])
    reader, support = Client(), Client()
    reader.force_login(member("Read-only"))
    support.force_login(member("Support"))
    assert reader.post(send, {"until_date": "2026-02-28", "idempotency_key": "a"}).status_code == 403
    assert send not in reader.get(reverse("office:statement", args=[public])).content.decode()
    assert not Message.objects.exists()
    answer = support.post(send, {"from_date": "2026-01-01", "until_date": "2026-02-28", "idempotency_key": "a"})
    assert answer.status_code == 302
    kept = SentStatement.objects.get()
    pdf = support.get(reverse("office:sent-statement", args=[public_id("stm", kept.id)]))
    assert pdf["Content-Type"] == "application/pdf"
    assert support.get(reverse("office:statement-pdf", args=[public]), {"until_date": "2999-01-01"}).status_code == 422
    page = support.get(reverse("office:statement", args=[public]), {"until_date": "2999-01-01"}).content.decode()
    assert "today at most" in page
