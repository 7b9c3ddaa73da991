"""Reports / Documents and the invoice history in the portal (C3)."""

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from tallystick.foundation.ids import public_id
from tallystick.reports.documents import DocumentKind, documents_page
from tallystick.usecases import bill, record, refund
from tests.portal.conftest import STAFF, Business, now, uid
from tests.portal.test_autopay import main_of

pytestmark = pytest.mark.django_db

REPORTS, INVOICES = "/portal/reports/", "/portal/invoices/"


def paid(customer: UUID, minor: int, **more: Any) -> UUID:
    """This function will record money that came and return its payment."""
    told: dict[str, Any] = {"customer_id": customer, "total_minor": minor, "currency": "EUR", "method": "cash", **more}
    return uid("pay", record.record_payment(actor=STAFF, at=now(), allows_duplicate=True, **told)["id"])


def test_every_document_is_listed_once_the_newest_first(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    assert "No documents yet" in main_of(client.get(REPORTS))
    note = bill.issue_credit_note(
        actor=STAFF, at=now(), invoice_id=house.invoice(customer), reason="Part", gross_minor=100
    )
    receipt = paid(customer, 5000)
    _request, tax_document = house.taxed_topup(customer)
    back = refund.refund_payment(
        actor=STAFF,
        at=now(),
        payment_id=receipt,
        amount_minor=1000,
        reason="charged_incorrectly",
        method="cash",
    )
    somebody = house.customer("Somebody Else")
    paid(somebody, 700)

    page = main_of(client.get(REPORTS))
    links = [
        reverse("portal:receipt-pdf", args=[back["id"]]),
        reverse("portal:tax-document-pdf", args=[tax_document]),
        reverse("portal:receipt-pdf", args=[public_id("pay", receipt)]),
        reverse("portal:credit-note-pdf", args=[note["id"]]),
    ]
    places = [page.index(link) for link in links]
    assert places == sorted(places)
    assert page.count("table-link") == 5, "and the receipt of the top-up"
    assert all(client.get(link)["Content-Type"] == "application/pdf" for link in links)
    only = main_of(client.get(REPORTS, {"kind": "credit_note"}))
    assert (links[3] in only, only.count("table-link")) == (True, 1)
    assert client.get(REPORTS, {"kind": "novel"}).status_code == 400
    assert client.get(REPORTS, {"after": "WzEsMl0="}).status_code == 400


def test_documents_come_in_pages_there_and_back(signed_in: tuple[Client, UUID], house: Business) -> None:
    _client, customer = signed_in
    for minor in range(1, 6):
        paid(customer, minor)
    whole = documents_page(customer)
    assert [each.minor for each in whole.documents] == [5, 4, 3, 2, 1]
    assert (whole.next_cursor, whole.previous_cursor) == ("", "")
    first = documents_page(customer, limit=2)
    second = documents_page(customer, limit=2, cursor=first.next_cursor)
    third = documents_page(customer, limit=2, cursor=second.next_cursor)
    pages = [[each.minor for each in page.documents] for page in (first, second, third)]
    assert (pages, first.previous_cursor, third.next_cursor) == ([[5, 4], [3, 2], [1]], "", "")
    assert documents_page(customer, limit=2, cursor=third.previous_cursor).documents == second.documents
    back = documents_page(customer, limit=2, cursor=second.previous_cursor)
    assert (back.documents, back.previous_cursor) == (first.documents, "")
    assert documents_page(customer, kinds=(DocumentKind.REFUND_RECEIPT,)).documents == []


def test_a_statement_of_any_days_as_pdf_and_csv(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    house.invoice(customer, 5071)
    paid(customer, 1000, description="Cash #secret")
    today = now().date()
    answer = client.get(reverse("portal:statement-pdf"), {"from_date": "", "until_date": today.isoformat()})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert "statement-C-" in answer["Content-Disposition"]
    streamed: Any = client.get(reverse("portal:statement-csv"), {"until_date": today.isoformat()})
    text = b"".join(streamed).decode("utf-8-sig")
    assert [row[4] for row in csv.reader(io.StringIO(text))] == ["Rule", "", "J02", "J04", ""]
    assert "secret" not in text
    # As it was known before anything of it was recorded.
    before: Any = client.get(reverse("portal:statement-csv"), {"known_on": (today - timedelta(days=1)).isoformat()})
    assert "J02" not in b"".join(before).decode()


@pytest.mark.parametrize("route", ["statement-pdf", "statement-csv"])
@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"until_date": "2999-01-01"}, "A statement goes up to today at most."),
        ({"from_date": "2026-02-02", "until_date": "2026-02-01"}, "The first day comes after the last one."),
        ({"known_on": "yesterday"}, "Enter the date as year, month, day"),
    ],
)
def test_days_that_are_none_are_told_beside_their_field(
    signed_in: tuple[Client, UUID], route: str, sent: dict[str, str], said: str
) -> None:
    client, _customer = signed_in
    answer = client.get(reverse(f"portal:{route}"), sent)
    assert answer.status_code == 422
    assert said in main_of(answer)


def test_each_open_invoice_can_be_paid_from_the_list(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    settled, waiting = house.invoice(customer, 1000), house.invoice(customer, 5071)
    paid(customer, 1200, parts=[record.Part(invoice_id=settled)])
    page = main_of(client.get(INVOICES))
    assert f'href="/portal/pay/?invoice={public_id("inv", waiting)}"' in page
    assert f"/portal/pay/?invoice={public_id('inv', settled)}" not in page
    assert "Pay all: " in page
    assert page.count("€60.85") == 3, "what is left of the one, its total, and all of it"
    for each in (settled, waiting):
        assert reverse("portal:invoice-pdf", args=[public_id("inv", each)]) in page
    only = main_of(client.get(INVOICES, {"status": "open"}))
    assert (public_id("inv", waiting) in only, public_id("inv", settled) in only) == (True, False)
    tomorrow = (now().date() + timedelta(days=1)).isoformat()
    assert "Nothing matches" in main_of(client.get(INVOICES, {"issued_from": tomorrow}))
    chosen = main_of(client.get("/portal/pay/", {"invoice": public_id("inv", waiting)}))
    assert "1 invoice selected" in chosen


def test_who_may_only_look_is_offered_neither_payment_nor_files(house: Business, client: Client) -> None:
    customer = house.customer(rights=["view"])
    client.force_login(house.open_portal(customer))
    house.invoice(customer)
    page = client.get(INVOICES).content.decode()
    for address in ("/portal/pay/", "/pdf/", REPORTS):
        assert address not in page
