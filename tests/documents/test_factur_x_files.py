"""E-invoices as files: what other programs find in a PDF, and who may have the XML, from office, portal and API."""

import io
import shutil
import subprocess
from pathlib import Path
from typing import Any
from uuid import UUID

import pikepdf
import pytest
from django.test import Client
from django.urls import reverse
from lxml import etree

from tallystick.foundation import business, settings_store
from tallystick.foundation.errors import NotAllowed, NotFound
from tallystick.foundation.ids import public_id
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.invoices.documents.drawing import render_invoice
from tallystick.usecases import bill, documents, e_invoices, keys
from tallystick.usecases.e_invoices import NoEInvoice
from tallystick.usecases.frame import SYSTEM
from tallystick.wire.ids import purchase_tax_document_id_of, tax_document_id_of
from tests.documents import samples
from tests.documents.test_downloads import credited, drafted, narrowed, office
from tests.einvoices import rules, values, xml_of
from tests.portal.conftest import STAFF, Business, now


@pytest.fixture
def known(house: Business) -> Business:
    """A business that has said all that e-invoices need."""
    with transaction():
        settings_store.put(business.TAX_ID, "IE1234567T")
    return house


def in_ireland(house: Business, name: str = "Ivory & Sons", **more: str) -> UUID:
    return house.customer(name, details={"country": "IE", "city": "Cork", "tax_id": "IE7654321A"}, **more)


def test_every_door_gives_the_xml_that_is_in_the_pdf(known: Business, client: Client) -> None:
    customer = in_ireland(known)
    invoice = known.invoice(customer, 8900)
    note = credited(invoice, 5340)
    made = keys.create_api_key(actor=SYSTEM, at=now(), name="Archive", permissions=["download"], customer_id=customer)
    headers = {"Authorization": f"Bearer {made['secret']}"}
    client.force_login(known.open_portal(customer))
    staff = office("Read-only")
    pages = [staff.get(reverse("office:invoice", args=[public_id("inv", invoice)])).content.decode()]
    pages.append(client.get(reverse("portal:invoice", args=[public_id("inv", invoice)])).content.decode())
    for kind, room, public, pdf in (
        ("invoice", "invoices", public_id("inv", invoice), documents.invoice_document(actor=STAFF, invoice_id=invoice)),
        (
            "credit-note",
            "credit_notes",
            public_id("crn", note),
            documents.credit_note_document(actor=STAFF, credit_note_id=note),
        ),
    ):
        xml = xml_of(pdf.content)
        assert xml is not None
        answer = client.get(f"/api/v1/{room}/{public}/xml", headers=headers)
        assert (answer["Content-Type"], answer.content) == ("application/xml", xml)
        for door, reader, page in (("office", staff, pages[0]), ("portal", client, pages[1])):
            url = reverse(f"{door}:{kind}-xml", args=[public])
            assert url in page
            given = reader.get(url)
            assert given.content == xml
            assert given["Content-Disposition"] == f'attachment; filename="{pdf.name.replace(".pdf", ".xml")}"'
        assert values(xml, "CountryID") == ["IE", "IE"]
        assert rules().faults(xml) == []
    assert "In the PDF, by EN 16931" in pages[0]


def test_why_there_is_none_is_said_where_it_is_asked_for(house: Business, client: Client) -> None:
    house.rate("KWD", "3.01")
    customer = in_ireland(house)
    dinar = in_ireland(house, "Dinar Ltd", currency="KWD")
    unknown, large = house.invoice(customer), house.invoice(dinar, currency="KWD")
    staff = office("Administrator")
    lacks = "The tax number of the business was missing when it was issued."
    places = "Its currency has three decimal places, and the standard EN 16931 knows two at most."
    made = keys.create_api_key(actor=SYSTEM, at=now(), name="All", permissions=["download"])
    headers = {"Authorization": f"Bearer {made['secret']}"}
    for invoice, said, obstacle in ((unknown, lacks, "seller_tax_id"), (large, places, "three_decimals")):
        public = public_id("inv", invoice)
        page = reverse("office:invoice", args=[public])
        shown = staff.get(page).content.decode()
        assert said in shown
        url = reverse("office:invoice-xml", args=[public])
        assert url not in shown
        refused = staff.get(url, follow=True)
        assert refused.redirect_chain == [(page, 302)]
        assert f"This document has no e-invoice. {said}" in refused.content.decode()
        answer = client.get(f"/api/v1/invoices/{public}/xml", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (409, "no_e_invoice")
        assert (answer.json()["obstacle"], said in answer.json()["detail"]) == (obstacle, True)
        assert xml_of(documents.invoice_document(actor=STAFF, invoice_id=invoice).content) is None
    client.force_login(house.open_portal(customer))
    own = public_id("inv", unknown)
    url = reverse("portal:invoice-xml", args=[own])
    assert url not in client.get(reverse("portal:invoice", args=[own])).content.decode()
    assert client.get(url).status_code == 404

    settings_page = staff.get(reverse("office:settings")).content.decode()
    assert "Your invoices are no e-invoices yet" in settings_page
    assert "missing below: Tax number." in settings_page
    with transaction():
        settings_store.put(business.TAX_ID, "IE1234567T")
    assert "no e-invoices yet" not in staff.get(reverse("office:settings")).content.decode()
    # What was issued before stays as it is.
    with pytest.raises(NoEInvoice):
        e_invoices.invoice_xml(actor=STAFF, invoice_id=unknown)
    assert e_invoices.invoice_xml(actor=STAFF, invoice_id=house.invoice(customer)).content


def test_the_xml_is_for_whom_the_pdf_is_for(known: Business) -> None:
    own, other = in_ireland(known), in_ireland(known, "Somebody Else")
    invoice = known.invoice(other)
    note = credited(known.invoice(other))
    draft = drafted(known, other)
    for ask in (
        lambda actor: e_invoices.invoice_xml(actor=actor, invoice_id=invoice),
        lambda actor: e_invoices.credit_note_xml(actor=actor, credit_note_id=note),
        lambda actor: e_invoices.invoice_xml(actor=actor, invoice_id=draft) and None,
    ):
        with pytest.raises(NotFound):
            ask(narrowed(own))
        with pytest.raises(NotAllowed):
            ask(Actor(kind="staff", id="x", label="X", permissions=frozenset({"view"})))
    with pytest.raises(NotAllowed):
        e_invoices.why_no_e_invoice(
            actor=Actor(kind="staff", id="x", label="X", permissions=frozenset()), invoice_id=invoice
        )
    bill.void_invoice(actor=STAFF, at=now(), invoice_id=invoice, reason="Wrong")
    with pytest.raises(NoEInvoice) as refused:
        e_invoices.invoice_xml(actor=STAFF, invoice_id=invoice)
    assert refused.value.obstacle == "no_claim"


def test_a_reader_is_told_what_is_in_the_file() -> None:
    pdf = render_invoice(samples.plain_invoice())
    with pikepdf.open(io.BytesIO(pdf)) as document:
        packet = document.Root.Metadata.read_bytes()
        assert packet.startswith(b"<?xpacket begin=")
        assert packet.endswith(b'<?xpacket end="r"?>')
        with document.open_metadata() as told:
            assert (told["pdfaid:part"], told["pdfaid:conformance"]) == ("3", "B")
            names = ("DocumentType", "DocumentFileName", "Version", "ConformanceLevel")
            space = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"
            assert [told[f"{space}{name}"] for name in names] == ["INVOICE", "factur-x.xml", "1.0", "EN 16931"]
        # ISO 19005-3, 6.6.2.3: each of them is described where an archive looks for it.
        described = etree.fromstring(packet).iter("{http://www.aiim.org/pdfa/ns/property#}name")
        assert {each.text for each in described} >= set(names)
        # 6.8: when the file within was written, and that it is one.
        (attached,) = document.Root.AF
        assert str(attached.EF.F.Params.ModDate).startswith("D:20260301")
        # 6.1.3, 6.2.3, 6.2.11: nothing is sealed, colours have a profile, and every font is inside.
        assert not document.is_encrypted
        assert document.trailer.ID
        assert document.Root.OutputIntents[0].S == "/GTS_PDFA1"
        fonts = [each for each in document.objects if isinstance(each, pikepdf.Dictionary) and "/FontName" in each]
        assert fonts
        assert all({"/FontFile2", "/FontFile3"} & set(each.keys()) for each in fonts)


def test_another_program_reads_it_so_too(tmp_path: Path) -> None:
    reader = shutil.which("pdfinfo")
    if reader is None:
        pytest.skip("pdfinfo (Debian: poppler-utils) is not here")
    kept = tmp_path / "invoice.pdf"
    kept.write_bytes(render_invoice(samples.plain_invoice()))
    told = subprocess.run([reader, kept], capture_output=True, text=True, check=True)
    said = dict(each.split(":", 1) for each in told.stdout.splitlines() if ":" in each)
    assert said["Title"].strip() == "Invoice INV-2026-00042"
    assert [said[name].strip() for name in ("Tagged", "Encrypted", "Pages", "PDF version")] == ["yes", "no", "1", "1.7"]
    meta = subprocess.run([reader, "-meta", kept], capture_output=True, text=True, check=True).stdout
    assert "<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>" in meta
    detach = shutil.which("pdfdetach")
    assert detach is not None
    subprocess.run([detach, "-saveall", "-o", tmp_path, kept], check=True, capture_output=True)
    assert (tmp_path / "factur-x.xml").read_bytes() == xml_of(kept.read_bytes())


def test_tax_documents_of_prepaid_money_are_e_invoices_at_every_door(known: Business, client: Client) -> None:
    customer, other = in_ireland(known), in_ireland(known, "Somebody Else")
    request, topup = known.taxed_topup(customer)
    bought = known.taxed_purchases(customer)["id"]
    made = keys.create_api_key(actor=SYSTEM, at=now(), name="Archive", permissions=["download"], customer_id=customer)
    headers = {"Authorization": f"Bearer {made['secret']}"}
    client.force_login(known.open_portal(customer))
    staff = office("Read-only")
    topup_id, bought_id = tax_document_id_of(topup), purchase_tax_document_id_of(bought)
    files = {
        topup: documents.tax_document(actor=STAFF, document_id=topup_id),
        bought: documents.purchase_tax_document(actor=STAFF, document_id=bought_id),
    }
    for public, kind, shown in (
        (topup, "tax-document", (("invoice", [request]), ("invoice", [request]))),
        (bought, "purchase-tax-document", (("customer", [public_id("cus", customer)]), ("wallet", []))),
    ):
        xml = xml_of(files[public].content)
        assert xml is not None
        assert rules().faults(xml) == []
        assert client.get(f"/api/v1/{kind.replace('-', '_')}s/{public}/xml", headers=headers).content == xml
        for door, reader, (page, named) in zip(("office", "portal"), (staff, client), shown, strict=True):
            url = reverse(f"{door}:{kind}-xml", args=[public])
            assert url in reader.get(reverse(f"{door}:{page}", args=named)).content.decode(), url
            assert reader.get(url).content == xml
    told: dict[str, Any] = {"of_topups": [topup_id], "of_purchases": [bought_id]}
    assert e_invoices.tax_documents_with_xml(actor=narrowed(customer), **told) == {topup_id, bought_id}
    assert e_invoices.tax_documents_with_xml(actor=narrowed(other), **told) == set()
    for ask, document_id in (
        (e_invoices.tax_document_xml, topup_id),
        (e_invoices.purchase_tax_document_xml, bought_id),
    ):
        with pytest.raises(NotFound):
            ask(actor=narrowed(other), document_id=document_id)


def test_tax_documents_that_are_no_e_invoices_say_so_to_staff_alone(house: Business, client: Client) -> None:
    customer = house.customer()
    request, topup = house.taxed_topup(customer)
    bought = house.taxed_purchases(customer)["id"]
    client.force_login(house.open_portal(customer))
    staff = office("Read-only")
    for kind, public, page in (
        ("tax-document", topup, reverse("office:invoice", args=[request])),
        ("purchase-tax-document", bought, reverse("office:customer", args=[public_id("cus", customer)])),
    ):
        told = staff.get(reverse(f"office:{kind}-xml", args=[public]), follow=True)
        assert told.redirect_chain == [(page, 302)]
        assert "This document has no e-invoice" in told.content.decode()
        assert client.get(reverse(f"portal:{kind}-xml", args=[public])).status_code == 404
