"""Documents from the database: who may have which, from the office, the portal and the API; drafts; many at once."""

import io
import zipfile
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from tallystick.catalog import operations as catalog
from tallystick.catalog.queries import tax_rates_by_id
from tallystick.customers import queries as customers
from tallystick.foundation import business
from tallystick.foundation.errors import NotAllowed, NotFound
from tallystick.foundation.ids import new_id, public_id
from tallystick.foundation.models import AuditEntry, Logo
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.invoices import queries as invoices
from tallystick.invoices.document_queries import invoices_with_lines
from tallystick.invoices.documents.drawing import render_invoice
from tallystick.invoices.models import InvoiceLine
from tallystick.invoices.totals import LineInput
from tallystick.usecases import bill, configure, documents, enrol, keys
from tallystick.usecases.document_facts import invoice_facts
from tallystick.usecases.documents import Bundle, InvoiceNotIssued, NoDocumentsChosen
from tallystick.usecases.frame import SYSTEM
from tallystick.usecases.roles import EVERYTHING, ROLES
from tests.backoffice.business import member
from tests.documents.samples import text_of
from tests.documents.test_logos import picture, svg
from tests.portal.conftest import STAFF, Business, now, uid

pytestmark = pytest.mark.django_db


def narrowed(customer: UUID) -> Actor:
    return Actor(kind="contact", id="mary", label="Mary", permissions=EVERYTHING, scope=("customer", customer))


def drafted(house: Business, customer: UUID) -> UUID:
    line = LineInput(
        description="Laptop", quantity=Decimal(1), unit_price_minor=8900, tax_rate_id=house.vat, is_fee=False
    )
    shape = bill.create_invoice(actor=STAFF, at=now(), customer_id=customer, currency="EUR", lines=[line], title="May")
    return uid("inv", shape["id"])


def credited(invoice: UUID, gross: int | None = None) -> UUID:
    shape = bill.issue_credit_note(actor=STAFF, at=now(), invoice_id=invoice, reason="Came back", gross_minor=gross)
    return uid("crn", shape["id"])


def the_pdf(invoice: UUID) -> bytes:
    return documents.invoice_document(actor=STAFF, invoice_id=invoice).content


def office(role: str = "Finance") -> Client:
    client = Client()
    client.force_login(member(role))
    return client


def test_a_document_says_what_was_frozen_and_stays_the_same_whatever_changes(house: Business) -> None:
    customer = house.customer(terms_days=30)
    configure.change_logo(actor=STAFF, at=now(), content=picture(90, 30))
    invoice = house.invoice(customer, 8900)
    note = credited(invoice, 1200)
    first = the_pdf(invoice)
    first_note = documents.credit_note_document(actor=STAFF, credit_note_id=note).content
    read = text_of(first)
    row = invoices.invoice(invoice)
    for expected in (
        "Northwind Fibre",
        "Ivory & Sons",
        f"Invoice number {row['number']}",
        f"Customer number {customers.customer(customer)['number']}",
        "VAT 20 % on €89.00 €17.80",
        "Total €106.80",
        "IBAN DE89 3704 0044 0532 0130 00",
        f"Reference {row['number']}",
        f"/portal/invoices/{public_id('inv', invoice)}/",
    ):
        assert expected in read, expected
    assert "internal-remark" not in read

    changes = {"business_name": "Other", "business_colour": "#ff0000", "bank_account_iban": "", "business_address": "X"}
    configure.change_settings(actor=STAFF, at=now(), changes=changes)
    configure.change_logo(actor=STAFF, at=now(), content=None)
    enrol.change_customer(actor=STAFF, at=now(), customer_id=customer, changes={"name": "New", "language": "de"})
    house.invoice(customer)
    credited(invoice)
    assert the_pdf(invoice) == first
    assert documents.credit_note_document(actor=STAFF, credit_note_id=note).content == first_note
    later = text_of(the_pdf(house.invoice(customer)))
    assert "Other" in later
    assert "IBAN" not in later


def test_a_credit_note_names_its_invoice(house: Business) -> None:
    invoice = house.invoice(house.customer(), 8900)
    found = documents.credit_note_document(actor=STAFF, credit_note_id=credited(invoice, 5340))
    read = text_of(found.content)
    number = invoices.invoice(invoice)["number"]
    for expected in (f"For invoice {number}", "Reason: Came back", "VAT 20 % on €44.50 €8.90", "Total credited €53.40"):
        assert expected in read, expected
    assert found.name.startswith("CN-")


def test_lines_of_members_and_parts_of_periods_come_from_the_database(house: Business) -> None:
    customer, anna = house.customer(), house.customer("Anna Schmidt")
    draft = drafted(house, customer)
    InvoiceLine.objects.filter(invoice_id=draft).update(
        member_id=anna,
        member_name="Anna Schmidt",
        period_start=date(2026, 2, 15),
        period_end=date(2026, 3, 1),
        arithmetic={"days": 14, "of_days": 28, "price_minor": 8900, "quantity": "2"},
    )
    bill.issue_invoice(actor=STAFF, at=now(), invoice_id=draft)
    read = text_of(the_pdf(draft))
    for expected in ("Sum for Anna Schmidt 89.00", "Feb 15 – 28, 2026", "14 of 28 days of 2 × 89.00"):
        assert expected in read, expected


def test_what_was_issued_before_documents_were_drawn_is_drawn_too(house: Business) -> None:
    row = invoices_with_lines([house.invoice(house.customer())]).popitem()[1]
    for name in ("colour", "logo", "bank"):
        del row["seller"][name]
    del row["buyer"]["language"]
    rates = tax_rates_by_id(line["tax_rate_id"] for line in row["lines"])
    read = text_of(render_invoice(invoice_facts(row, rates)))
    assert "IBAN DE89 3704 0044 0532 0130 00" in read


def test_a_void_invoice_says_so(house: Business) -> None:
    invoice = house.invoice(house.customer())
    bill.void_invoice(actor=STAFF, at=now(), invoice_id=invoice, reason="Wrong")
    read = text_of(the_pdf(invoice)).split("\n")
    assert "Void" in read
    assert "How to pay" not in read


def test_reverse_charge_has_its_words(house: Business) -> None:
    with transaction():
        rate = catalog.add_tax_rate(name="EU B2B", percent=Decimal(0), category="reverse_charge", country="AT")
    read = text_of(the_pdf(house.invoice(house.customer(), tax=rate)))
    assert "Reverse charge: the customer owes the tax on €89.00." in read


def test_the_own_customer_s_alone_and_nothing_without_the_right(house: Business) -> None:
    own, other = house.customer(), house.customer("Somebody Else")
    invoice, note = house.invoice(other), credited(house.invoice(other))
    asked = [
        lambda actor: documents.invoice_document(actor=actor, invoice_id=invoice),
        lambda actor: documents.credit_note_document(actor=actor, credit_note_id=note),
        lambda actor: documents.invoice_documents(actor=actor, invoice_ids=[invoice], bundle=Bundle.ZIP),
    ]
    for ask in asked:
        assert ask(narrowed(other)).content
        with pytest.raises(NotFound):
            ask(narrowed(own))
        with pytest.raises(NotAllowed):
            ask(Actor(kind="staff", id="x", label="X", permissions=frozenset({"view"})))
    for missing in (
        lambda: documents.invoice_document(actor=STAFF, invoice_id=new_id()),
        lambda: documents.credit_note_document(actor=STAFF, credit_note_id=new_id()),
        lambda: documents.draft_preview(actor=STAFF, invoice_id=invoice),
    ):
        with pytest.raises(NotFound):
            missing()


def test_a_draft_has_a_preview_for_staff_and_no_document(house: Business) -> None:
    customer = house.customer()
    draft = drafted(house, customer)
    read = text_of(documents.draft_preview(actor=STAFF, invoice_id=draft).content).split("\n")
    assert {"Draft", "Draft of an invoice", "Ivory & Sons"} <= set(read)
    with pytest.raises(InvoiceNotIssued):
        documents.invoice_document(actor=STAFF, invoice_id=draft)
    for ask in (documents.invoice_document, documents.draft_preview):
        with pytest.raises(NotFound):
            ask(actor=narrowed(customer), invoice_id=draft)
    for chosen in ([], [new_id() for _ in range(documents.MOST_AT_ONCE + 1)]):
        with pytest.raises(NoDocumentsChosen):
            documents.invoice_documents(actor=STAFF, invoice_ids=chosen, bundle=Bundle.ZIP)


def test_many_are_read_with_few_statements(house: Business, django_assert_max_num_queries: object) -> None:
    customer = house.customer()
    chosen = [house.invoice(customer) for _ in range(6)]
    configure.change_settings(actor=STAFF, at=now(), changes={})
    with django_assert_max_num_queries(5):  # type: ignore[operator]
        found = documents.invoice_documents(actor=STAFF, invoice_ids=chosen, bundle=Bundle.ONE_PDF)
    assert text_of(found.content).count("Total €106.80") == 6


def test_the_office_gives_documents_from_every_page_of_theirs(house: Business) -> None:
    client, invoice = office("Read-only"), house.invoice(house.customer())
    note = credited(invoice, 100)
    public = public_id("inv", invoice)
    answer = client.get(reverse("office:invoice-pdf", args=[public]))
    number = invoices.invoice(invoice)["number"]
    assert (answer["Content-Type"], answer["Content-Disposition"]) == (
        "application/pdf",
        f'attachment; filename="{number}.pdf"',
    )
    assert answer.content == the_pdf(invoice)
    pdf_url = reverse("office:invoice-pdf", args=[public])
    note_url = reverse("office:credit-note-pdf", args=[public_id("crn", note)])
    assert client.get(note_url).content.startswith(b"%PDF")
    page = client.get(reverse("office:invoice", args=[public])).content.decode()
    assert pdf_url in page
    assert note_url in page
    from tallystick.payments import queries as payments

    live = payments.live_scheduled(invoice)
    assert live is not None
    assert pdf_url in client.get(reverse("office:payment", args=[public_id("pay", live["id"])])).content.decode()
    draft = reverse("office:invoice-pdf", args=[public_id("inv", drafted(house, house.customer("B")))])
    assert "Draft" in text_of(client.get(draft).content)
    for nonsense in ("inv_0", public_id("inv", new_id())):
        assert client.get(reverse("office:invoice-pdf", args=[nonsense])).status_code == 404


def test_several_of_the_list_come_as_one_file(house: Business) -> None:
    customer, client = house.customer(), office()
    chosen = [house.invoice(customer), house.invoice(customer)]
    form = {"selected": [public_id("inv", each) for each in chosen], "next": "/office/invoices/?state=open"}
    listed = client.get(reverse("office:invoices")).content.decode()
    assert reverse("office:invoice-documents") in listed
    answer = client.post(reverse("office:invoice-documents"), {**form, "action": "zip"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == [f"{invoices.invoice(each)['number']}.pdf" for each in chosen]
        assert archive.read(archive.namelist()[0]) == the_pdf(chosen[0])
    one = client.post(reverse("office:invoice-documents"), {**form, "action": "pdf"})
    assert one["Content-Type"] == "application/pdf"
    assert text_of(one.content).count("Page 1 of 1") == 2
    form["selected"].append(public_id("inv", drafted(house, customer)))
    refused = client.post(reverse("office:invoice-documents"), form, follow=True)
    assert refused.redirect_chain == [("/office/invoices/?state=open", 302)]
    assert "A draft has no document yet. Issue it first." in refused.content.decode()
    elsewhere = client.post(reverse("office:invoice-documents"), {"next": "https://evil.example/"})
    assert elsewhere["Location"] == reverse("office:invoices")


def test_the_portal_gives_the_own_documents_to_who_may_download(house: Business, client: Client) -> None:
    customer = house.customer()
    client.force_login(house.open_portal(customer))
    invoice = house.invoice(customer)
    note = credited(invoice, 100)
    paths = [
        reverse("portal:invoice-pdf", args=[public_id("inv", invoice)]),
        reverse("portal:credit-note-pdf", args=[public_id("crn", note)]),
    ]
    page = client.get(reverse("portal:invoice", args=[public_id("inv", invoice)])).content.decode()
    for path in paths:
        assert path in page
        assert client.get(path).content.startswith(b"%PDF")
    draft = reverse("portal:invoice-pdf", args=[public_id("inv", drafted(house, customer))])
    assert client.get(draft).status_code == 404

    watcher = house.customer("Watcher", rights=["view"])
    client.force_login(house.open_portal(watcher))
    own = house.invoice(watcher)
    path = reverse("portal:invoice-pdf", args=[public_id("inv", own)])
    assert client.get(path).status_code == 403
    assert path not in client.get(reverse("portal:invoice", args=[public_id("inv", own)])).content.decode()


def test_the_api_gives_the_same_bytes_within_the_key_s_scope(house: Business, client: Client) -> None:
    own, other = house.customer(), house.customer("Somebody Else")
    invoice, note = house.invoice(own), credited(house.invoice(own))
    made = keys.create_api_key(actor=SYSTEM, at=now(), name="Archive", permissions=["download"], customer_id=own)
    headers = {"Authorization": f"Bearer {made['secret']}"}
    answer = client.get(f"/api/v1/invoices/{public_id('inv', invoice)}/pdf", headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content == the_pdf(invoice)
    found = client.get(f"/api/v1/credit_notes/{public_id('crn', note)}/pdf", headers=headers)
    assert found.content == documents.credit_note_document(actor=STAFF, credit_note_id=note).content
    for hidden in (house.invoice(other), drafted(house, own)):
        refused = client.get(f"/api/v1/invoices/{public_id('inv', hidden)}/pdf", headers=headers)
        assert (refused.status_code, refused["Content-Type"]) == (404, "application/problem+json")
    everything = keys.create_api_key(actor=SYSTEM, at=now(), name="All", permissions=["download"])
    draft = client.get(
        f"/api/v1/invoices/{public_id('inv', drafted(house, own))}/pdf",
        headers={"Authorization": f"Bearer {everything['secret']}"},
    )
    assert (draft.status_code, draft.json()["code"]) == (409, "invoice_not_issued")


def test_a_logo_is_kept_shown_and_refused_without_a_trace(house: Business) -> None:
    client = office("Administrator")
    url = reverse("office:logo")
    assert 'enctype="multipart/form-data"' in client.get(url).content.decode()
    drawing = svg(b'<circle cx="9" cy="9" r="9"/>')
    answer = client.post(url, {"logo": io.BytesIO(drawing)})
    assert answer["Location"] == reverse("office:settings")
    digest = Logo.objects.get().sha256
    assert business.frozen_party()["logo"] == digest
    shown = reverse("kit:logo", args=[digest])
    assert shown in client.get(reverse("office:settings")).content.decode()
    picture_of_it = Client().get(shown)
    assert (picture_of_it["Content-Type"], picture_of_it.content) == ("image/svg+xml", drawing)
    assert picture_of_it["Content-Security-Policy"].endswith("sandbox")
    assert shown in Client().get("/accounts/login/").content.decode()

    before = (AuditEntry.objects.count(), Logo.objects.count())
    for told, said in (
        ({"logo": io.BytesIO(svg(b"<script/>"))}, "runs or leads elsewhere"),
        ({"idempotency_key": "1"}, "Choose a picture."),
    ):
        refused = client.post(url, told)
        assert (refused.status_code, said in refused.content.decode()) == (422, True)
    assert (AuditEntry.objects.count(), Logo.objects.count()) == before
    with pytest.raises(NotAllowed):
        configure.change_logo(
            actor=Actor(kind="staff", id="f", label="F", permissions=frozenset(ROLES["Finance"])),
            at=now(),
            content=drawing,
        )
    assert client.post(url, {"no_logo": "on"}).status_code == 302
    assert business.frozen_party()["logo"] == ""
    assert Client().get(reverse("kit:logo", args=["0" * 64])).status_code == 404
