"""Every amount of the pages can be opened, and its leaves add up to what was shown, to the minor unit."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html

from tallystick.allocations.queries import allocations_of_payment
from tallystick.foundation.ids import public_id
from tallystick.invoices import queries as invoices
from tallystick.reports.explain.registry import NUMBERS
from tallystick.usecases import allocate, bill, charge, dispute, record, refund, topup
from tallystick.usecases.record import Part
from tests.backoffice.business import SYSTEM, Business, member, moment, uid
from tests.conftest import standing

pytestmark = pytest.mark.django_db

# Where an amount stands that has no explanation, and why.
LEFT_OUT = {
    "journal": "a posting itself: the leaf of all others",
    "event": "a sentence of the timeline about an allocation that is opened above it",
    "target": "typed or chosen: what the payment is meant for",
    "fee": "for reference only: typed, and in no sum",
    "void": "undone: struck through, and in no sum",
    "line": "typed: price and net amount of a line, which are the leaves of the total",
    "member": "a share of the total, which is opened above it",
    "price": "what a subscription costs: agreed, and in no sum",
    "movement": "the running balance of a line of a statement, which names its document",
    "autopay": "a limit that was agreed, or a charge to come",
    "dispute": "what a bank or a payment service claims; what was lost of it is opened above it",
    "lot": "a part of the wallet, which is opened above it and lists its lots",
    "drawn": "from which lots a purchase was drawn: the postings of its own entry, which the page lists",
    "attempt": "what was asked of a payment service",
}


def stories(business: Business) -> dict[str, list[UUID]]:
    """This function will tell months with every kind of act, and return what has a page."""
    things = business.busy_month()
    told = {
        "customer": [things["customer"], things["english"]],
        "invoice": [things["invoice"], things["draft"]],
        "payment": [things["payment"], things["suspense"], things["promised"]],
    }
    for number, name in enumerate(("Explained Ltd", "説明株式会社", "Erklärt GmbH")):
        customer = business.customer(name, days_ago=200, terms_days=14)
        told["customer"].append(customer)
        _half_a_year(business, customer, number, told)
    _prepaid(business, told)
    return told


def _prepaid(business: Business, told: dict[str, list[UUID]]) -> None:
    """A wallet with something left, and one that was used beyond what was prepaid."""
    for bought in (3_000, 9_000):
        customer = business.customer(f"Prepaid {bought}", days_ago=90)
        made = topup.create_topup_request(
            actor=SYSTEM,
            at=moment(80),
            customer_id=customer,
            currency="EUR",
            total_minor=10_000,
            tax_rate_id=business.vat if bought == 3_000 else None,
        )
        request = uid(made["id"])
        topup.send_topup_request(actor=SYSTEM, at=moment(80), request_id=request)
        paid = _paid(business, customer, 8_000, request, days_ago=70)
        shape = charge.charge_account(
            actor=SYSTEM,
            at=moment(60),
            customer_id=customer,
            currency="EUR",
            total_minor=bought,
            tax_rate_id=business.vat,
            description="Calls",
        )
        told["customer"].append(customer)
        told["invoice"].append(request)
        told["payment"] += [paid, uid(shape["id"])]


def _half_a_year(business: Business, customer: UUID, number: int, told: dict[str, list[UUID]]) -> None:
    nets = [10_000 + 777 * index + number for index in range(6)]
    claims = [business.invoice(customer, net, days_ago=150 - 20 * index) for index, net in enumerate(nets)]
    released = _paid(business, customer, 9_000, claims[1], days_ago=100)
    part_paid = _paid(business, customer, 2_500, claims[2], days_ago=90)
    nearly = _paid(business, customer, invoices.invoice(claims[0])["total_minor"] - 2, claims[0], days_ago=80)
    allocate.write_small_difference(
        actor=SYSTEM, at=moment(79), invoice_id=claims[0], amount_minor=2, reason="Two cents"
    )
    over = business.payment(customer, 50_000 + number, days_ago=60)
    allocate.write_small_difference(actor=SYSTEM, at=moment(59), payment_id=over, amount_minor=3, reason="Three cents")
    bill.issue_credit_note(actor=SYSTEM, at=moment(50), invoice_id=claims[3], reason="Part", gross_minor=3_000)
    for part in allocations_of_payment(released):
        allocate.release_allocation(actor=SYSTEM, at=moment(45), allocation_id=part["id"])
    wrong = business.payment(customer, 1_234, days_ago=40)
    allocate.reverse_payment(actor=SYSTEM, at=moment(39), payment_id=wrong, reason="Twice")
    back = refund.refund_payment(
        actor=SYSTEM, at=moment(30), payment_id=over, amount_minor=700, reason="Too much", method="cash"
    )
    dispute.record_bank_return(actor=SYSTEM, at=moment(25), payment_id=part_paid)
    promised = business.payment(customer, 4_000, days_ago=5, status="pending")
    gone = business.payment(customer, 3_000, days_ago=4, status="pending")
    record.cancel_payment(actor=SYSTEM, at=moment(3), payment_id=gone)
    foreign = business.invoice(customer, 8_000, currency="JPY", days_ago=10)
    yen = business.payment(customer, 500, currency="JPY", days_ago=9)
    told["invoice"] += [*claims, foreign]
    told["payment"] += [released, part_paid, nearly, over, wrong, uid(back["id"]), promised, gone, yen]


def _paid(business: Business, customer: UUID, minor: int, invoice: UUID, *, days_ago: int) -> UUID:
    return business.payment(customer, minor, days_ago=days_ago, parts=[Part(invoice_id=invoice, amount_minor=minor)])


def pages(things: dict[str, list[UUID]]) -> Iterator[str]:
    yield reverse("office:home")
    prefixes = {"customer": "cus", "invoice": "inv", "payment": "pay"}
    for kind, ids in things.items():
        for each in ids:
            yield reverse(f"office:{kind}", args=[public_id(prefixes[kind], each)])
    for customer in things["customer"]:
        own = reverse("office:statement", args=[public_id("cus", customer)])
        until = (moment(15)).date().isoformat()
        yield own
        yield f"{own}?from_date=&until_date={until}"
        yield f"{own}?until_date={until}&known_on={(moment(12)).date().isoformat()}"


def of_class(node: Any, name: str) -> list[Any]:
    """This function will return the elements of a class, in the main part of a page."""
    within = ".//" if node.tag == "a" else "//main//"
    found: list[Any] = node.xpath(f"{within}*[contains(concat(' ', normalize-space(@class), ' '), ' {name} ')]")
    return found


def left_out(amount: Any) -> str:
    """This function will say why an amount needs no explanation; the empty text when it does."""
    around = " ".join(each.get("class") or "" for each in amount.iterancestors())
    own = amount.get("class") or ""
    heads = " ".join(amount.xpath("ancestor::*[contains(@class, 'card')][1]//*[self::h2 or self::h3]//text()"))
    words = " ".join(amount.xpath("ancestor::div[1]/dt//text()"))
    table = " ".join(amount.xpath("ancestor::table[1]/thead//th//text()"))
    group = " ".join(amount.xpath("ancestor::tbody[1]/tr/th[@scope='rowgroup']//text()"))
    in_a_line = amount.xpath("ancestor::tr[1][parent::tbody]/td[1][not(contains(@class, 'muted'))]")
    places = {
        "journal": "journal" in around,
        "event": "event" in around,
        "target": "Meant for" in group or "For no invoice" in group,
        "fee": "Fee (ref only)" in words,
        "void": "amount--void" in own,
        "line": "Unit price" in table and bool(in_a_line),
        "member": "Member" in table,
        "price": "Subscriptions" in heads or "Subscription" in words,
        "movement": "What" in table and "Date" in table,
        "autopay": "utomatic payment" in heads,
        "dispute": "Evidence due" in table or "alert" in around or "isputes" in group,
        "lot": "Wallet" in heads or "Prepaid" in heads,
        "drawn": "Drawn" in table,
        "attempt": "Attempt" in heads,
    }
    return next((name for name, is_there in places.items() if is_there), "")


def read_minor(amount: Any) -> int:
    """This function will read an amount as it is shown, whatever its currency's places: all digits, and the sign."""
    text = "".join(amount.xpath(".//bdi[1]//text()"))
    digits = int(re.sub(r"[^0-9]", "", text))
    return -digits if "\N{MINUS SIGN}" in text else digits


@pytest.fixture(scope="module")
def shown(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """The pages about the stories, by their addresses, as somebody in support sees them."""

    def make() -> dict[str, Any]:
        client = Client()
        client.force_login(member("Support"))
        found = {}
        for address in pages(stories(Business())):
            answer = client.get(address)
            assert answer.status_code == 200, address
            found[address] = html.fromstring(answer.content)
        return found

    with standing(django_db_blocker, make) as made:
        yield made


def test_every_amount_has_an_address_or_a_reason(shown: dict[str, Any]) -> None:
    used: set[str] = set()
    neither: list[str] = []
    for address, page in shown.items():
        for amount in of_class(page, "amount"):
            if amount.xpath("ancestor::a[contains(@class, 'amount-why')]"):
                continue
            if reason := left_out(amount):
                used.add(reason)
            else:
                around = " ".join(amount.xpath("ancestor::*[4]")[0].text_content().split())
                neither.append(f"{address}: {amount.text_content()} in “{around[:200]}”")
    assert not neither, "can neither be opened nor have they a reason:\n" + "\n".join(neither)
    assert used <= LEFT_OUT.keys()
    assert {"journal", "event", "void", "line", "movement"} <= used


def test_the_leaves_of_every_number_add_up_to_what_is_shown(
    shown: dict[str, Any], as_role: Callable[[str], Client]
) -> None:
    client = as_role("Support")
    numbers: dict[str, int] = {}
    seen = 0
    for address, page in shown.items():
        for link in of_class(page, "amount-why"):
            (amount,) = of_class(link, "amount")
            minor = read_minor(amount)
            seen += 1
            assert numbers.setdefault(link.get("href"), minor) == minor, f"{address} and another page disagree"
    assert seen >= 400
    assert len(numbers) >= 200
    names = {urlsplit(each).path.split("/")[-2] for each in numbers}
    assert names >= {
        *("customer.wallet", "customer.beyond_prepaid", "invoice.paid", "allocation.prepaid", "allocation.tax"),
        *("customer.owes", "customer.credit", "customer.ageing", "invoice.total", "invoice.net", "invoice.tax"),
        *("invoice.open", "allocation.amount", "credit_note.total", "payment.total", "payment.unallocated"),
        *("payment.refunded", "payment.lost", "payment.difference", "invoice.difference"),
        *("home.owed", "home.overdue", "home.received", "home.suspense", "home.failed"),
    }
    assert names <= NUMBERS.keys()
    for address, minor in numbers.items():
        total, leaves = opened(client, address)
        assert (total, leaves) == (minor, minor), address


def opened(client: Client, address: str) -> tuple[int, int]:
    """This function will follow an address through all of its pages and return its total and the sum of its leaves."""
    leaves, total, following = 0, None, address
    while following:
        answer = client.get(following)
        assert answer.status_code == 200, following
        page = html.fromstring(answer.content)
        (told,) = page.xpath("//*[@data-total]/@data-total")
        assert total in {None, int(told)}
        total = int(told)
        for body in page.xpath("//main//table[@class='journal']/tbody"):
            rest = [link for link in body.xpath(".//a/@href") if "part=" in link]
            if rest:
                leaves += opened_part(client, urljoin(following, rest[0]))
            else:
                leaves += sum(map(int, body.xpath(".//*[@data-leaf]/@data-leaf")))
        following = next((link for link in page.xpath("//main//a/@href") if "cursor=" in link), "")
    assert total is not None
    return total, leaves


def opened_part(client: Client, address: str) -> int:
    leaves, following = 0, address
    while following:
        page = html.fromstring(client.get(following).content)
        leaves += sum(map(int, page.xpath("//main//*[@data-leaf]/@data-leaf")))
        following = next((link for link in page.xpath("//main//a/@href") if "cursor=" in link), "")
    return leaves
