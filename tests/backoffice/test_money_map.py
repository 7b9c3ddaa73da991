"""Where a payment's money is: every part leads somewhere and back, and the parts add up to the total (model, 15)."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html

from tallystick.foundation.clock import local_date
from tallystick.foundation.ids import public_id
from tallystick.invoices import queries as invoices
from tallystick.reports.money_map import MoneyMap, money_map
from tallystick.usecases import allocate, charge, dispute, record, refund, topup
from tallystick.usecases.record import Part
from tallystick.wire.money_map import money_map_shape
from tests.backoffice.business import SYSTEM, Business, moment, uid
from tests.backoffice.test_explain import read_minor

pytestmark = pytest.mark.django_db
INVOICES = 23


def spread_out(business: Business) -> tuple[UUID, list[UUID]]:
    """This function will have one payment go everywhere money can go, and return it with the invoices it settles."""
    customer = business.customer("Zweckverband Abfallwirtschaft und Kreislaufwirtschaft Nordschwarzwald-Mittelbaden")
    claims = [business.invoice(customer, 5000 + each, days_ago=60) for each in range(INVOICES)]
    parts = [*(Part(invoice_id=each) for each in claims[:-1]), Part(invoice_id=claims[-1], amount_minor=1_000)]
    payment = business.payment(customer, 300_000, days_ago=20, parts=parts)
    done: dict[str, Any] = {"actor": SYSTEM, "payment_id": payment}
    allocate.write_small_difference(**done, at=moment(10), amount_minor=3, reason="Three cents")
    refund.refund_payment(**done, at=moment(9), amount_minor=10_000, reason="Too much", method="cash")
    dispute.record_bank_return(**done, at=moment(8), amount_minor=20_000)
    return payment, claims


def shares(found: MoneyMap) -> dict[str, int]:
    """This function will return the shares, and see that they add up."""
    told = {share.kind: share.minor for share in found.shares}
    assert sum(told.values()) == found.payment["total_minor"]
    assert 0 not in told.values()
    return told


def shown(client: Client, address: str) -> Any:
    """This function will return the card of the map on a page."""
    answer = client.get(address)
    assert answer.status_code == 200
    (card,) = html.fromstring(answer.content).xpath("//table[contains(@class, 'table--shares')]")
    return card


def group_sums(card: Any) -> list[int]:
    rows = card.xpath(".//tr[th[@scope='rowgroup']]")
    amounts = [row.xpath(".//span[contains(@class, 'amount')][1]") for row in rows]
    return [read_minor(each[0]) for each in amounts if each]


def test_every_part_of_a_payment_is_shown_and_adds_up(business: Business, finance: Client) -> None:
    payment, claims = spread_out(business)
    settled = sum(invoices.invoice(each)["total_minor"] for each in claims[:-1]) + 1_000
    found = money_map(payment, limit=20)
    assert shares(found) == {
        "allocated": settled,
        "small_differences": 3,
        "refunded": 10_000,
        "lost": 20_000,
        "credit": 300_000 - settled - 30_003,
    }
    address = reverse("office:payment", args=[public_id("pay", payment)])
    card = shown(finance, address)
    assert sum(group_sums(card)) == 300_000
    links = card.xpath(".//a[contains(@class, 'table-link')]/@href")
    assert len([each for each in links if "/invoices/" in each]) == 20
    assert f"All {INVOICES} allocations" in card.text_content()
    assert [each for each in links if "/disputes/" in each]
    assert len([each for each in links if "/payments/" in each]) == 2, "the refund, and all allocations"

    everything = shown(finance, reverse("office:payment-money", args=[public_id("pay", payment)]))
    listed = everything.xpath(".//a[contains(@class, 'table-link')]/@href")
    for claim in claims:
        of_invoice = reverse("office:invoice", args=[public_id("inv", claim)])
        assert of_invoice in listed
    last = invoices.invoice(claims[-1])
    assert f"{(last['open_minor'] / 100):,.2f} EUR open" in everything.text_content().replace("\N{NO-BREAK SPACE}", " ")
    assert address in finance.get(of_invoice).content.decode(), "an invoice leads back to what pays it"


def test_the_same_over_the_api_in_pages(business: Business) -> None:
    payment, claims = spread_out(business)
    pages, cursor = [], ""
    for _page in range(3):
        told = money_map_shape(money_map(payment, cursor=cursor, limit=10), today=local_date(moment()))
        pages.append(told)
        cursor = told["next_cursor"] or ""
    assert cursor == ""
    seen = [each["invoice"]["id"] for page in pages for each in page["allocations"]]
    assert seen == [public_id("inv", each) for each in claims]
    for page in pages:
        assert sum(share["amount_minor"] for share in page["shares"]) == page["total_minor"] == 300_000
        assert page["allocations_count"] == INVOICES
        assert [each["amount_minor"] for each in page["refunds"]] == [10_000]
        assert [each["taken_minor"] for each in page["disputes"]] == [20_000]
        assert [each["amount_minor"] for each in page["small_differences"]] == [3]
    last = pages[-1]["allocations"][-1]
    assert (last["amount_minor"], last["invoice"]["state"]) == (1_000, "overdue")
    assert last["invoice"]["open_minor"] == last["invoice"]["total_minor"] - 1_000


def test_money_that_has_not_come_is_no_money_yet(business: Business, finance: Client) -> None:
    customer = business.customer()
    claim = business.invoice(customer, 5000)
    promised = business.payment(customer, 7_000, status="pending", parts=[Part(invoice_id=claim, amount_minor=6_000)])
    assert shares(money_map(promised, limit=20)) == {"meant": 6_000, "for_no_invoice": 1_000}
    card = shown(finance, reverse("office:payment", args=[public_id("pay", promised)]))
    assert group_sums(card) == [6_000, 1_000]
    record.cancel_payment(actor=SYSTEM, at=moment(), payment_id=promised)
    assert shares(money_map(promised, limit=20)) == {"nothing": 7_000}
    page = finance.get(reverse("office:payment", args=[public_id("pay", promised)]))
    assert "Where the money is" not in page.content.decode()
    [expected] = [each for each in invoices.open_invoices(customer) if each["id"] == claim]
    live = money_map(_live(claim), limit=20)
    assert shares(live) == {"meant": expected["open_minor"]}


def test_what_is_in_suspense_reversed_or_paid_back(business: Business, finance: Client) -> None:
    nobodys = business.payment(None, 900)
    assert shares(money_map(nobodys, limit=20)) == {"suspense": 900}
    wrong = business.payment(business.customer(), 800)
    allocate.reverse_payment(actor=SYSTEM, at=moment(), payment_id=wrong, reason="Twice")
    assert shares(money_map(wrong, limit=20)) == {"reversed": 800}
    back = refund.refund_payment(
        actor=SYSTEM, at=moment(), payment_id=nobodys, amount_minor=900, reason="Wrong payer", method="cash"
    )
    assert shares(money_map(nobodys, limit=20)) == {"refunded": 900}
    assert shares(money_map(uid(back["id"]), limit=20)) == {"paid_back": 900}
    card = shown(finance, reverse("office:payment", args=[back["id"]]))
    assert reverse("office:payment", args=[public_id("pay", nobodys)]) in card.xpath(".//a/@href")


def test_prepaid_money_leads_to_its_lot_and_a_purchase_to_what_it_drew(business: Business, finance: Client) -> None:
    customer = business.customer(days_ago=90)
    made = topup.create_topup_request(
        actor=SYSTEM, at=moment(80), customer_id=customer, currency="EUR", total_minor=10_000
    )
    topup.send_topup_request(actor=SYSTEM, at=moment(80), request_id=uid(made["id"]))
    paid = business.payment(customer, 8_000, days_ago=70, parts=[Part(invoice_id=uid(made["id"]))])
    bought = charge.charge_account(
        actor=SYSTEM,
        at=moment(60),
        customer_id=customer,
        currency="EUR",
        total_minor=3_000,
        tax_rate_id=business.vat,
        description="Calls",
    )
    told = money_map_shape(money_map(paid, limit=20), today=local_date(moment()))
    [part] = told["allocations"]
    assert part["lot"] is not None
    assert (part["invoice"]["state"], part["lot"]["left_minor"]) == ("part_provisioned", 5_000)
    assert "50.00 EUR of it left in the wallet" in shown(
        finance, reverse("office:payment", args=[public_id("pay", paid)])
    ).text_content().replace("\N{NO-BREAK SPACE}", " ")
    purchase = money_map_shape(money_map(uid(bought["id"]), limit=20), today=local_date(moment()))
    assert (purchase["total_minor"], purchase["shares"]) == (-3_000, [{"kind": "drawn", "amount_minor": -3_000}])
    assert [each["lot"] for each in purchase["draws"]] == [part["lot"]["id"]]


def _live(claim: UUID) -> UUID:
    from tallystick.payments import queries

    live = queries.live_scheduled(claim)
    assert live is not None
    return UUID(str(live["id"]))
