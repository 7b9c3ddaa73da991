"""Subscriptions in the back office: pages, each act once by who may and once by who may not, and what is refused."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tallystick.foundation.ids import public_id
from tallystick.invoices import queries as invoices
from tallystick.payments import lists
from tallystick.payments import queries as payments
from tallystick.payments.filters import PaymentFilter
from tallystick.subscriptions import queries
from tests.backoffice import offers
from tests.backoffice.business import Business, uid
from tests.backoffice.forms import Signed, closed, done, post, refused, sub, text_of, traces, url
from tests.backoffice.offers import today
from tests.backoffice.test_lists import queries_of

pytestmark = pytest.mark.django_db


def terms(business: Business, price: Any, **changes: Any) -> dict[str, Any]:
    told = {"customer": public_id("cus", business.customer()), "price": public_id("prc", price), "quantity": "1"}
    told |= {"start_date": today().isoformat(), "collection": "autopay", "early_return_fee_currency": "EUR"}
    return {**told, **changes}


# --- Pages -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["Support", "Finance", "Administrator", "Engineer", "Read-only"])
def test_every_state_has_a_page_for_everybody_who_may_see(business: Business, as_role: Signed, role: str) -> None:
    client = as_role(role)
    for name, subscription in offers.every_state(business, offers.offered(business)).items():
        response: Any = client.get(url("subscription", sub(subscription)))
        assert response.status_code == 200, name
        main = response.content.decode().split("<main")[1].split("</main")[0]
        # Whoever may change nothing is offered nothing to do, but every amount is explained to everybody.
        assert (f'hx-get="{url("subscriptions")}' in main) is (role in {"Finance", "Administrator"}), name


def test_the_page_tells_what_is_agreed_billed_and_to_come(business: Business, finance: Client) -> None:
    prices = offers.offered(business)
    customer = business.customer()
    subscription = offers.active(customer, prices["pro"], contract_months=12, quantity=Decimal(2))
    page = text_of(finance.get(url("subscription", sub(subscription))))
    [period] = queries.periods(subscription)
    assert period["invoice__number"] in page
    # The eleven that follow (E2), and what they come to: 11 × 2 × 89.00 and 20 % tax.
    coming = page.partition("Upcoming payments")[2].partition("What happened")[0]
    assert coming.count("213.60 EUR") == 11
    assert "2,349.60 EUR" in coming
    assert "Whole contract 2,563.20 EUR" in page
    assert "0% recovered 0.00 EUR of 480.00 EUR" in page
    assert "12 months" in page


def test_income_and_recovered_cost_follow_the_money(business: Business, finance: Client) -> None:
    prices = offers.offered(business)
    subscription = offers.active(business.customer(), prices["pro"])
    [period] = queries.periods(subscription)
    live = payments.live_scheduled(period["invoice_id"])
    assert live is not None
    told = {"received": today().isoformat(), "method": "cash", "total": "106.80", "total_currency": "EUR"}
    post(finance, url("payment-mark-paid", public_id("pay", live["id"])), told)
    page = text_of(finance.get(url("subscription", sub(subscription))))
    assert "89.00 EUR" in page.partition("Income to date")[2].partition("of its cost")[0]
    # 89.00 of 240.00
    assert "37.1% recovered 89.00 EUR of 240.00 EUR" in page
    told = page.partition("Payments Each billed period")[2].partition("Upcoming payments")[0]
    assert "Paid Completed 106.80 EUR" in told
    assert (
        url("payment", public_id("pay", live["id"]))
        in finance.get(url("subscription", sub(subscription))).content.decode()
    )


def test_the_pages_around_link_the_subscription(business: Business, finance: Client) -> None:
    customer = business.customer()
    price = offers.price(offers.variant(offers.product()), business.vat, 30_000, frequency="quarterly")
    subscription = offers.active(customer, price)
    number = queries.subscription(subscription)["number"]
    [period] = queries.periods(subscription)
    [row] = lists.payments_page(PaymentFilter(invoice_id=period["invoice_id"])).rows
    address = url("subscription", sub(subscription))
    for page in (
        url("invoice", public_id("inv", period["invoice_id"])),
        url("payment", public_id("pay", row["id"])),
    ):
        response: Any = finance.get(page)
        assert address in response.content.decode()
        # A quarter of 360.00 with tax is 120.00 a month (E12).
        assert "Fibre – 1 Gbit/s 120.00 EUR a month" in text_of(response)
    assert address in finance.get(url("customer", public_id("cus", customer))).content.decode()
    assert number in text_of(finance.get(url("payments")))
    assert address in finance.get(f"{url('find')}?q={number}", headers={"HX-Request": "true"}).content.decode()


def test_a_list_of_fifty_costs_no_more_queries_than_one_of_five(business: Business, finance: Client) -> None:
    price = offers.one_price(business)

    def add(count: int) -> None:
        for number in range(count):
            offers.draft(business.customer(f"Customer {number}"), price)

    add(5)
    few = queries_of(finance, url("subscriptions"))
    add(50)
    assert queries_of(finance, url("subscriptions")) <= few
    page = finance.get(url("subscriptions")).content.decode()
    assert page.count('class="table-link"') == 50
    following = next(part for part in page.split('href="') if "after=" in part).partition('"')[0].replace("&amp;", "&")
    assert finance.get(following).content.decode().count('class="table-link"') == 5


def test_the_list_is_narrowed_by_search_and_filters(business: Business, finance: Client) -> None:
    found = offers.every_state(business, offers.offered(business))

    def shown(query: str) -> int:
        response: Any = finance.get(f"{url('subscriptions')}?{query}")
        assert response.status_code == 200
        return int(response.content.decode().count('class="table-link"'))

    assert shown("") == len(found)
    assert shown("state=paused") == 1
    assert shown("state=cancelled&state=ended") == 1
    assert shown("frequency=annually") == 1
    assert shown("currency=JPY") == 1
    assert shown("q=S-00001") == 1
    assert shown("q=%E3%83%8E%E3%83%BC%E3%83%88") == 2
    assert shown("customer=Zweckverband") == 9
    assert finance.get(f"{url('subscriptions')}?state=nonsense").status_code == 400


def test_an_empty_list_says_what_to_do(finance: Client) -> None:
    page = text_of(finance.get(url("subscriptions")))
    assert "No subscriptions yet" in page
    assert "choose a customer and a price" in page


def test_a_missing_subscription_is_not_found(finance: Client) -> None:
    for text in ("sub_00000000000000000000000000000000", "cus_x", "1"):
        assert finance.get(url("subscription", text)).status_code == 404


# --- Begun, edited, activated ----------------------------------------------------------------------------------------


def test_a_subscription_is_drafted_edited_and_activated(business: Business, as_role: Signed) -> None:
    price = offers.one_price(business)
    told = terms(business, price, contract_months="12", early_return_fee="150", quantity="2")
    closed(as_role("Read-only"), url("new-subscription"), told)
    answer = done(as_role("Support"), url("new-subscription"), told)
    public = answer.rstrip("/").rpartition("/")[2]
    row = queries.subscription(uid(public))
    assert (row["state"], row["quantity"], row["contract_months"]) == ("draft", Decimal(2), 12)
    assert row["early_return_fee_minor"] == 15000

    changed = {**told, "quantity": "3", "trial_days": "0", "contract_months": ""}
    closed(as_role("Read-only"), url("subscription-edit", public), changed)
    done(as_role("Support"), url("subscription-edit", public), changed)
    row = queries.subscription(uid(public))
    assert (row["quantity"], row["contract_months"], row["end_date"]) == (Decimal(3), None, None)

    closed(as_role("Support"), url("subscription-activate", public), {})
    finance = as_role("Finance")
    offer = text_of(finance.get(url("subscription-activate", public)))
    assert "An invoice of 320.40 EUR for" in offer
    assert "is issued today, mailed, and due on" in offer
    done(finance, url("subscription-activate", public), {})
    assert queries.subscription(uid(public))["state"] == "active"
    [period] = queries.periods(uid(public))
    assert invoices.invoice(period["invoice_id"])["total_minor"] == 32040


def test_what_activation_says_fits_trial_contract_and_future(business: Business, finance: Client) -> None:
    customer, price = business.customer(), offers.one_price(business)

    def says(**more: Any) -> str:
        return text_of(finance.get(url("subscription-activate", sub(offers.draft(customer, price, **more)))))

    contract = says(contract_months=12)
    assert "11 more bills follow, until" in contract
    later = says(start_date=today() + timedelta(days=30))
    assert "Nothing is billed today. The first bill, 106.80 EUR, comes on" in later
    assert "until it is cancelled" in later
    assert "The trial runs until" in says(trial_days=14)


def test_a_price_in_another_currency_than_the_fee_is_refused(business: Business, finance: Client) -> None:
    told = terms(business, offers.one_price(business), early_return_fee="1500", early_return_fee_currency="JPY")
    assert "Give the fee in EUR, like the price." in refused(finance, url("new-subscription"), told)


def test_an_archived_price_is_refused_by_name(business: Business, finance: Client) -> None:
    price = offers.one_price(business)
    post(finance, url("archive-price", public_id("prc", price)), {})
    page = refused(finance, url("new-subscription"), terms(business, price))
    assert "This price is archived" in page


def test_the_preview_tells_bills_and_writes_nothing(business: Business, as_role: Signed) -> None:
    told = terms(business, offers.one_price(business), contract_months="12", billing_day="1", start_date="2026-03-10")
    closed(as_role("Read-only"), url("preview-subscription"), told)
    before = traces()
    page = text_of(as_role("Support").post(url("preview-subscription"), told))
    # 22 of 31 days of 89.00 is 63.16, with 20 % tax 75.79.
    assert "First bill, Mar 10, 2026 75.79 EUR" in page
    assert "For 22 of 31 days" in page
    # Twelve whole months are one thousand sixty-eight, whatever the first part.
    assert "last day is Mar 9, 2027" in page
    less = {name: value for name, value in told.items() if name != "price"}
    assert "Choose a customer and a price" in text_of(as_role("Support").post(url("preview-subscription"), less))
    far = text_of(as_role("Support").post(url("preview-subscription"), {**told, "start_date": "2526-03-10"}))
    assert "within 10 years of today" in far
    assert traces() == before


def test_of_a_living_subscription_only_collection_and_remark_change(business: Business, as_role: Signed) -> None:
    subscription = offers.active(business.customer(), offers.one_price(business))
    address = url("subscription-edit", sub(subscription))
    told = {"collection": "manual", "remark": "Pays by standing order"}
    closed(as_role("Support"), address, told)
    done(as_role("Finance"), address, told)
    row = queries.subscription(subscription)
    assert (row["collection"], row["remark"]) == ("manual", "Pays by standing order")


# --- Paused, suspended -----------------------------------------------------------------------------------------------


def test_it_is_paused_resumed_suspended_and_goes_on(business: Business, as_role: Signed) -> None:
    subscription = offers.active(business.customer(), offers.one_price(business))
    public, finance = sub(subscription), as_role("Finance")

    def state() -> str:
        return str(queries.subscription(subscription)["state"])

    pause = {"from_date": today().isoformat(), "resume_date": (today() + timedelta(days=60)).isoformat()}
    closed(as_role("Support"), url("subscription-pause", public), pause)
    page = refused(finance, url("subscription-pause", public), {**pause, "resume_date": today().isoformat()})
    assert "resumes after the pause has begun" in page
    done(finance, url("subscription-pause", public), pause)
    assert state() == "paused"
    closed(as_role("Support"), url("subscription-resume", public), {})
    done(finance, url("subscription-resume", public), {"on_date": today().isoformat()})
    assert state() == "active"
    closed(as_role("Support"), url("subscription-suspend", public), {"reason": "Unpaid"})
    done(finance, url("subscription-suspend", public), {"reason": "Unpaid"})
    assert state() == "suspended"
    closed(as_role("Support"), url("subscription-lift", public), {})
    done(finance, url("subscription-lift", public), {})
    assert state() == "active"
    assert "“lift” is not possible" in refused(finance, url("subscription-lift", public), {})


def test_a_planned_pause_is_withdrawn_by_a_button(business: Business, finance: Client) -> None:
    subscription = offers.active(business.customer(), offers.one_price(business))
    public = sub(subscription)
    later = {"from_date": (today() + timedelta(days=9)).isoformat()}
    done(finance, url("subscription-pause", public), later)
    assert "Withdraw the pause" in text_of(finance.get(url("subscription", public)))
    done(finance, url("subscription-resume", public), {})
    assert queries.subscription(subscription)["paused_date"] is None


# --- Contract files --------------------------------------------------------------------------------------------------


def test_a_contract_is_added_downloaded_and_removed(business: Business, as_role: Signed) -> None:
    subscription = offers.draft(business.customer(), offers.one_price(business))
    public, finance = sub(subscription), as_role("Finance")

    def upload(content: bytes) -> dict[str, Any]:
        return {"file": SimpleUploadedFile("Vertrag.pdf", content)}

    closed(as_role("Support"), url("add-contract-file", public), upload(offers.PDF))
    assert "PDF" in refused(finance, url("add-contract-file", public), upload(b"MZ\x90\x00 a program"))
    assert post(finance, url("add-contract-file", public), upload(offers.PDF)).status_code == 302
    [kept] = queries.files(subscription)
    file = public_id("fil", kept["id"])
    response: Any = as_role("Read-only").get(url("contract-file", public, file))
    assert response.content == offers.PDF
    assert response["Content-Disposition"].startswith("attachment")
    other = sub(offers.draft(business.customer("Other"), queries.subscription(subscription)["price_id"]))
    assert finance.get(url("contract-file", other, file)).status_code == 404
    closed(as_role("Support"), url("remove-file", public, file), {})
    done(finance, url("remove-file", public, file), {})
    assert queries.files(subscription) == []
