"""The private part of a text is in nothing that is sent, and stands in the back office alone (A9, model 11)."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from tallystick.correspondence import operations as correspondence
from tallystick.correspondence.mime import Envelope, wire_message
from tallystick.correspondence.models import Message
from tallystick.foundation.transactions import transaction
from tallystick.payments.models import Payment
from tallystick.usecases import dispute_evidence, documents
from tallystick.usecases.frame import SYSTEM
from tests.backoffice.business import member
from tests.scenarios.conftest import uid
from tests.scenarios.leaks import found_in
from tests.scenarios.private_story import OPEN, SECRETS, Story
from tests.scenarios.test_private_text import MADE, content_of, private, public, service, story, without
from tests.usecases.shop import at

__all__ = ["service", "story"]

pytestmark = pytest.mark.django_db


def test_no_mail_has_it(story: Story) -> None:
    story.write_mails()
    kinds, receipts = set(), []
    for message in Message.objects.all():
        with transaction():
            envelope = correspondence.claim(message_id=message.id, at=at(minutes=1))
        assert isinstance(envelope, Envelope)
        files = tuple(documents.attached_file(SYSTEM, each) for each in envelope.attachments)
        mail = wire_message(replace(envelope, files=files), sender_name="N", sender_address="n@example.com", at=at())
        assert not private(mail.as_bytes()), message
        assert not any(private(each.content) for each in files), message
        kinds |= {message.kind} | {each.document_kind for each in envelope.attachments}
        if (message.kind, message.about_id) == ("receipt", story.payments["recorded"]):
            receipts.append((message, mail.as_bytes(), files[0].content))
    assert kinds >= {
        "receipt",
        "invoice",
        "credit_note",
        "refund_sent",
        "topup_requested",
        "tax_document",
        "purchase_tax_document",
        "statement",
    }
    assert kinds >= {"transfer_instructions", "payment_failed"}
    [(message, wired, document)] = receipts
    for content in (wired, document):
        assert found_in(content, *public("recorded")) == set(public("recorded"))
    for content in (message.text_body.encode(), message.html_body.encode(), wired):
        assert found_in(content, "€7.00") == {"€7.00"}


def test_the_gateway_is_not_told(story: Story) -> None:
    store = story.service.store
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as book:
        told = "\n".join(book.iterdump()).encode()
    told += b"".join(each.read_bytes() for each in store.parent.iterdir())
    assert not private(told)
    # An order says what the customer may read of it, and a refund why.
    wanted = {*public("paid"), *public("reason")}
    assert found_in(told, *wanted) == wanted


def test_evidence_for_others_does_not_have_it(story: Story) -> None:
    for each in story.disputes:
        evidence = dispute_evidence.dispute_evidence(**story.act, dispute_id=uid("dsp", each))
        assert not private(evidence.content)
    assert found_in(evidence.content, *public("line")) == set(public("line"))


def test_the_audit_has_it_on_its_pages_alone(story: Story) -> None:
    program, office = story.business.caller("audit.view"), Client()
    told = [program.get("/audit", limit=200)]
    while cursor := told[-1].body["next_cursor"]:
        told.append(program.get("/audit", limit=200, cursor=cursor))
    assert not any(private(answer.raw) for answer in told)
    entries = [entry for answer in told for entry in answer.body["data"]]
    assert {"private_text", "remark", "note"} == {name for entry in entries for name in entry["private"]}
    assert not private(program.get(f"/audit/{next(each['id'] for each in entries if each['private'])}").raw)
    office.force_login(member("Finance"))
    assert not private(content_of(office.get(reverse("office:audit"), {"format": "csv"})))
    for sought in (*SECRETS, *(each + "edited" for each in SECRETS)):
        assert program.get("/audit", search=sought).body["data"] == []
        page = content_of(office.get(reverse("office:audit"), {"q": sought}))
        assert not found_in(without(page, sought), *OPEN, *SECRETS), sought
    page = content_of(office.get(reverse("office:audit"), {"q": story.public_payments()["edited"]}))
    assert private(page) == set(SECRETS)


def test_staff_read_all_of_it(story: Story) -> None:
    office = Client()
    office.force_login(member("Finance"))
    for name, payment in story.public_payments().items():
        page = office.get(reverse("office:payment", args=[payment])).content
        wanted = {*public(name), *(each + name for each in SECRETS)} if name != "before" else set(public("edited"))
        assert found_in(page, *wanted) == wanted, name
    assert Payment.objects.filter(customer=story.customer).exclude(private_text="").count() >= len(MADE)
