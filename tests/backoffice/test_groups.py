"""Billing groups in the office: made, joined, billed after a look, paid, and what is refused (E17, E25 to E30)."""

import html
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from tallystick.customers import queries
from tallystick.foundation.ids import public_id
from tallystick.invoices import queries as invoices
from tallystick.payments import queries as payments
from tallystick.usecases import group_bill, make_vouchers, redeem, refund
from tallystick.wallets.vouchers import BatchTerms
from tests.api.conftest import row_counts
from tests.backoffice.billing import Billing
from tests.backoffice.business import SYSTEM, moment, uid
from tests.backoffice.test_lists import rows_of

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Acme Corp",
    "billing_day": "31",
    "contact_name": "Ada",
    "email": "ada@acme.example",
    "terms": "30",
    "currency": "EUR",
}


@pytest.fixture
def business(db: None) -> Billing:
    """A business with prices."""
    return Billing()


def address(name: str, group: UUID, *more: str) -> str:
    return reverse(f"office:{name}", args=[public_id("grp", group), *more])


def page(client: Client, url: str) -> str:
    """This function will return a page as people read it."""
    response = client.get(url)
    assert response.status_code == 200, url
    return html.unescape(response.content.decode()).replace("\N{NO-BREAK SPACE}", " ")


def send(client: Client, url: str, **told: str) -> int:
    """This function will send a form and return the status of the answer."""
    return client.post(url, {"idempotency_key": str(uuid.uuid4()), **told}).status_code


def generate(business: Billing, group: UUID) -> list[UUID]:
    """This function will bill a group now, and return its invoices."""
    at = datetime.now(tz=UTC)
    version = group_bill.preview_group_invoice(actor=SYSTEM, at=at, group_id=group)["version"]
    made = group_bill.generate_group_invoice(actor=SYSTEM, at=at, group_id=group, version=version)
    return [uid(each["id"]) for each in made["invoices"]]


@pytest.mark.parametrize(("terms", "days"), [({"terms": "7"}, 7), ({"terms": "other", "terms_days": "45"}, 45)])
def test_the_form_makes_a_group_with_its_payer(
    business: Billing, finance: Client, terms: dict[str, str], days: int
) -> None:
    assert send(finance, reverse("office:new-group"), **{**FORM, **terms}) == 302
    [group] = queries.groups_page().rows
    payer = queries.customer(group["payer_id"])
    assert (payer["name"], payer["kind"], payer["terms_days"]) == ("Acme Corp", "business", days)
    assert queries.contacts(payer["id"])[0].email == "ada@acme.example"


def test_an_existing_business_may_pay(business: Billing, finance: Client) -> None:
    payer = business.customer("Payer AG")
    told = {"name": "Laptops", "billing_day": "1", "payer_query": "Payer AG", "terms": "14", "currency": "EUR"}
    assert send(finance, reverse("office:new-group"), **told) == 302
    [group] = queries.groups_page().rows
    assert group["payer_id"] == payer


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "required"),
        ({"billing_day": "32"}, "31"),
        ({"email": ""}, "Enter the address to which the invoices go."),
        ({"contact_name": ""}, "Enter who gets the invoices"),
        ({"terms": "other"}, "Enter the number of days."),
        ({"payer_query": "Jo"}, "paid by a business"),
    ],
)
def test_a_form_that_cannot_be_used_says_why_and_leaves_nothing(
    business: Billing, finance: Client, wrong: dict[str, str], sentence: str
) -> None:
    business.customer("Jo", kind="individual", terms_days=0)
    before = row_counts()
    response = finance.post(reverse("office:new-group"), {"idempotency_key": "k", **FORM, **wrong})
    assert response.status_code == 422
    assert sentence in html.unescape(response.content.decode())
    assert row_counts() == before


def test_a_customer_joins_by_its_name_or_address_and_leaves(business: Billing, finance: Client) -> None:
    group, member = business.group(), business.customer("Zweckverband Nord")
    add = address("add-group-member", group)
    assert "every period that begins from today on" in page(finance, add)
    assert send(finance, add, customer_query="Zweckverband Nord") == 302
    assert "Joined the billing group" in page(finance, address("group", group))
    assert "<bdi>Zweckverband Nord (C-" in page(finance, address("group", group))
    told = page(finance, reverse("office:customer", args=[public_id("cus", member)]))
    assert "Billed with the group" in told
    before = row_counts()
    assert send(finance, add, customer_query="Zweckverband Nord") == 422
    assert row_counts() == before
    business.subscribe(member, business.price())
    remove = address("remove-member", group, public_id("cus", member))
    assert "what began before today stays the group’s" in page(finance, remove)
    assert send(finance, remove) == 302
    today = datetime.now(tz=UTC).date()
    assert queries.group_of(member, on=today) is None
    assert send(finance, remove) == 404


def test_a_group_is_edited_and_archived(business: Billing, finance: Client) -> None:
    group = business.group()
    assert send(finance, address("edit-group", group), name="Renamed", billing_day="15") == 302
    assert queries.group(group)["billing_day"] == 15
    assert "Pays for" in page(finance, reverse("office:customer", args=[public_id("cus", payer_of(group))]))
    assert send(finance, address("archive-group", group)) == 302
    told = page(finance, address("group", group))
    assert "Archived" in told
    assert "Generate invoice" not in told
    assert "Renamed" not in page(finance, reverse("office:groups"))
    assert "Renamed" in page(finance, f"{reverse('office:groups')}?archived=yes")
    assert send(finance, address("archive-group", group)) == 422
    response = finance.get(address("generate-invoice", group))
    assert response.status_code == 422
    assert "This billing group is archived." in response.content.decode()


def payer_of(group: UUID) -> UUID:
    found: UUID = queries.group(group)["payer_id"]
    return found


def test_the_check_before_issue_names_what_is_missing_and_why(business: Billing, finance: Client) -> None:
    group = business.full_group()
    told = page(finance, address("generate-invoice", group))
    assert "320.40" in told
    assert "1,540,800" in told
    for word in ("3 things are not on it", "No subscription", "Draft", "Cannot be billed", "CHF"):
        assert word in told, word
    generate(business, group)
    told = page(finance, address("generate-invoice", group))
    assert "Nothing is left to bill" in told
    assert told.count("Billed already") == 4
    assert "INV-" in told


def test_a_group_is_billed_as_it_was_shown_and_only_once(business: Billing, finance: Client) -> None:
    group = business.group()
    business.member(group, "Ada Inc", business.price(8900))
    url = address("generate-invoice", group)
    at = datetime.now(tz=UTC)
    seen = group_bill.preview_group_invoice(actor=SYSTEM, at=at, group_id=group)
    business.member(group, "Bob Inc", business.price(2000))
    before = row_counts()
    stale = finance.post(url, {"version": seen["version"], "as_of_date": seen["as_of_date"], "idempotency_key": "a"})
    assert stale.status_code == 422
    told = html.unescape(stale.content.decode())
    assert "What would be billed has changed since you looked" in told
    assert "Bob Inc" in told
    assert row_counts() == before
    now = group_bill.preview_group_invoice(actor=SYSTEM, at=at, group_id=group)
    form = {"version": now["version"], "as_of_date": now["as_of_date"], "idempotency_key": "b"}
    first = finance.post(url, form)
    assert first.status_code == 302
    again = finance.post(url, form)
    assert again["Location"] == first["Location"]
    [invoice] = invoices.invoices_page(invoices.InvoiceFilter(), today=at.date()).rows
    assert invoice["total_minor"] == 13080
    told = page(finance, reverse("office:invoice", args=[public_id("inv", invoice["id"])]))
    assert "By member" in told
    for part in ("Ada Inc", "106.80", "Bob Inc", "24.00", "Acme Corp, laptops"):
        assert part in told, part


def test_lists_narrow_to_a_group(business: Billing, finance: Client) -> None:
    group, other = business.group("Acme"), business.group("Acme laptops")
    for each, name in ((group, "Ada Inc"), (other, "Bob Inc")):
        business.member(each, name, business.price())
    [mine], [theirs] = generate(business, group), generate(business, other)
    business.invoice(business.customer("Alone"), 5000)
    numbers = [invoices.invoice(each)["number"] for each in (mine, theirs)]
    for name in ("invoices", "payments"):
        url = reverse(f"office:{name}")
        told = page(finance, f"{url}?group=Acme")
        assert (numbers[0] in told, numbers[1] in told) == (True, False), name
        told = page(finance, f"{url}?group=acm")
        assert numbers[0] in told
        assert numbers[1] in told
        assert "Alone" not in told
        assert numbers[0] not in page(finance, f"{url}?group=nobody")


def test_the_payments_of_a_group_are_those_of_its_invoices_and_its_payers_credit(
    business: Billing, finance: Client
) -> None:
    group, other = business.group("Acme"), business.group("Other")
    business.member(group, "Ada Inc", business.price())
    payer, others = (queries.group(each)["payer_id"] for each in (group, other))
    alone = invoices.invoice(business.invoice(payer, 5000))["number"]
    [mine] = generate(business, group)
    number = invoices.invoice(mine)["number"]
    business.payment(payer, 3000, reference="PART-OF-IT", invoice_number=number)
    business.payment(payer, 10, reference="PROMISED", invoice_number=number, status="pending")
    credit = business.payment(payer, 700, reference="CREDIT-OF-IT")
    refund.refund_payment(actor=SYSTEM, at=moment(), payment_id=credit, amount_minor=200, reason="Half", method="cash")
    business.payment(payer, 1000, reference="ELSEWHERE", invoice_number=alone)
    business.payment(payer, 50, reference="MEANT-ELSEWHERE", invoice_number=alone, status="pending")
    business.payment(others, 800, reference="OF-OTHERS")
    # What a voucher gave is in the wallet at once: no invoice of the group can be paid with it as credit.
    terms = BatchTerms(name="Welcome", currency="EUR", quantity=1, amount_minor=1000)
    batch = uid(make_vouchers.create_voucher_batch(actor=SYSTEM, at=moment(), terms=terms)["id"])
    (voucher,) = make_vouchers.voucher_codes(actor=SYSTEM, at=moment(), batch_id=batch)
    redeem.redeem_voucher(actor=SYSTEM, at=moment(), customer_id=payer, number=voucher.code, currency="EUR")
    told = sorted((row["Kind"], row["Reference"]) for row in rows_of(finance, "&group=Acme"))
    assert told == [
        ("receipt", "CREDIT-OF-IT"),
        ("receipt", "PROMISED"),
        ("refund", ""),
        # What is left of the invoice, and what came for it.
        ("scheduled", ""),
        ("scheduled", "PART-OF-IT"),
    ]
    told = page(finance, f"{reverse('office:payments')}?group=Acme&kind=scheduled")
    assert number in told
    assert alone not in told


def test_the_groups_payment_is_marked_as_paid_from_its_page(business: Billing, finance: Client) -> None:
    group = business.group()
    business.member(group, "Ada Inc", business.price())
    [invoice] = generate(business, group)
    told = page(finance, address("group", group))
    assert "Mark group payment as paid" in told
    live = payments.live_scheduled(invoice)
    assert live is not None
    mark = reverse("office:payment-mark-paid", args=[public_id("pay", live["id"])])
    assert mark in told
    today = datetime.now(tz=UTC).date().isoformat()
    assert send(finance, mark, total="106.80", total_currency="EUR", received=today, method="bank_transfer") == 302
    assert invoices.invoice(invoice)["open_minor"] == 0
    told = page(finance, address("group", group))
    assert "Mark group payment as paid" not in told
    assert "Completed" in told


@pytest.mark.parametrize("role", ["Support", "Engineer", "Read-only"])
def test_who_may_not_change_groups_sees_them_and_is_offered_nothing(
    business: Billing, as_role: Callable[[str], Client], role: str
) -> None:
    group = business.group()
    member = business.member(group, "Ada Inc", business.price())
    generate(business, group)
    client = as_role(role)
    assert "New billing group" not in page(client, reverse("office:groups"))
    told = page(client, address("group", group)).partition("<main")[2].partition("</main")[0]
    for word in ("Generate invoice", "Add customer", "Archive", "Remove", "Mark group payment"):
        assert word not in told, word
    before = row_counts()
    acts = ("edit-group", "archive-group", "add-group-member", "generate-invoice")
    for url in [reverse("office:new-group"), *(address(act, group) for act in acts)]:
        assert client.get(url).status_code == 403, url
        assert send(client, url) == 403, url
    assert send(client, address("remove-member", group, public_id("cus", member))) == 403
    assert row_counts() == before


def test_what_is_not_there_is_not_found(business: Billing, finance: Client) -> None:
    missing = uuid.uuid4()
    for name in ("group", "edit-group", "archive-group", "add-group-member", "generate-invoice"):
        assert finance.get(address(name, missing)).status_code == 404, name
