"""The four ways to say what to pay, through the pages: what the screen promises is what happens (C5 to C10)."""

import re
import uuid
from collections.abc import Callable
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tallystick.allocations.queries import targets
from tallystick.foundation import settings_store
from tallystick.foundation.ids import public_id
from tallystick.foundation.transactions import transaction
from tallystick.interfaces.portal import pay_choice
from tallystick.invoices import queries as invoices
from tallystick.ledger.queries import CustomerStanding, standings
from tallystick.payments import queries as payments
from tallystick.payments.models import Attempt, Payment
from tallystick.payments.terms import PAYMENT_TERMS, acceptances, terms_hash
from tallystick.usecases import enrol, record
from tests.portal.conftest import STAFF, Business, now, only_payment
from tests.sandbox_service import pay
from tests.statements import statements

pytestmark = pytest.mark.django_db


def drawn_form(page: str) -> dict[str, Any]:
    """This function will return what a browser without scripts would send of the page's form."""
    form = page[page.index('class="fields pay-form"') :]
    form = form[: form.index("</form>")]
    values: dict[str, Any] = {"idempotency_key": str(uuid.uuid4())}
    for tag in re.findall(r"<input[^>]*>", form):
        given = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if given.get("type") == "hidden" or (given.get("type") == "radio" and re.search(r"\schecked", tag)):
            values.setdefault(given["name"], unescape(given["value"]))
    return values


def standing(customer: UUID) -> CustomerStanding:
    """This function will return what a customer owes and has in euro."""
    return next(each for each in standings(customer) if each.currency == "EUR")


def test_each_way_says_its_amount_and_the_total_follows(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    first, second = house.invoice(customer, 1000), house.invoice(customer, 2000)
    for query, total in (
        ("", "3600"),
        ("?pay=current_charges", "2400"),
        ("?pay=fixed_amount&fixed=50.00", "5000"),
        (f"?pay=selected_invoices&invoice={public_id('inv', first)}", "1200"),
        (f"?invoice={public_id('inv', second)}", "2400"),
    ):
        assert drawn_form(client.get(f"/portal/pay/{query}").content.decode())["total"] == total, query
    page = client.get("/portal/pay/?pay=fixed_amount&fixed=50.00").content.decode()
    assert "€36.00 pays your 2 oldest open invoices." in page
    assert "€14.00 stays as your credit." in page


def test_current_charges_are_nothing_once_the_latest_invoice_is_paid(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    house.invoice(customer, 1000)
    latest = house.invoice(customer, 2000)
    record.record_payment(
        actor=STAFF,
        at=now(),
        customer_id=None,
        currency="EUR",
        total_minor=2400,
        parts=[record.Part(invoice_id=latest)],
    )
    page = client.get("/portal/pay/").content.decode()
    current = page[page.index('id="pay-current"') :]
    assert "disabled" in current[: current.index(">")]
    # Whoever asks for it all the same is told, and nothing begins.
    form = drawn_form(page) | {"pay": "current_charges", "total": "0", "to_invoices": "0", "method": account}
    refused = client.post("/portal/pay/", form)
    assert refused.status_code == 422
    assert "Choose at least one invoice to pay" in refused.content.decode()
    assert not Attempt.objects.exists()


@pytest.mark.parametrize("prepaid", [False, True])
def test_a_fixed_amount_leaves_credit_or_fills_the_wallet(
    signed_in: tuple[Client, UUID], house: Business, account: str, *, prepaid: bool
) -> None:
    client, customer = signed_in
    if prepaid:
        enrol.change_customer(actor=STAFF, at=now(), customer_id=customer, changes={"is_prepaid": True})
    invoice = house.invoice(customer, 1000)
    page = client.get("/portal/pay/?pay=fixed_amount&fixed=50").content.decode()
    assert ("€38.00 goes into your wallet." if prepaid else "€38.00 stays as your credit.") in page
    form = drawn_form(page) | {"fixed": "50", "method": account}
    assert client.post("/portal/pay/", form).status_code == 302
    [attempt] = Attempt.objects.all()
    assert attempt.amount_minor == 5000
    pay(attempt.action_url)
    client.get(reverse("portal:return", args=[public_id("att", attempt.id)]))
    assert invoices.invoice(invoice)["open_minor"] == 0
    now_has = standing(customer)
    assert (now_has.credit_minor, now_has.wallet_minor) == ((0, 3800) if prepaid else (3800, 0))


def test_money_is_paid_ahead_when_nothing_is_open(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    page = client.get("/portal/pay/").content.decode()
    assert "What you pay now becomes your credit." in page
    client.post("/portal/pay/", drawn_form(page) | {"fixed": "25", "total": "2500", "method": account})
    attempt = Attempt.objects.get()
    pay(attempt.action_url, "4000000000009995")
    client.get(reverse("portal:return", args=[public_id("att", attempt.id)]))
    public = public_id("pay", only_payment(customer)["id"])
    # Declined, and tried again: it is still for nothing but the account.
    client.post(reverse("portal:try-again", args=[public]), {"idempotency_key": "again"})
    again = Attempt.objects.order_by("created_at").last()
    assert again is not None
    assert again.amount_minor == 2500
    pay(again.action_url)
    client.get(reverse("portal:return", args=[public_id("att", again.id)]))
    assert standing(customer).credit_minor == 2500


@pytest.mark.parametrize("typed", ["", "0", "-5", "12.345", "abc", "1e3", "999999999999999999"])
def test_an_amount_that_is_none_is_refused_beside_its_field(
    signed_in: tuple[Client, UUID], house: Business, account: str, typed: str
) -> None:
    client, customer = signed_in
    house.invoice(customer)
    page = client.get("/portal/pay/?pay=fixed_amount").content.decode()
    refused = client.post("/portal/pay/", drawn_form(page) | {"fixed": typed, "method": account})
    assert refused.status_code == 422
    assert 'id="id_fixed_error"' in refused.content.decode()
    assert not Attempt.objects.exists()
    assert Payment.objects.count() == 1


def test_a_part_by_transfer_and_the_rest_of_it_on_account(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    invoice = house.invoice(customer, 1000)
    page = client.get("/portal/pay/?pay=fixed_amount&fixed=20").content.decode()
    client.post("/portal/pay/", drawn_form(page) | {"fixed": "20", "method": "bank_transfer"})
    row = only_payment(customer)
    assert (row["status"], row["total_minor"]) == ("pending", 2000)
    assert standing(customer).owes_minor == 1200
    record.mark_paid(actor=STAFF, at=now(), payment_id=row["id"], received_date=now().date(), method="bank_transfer")
    assert invoices.invoice(invoice)["open_minor"] == 0
    assert standing(customer).credit_minor == 800


def test_terms_are_shown_and_their_acceptance_is_kept(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    house.invoice(customer)
    with transaction():
        settings_store.put(PAYMENT_TERMS, "We charge your card at once.")
    page = client.get("/portal/pay/").content.decode()
    assert "We charge your card at once." in page
    form = drawn_form(page) | {"method": account}
    with transaction():
        settings_store.put(PAYMENT_TERMS, "We charge your card tomorrow.")
    refused = client.post("/portal/pay/", form)
    assert "The terms were changed meanwhile. Read them again." in refused.content.decode()
    assert not Attempt.objects.exists()
    assert client.post("/portal/pay/", drawn_form(refused.content.decode()) | {"method": account}).status_code == 302
    [accepted] = acceptances(only_payment(customer)["id"])
    assert accepted["terms__text"] == "We charge your card tomorrow."
    assert accepted["terms_id"] == terms_hash("We charge your card tomorrow.")
    assert accepted["accepted_by"] == "Mary O'Neill"


def test_the_window_opens_as_a_dialog_and_leads_on_from_there(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    house.invoice(customer)
    page = client.get("/portal/pay/", headers={"HX-Request": "true", "HX-Target": "kit-dialog-body"}).content.decode()
    assert "<html" not in page
    sent = client.post(
        "/portal/pay/",
        drawn_form(page) | {"method": account},
        headers={"HX-Request": "true", "HX-Target": "kit-dialog-body"},
    )
    assert (sent.status_code, sent["HX-Redirect"]) == (204, Attempt.objects.get().action_url)


def picked(page: str) -> list[tuple[str, bool]]:
    """This function will return the invoices that the picker of a page shows, and whether each is ticked."""
    boxes = re.findall(r'<input type="checkbox"[^>]*name="invoice"[^>]*>', page)
    return [(re.findall('value="([^"]+)"', box)[0], "checked" in box) for box in boxes]


def test_many_open_invoices_are_picked_a_page_at_a_time(
    signed_in: tuple[Client, UUID], house: Business, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, customer = signed_in
    monkeypatch.setattr(pay_choice, "PAGE", 2)
    publics = [public_id("inv", house.invoice(customer, 1000))]
    few = asked_by(lambda: client.get("/portal/pay/"))
    publics += [public_id("inv", house.invoice(customer, 1000)) for _each in range(4)]
    page, seen = client.get("/portal/pay/").content.decode(), []
    assert drawn_form(page)["total"] == "6000"
    for _page in range(3):
        seen.append([public for public, _ticked in picked(page)])
        more = re.search(r'hx-get="([^"]+more=[^"]+)"', page)
        page = client.get(unescape(more[1])).content.decode() if more else ""
    assert seen == [publics[:2], publics[2:4], publics[4:]]
    assert page == ""
    # What is chosen stands first, wherever it would be.
    page = client.get(f"/portal/pay/?invoice={publics[4]}").content.decode()
    assert picked(page) == [(publics[4], True), (publics[0], False), (publics[1], False)]
    assert drawn_form(page)["total"] == "1200"
    assert client.get("/portal/pay/?more=nonsense").status_code == 400
    assert len(asked_by(lambda: client.get("/portal/pay/"))) == len(few)


def test_what_is_ticked_stays_while_more_is_shown_and_currencies_are_changed(
    signed_in: tuple[Client, UUID], house: Business, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, customer = signed_in
    monkeypatch.setattr(pay_choice, "PAGE", 2)
    house.rate("USD", "0.92")
    publics = [public_id("inv", house.invoice(customer, 1000)) for _each in range(5)]
    dollars = public_id("inv", house.invoice(customer, 5000, currency="USD"))
    page = client.get("/portal/pay/").content.decode()
    form = drawn_form(page) | {"invoice": [publics[1]], "note": "For the laptops", "method": "bank_transfer"}

    def more(of: str) -> str:
        return re.findall(r'name="more"\s+value="([^"]+)"', of)[0]

    page = client.post("/portal/pay/", form | {"more": more(page)}).content.decode()
    assert picked(page) == [(publics[1], True), (publics[2], False), (publics[3], False)]
    assert (drawn_form(page)["pay"], drawn_form(page)["total"]) == ("selected_invoices", "1200")
    assert "For the laptops" in page
    form = drawn_form(page) | {"invoice": [publics[1], publics[3]], "note": "For the laptops"}
    page = client.post("/portal/pay/", form | {"more": more(page)}).content.decode()
    assert picked(page) == [(publics[1], True), (publics[3], True), (publics[4], False)]

    # In another currency nothing is chosen yet; what was is brought along, and is back with its own.
    form = drawn_form(page) | {"invoice": [publics[1], publics[3]], "note": "For the laptops"}
    page = client.post("/portal/pay/", form | {"looks_at": "USD"}).content.decode()
    assert picked(page) == [(dollars, False)]
    assert (drawn_form(page)["pay"], drawn_form(page)["total"], drawn_form(page)["currency"]) == (
        *("total_balance", "6000"),
        "USD",
    )
    assert re.findall(r'name="elsewhere" value="([^"]+)"', page) == [publics[1], publics[3]]
    form = drawn_form(page) | {"elsewhere": [publics[1], publics[3]], "invoice": [dollars], "looks_at": "EUR"}
    page = client.post("/portal/pay/", form).content.decode()
    assert picked(page)[:2] == [(publics[1], True), (publics[3], True)]
    assert (drawn_form(page)["total"], re.findall(r'name="elsewhere" value="([^"]+)"', page)) == ("2400", [dollars])
    assert client.post("/portal/pay/", form | {"looks_at": "EUR", "more": "nonsense"}).status_code == 200
    assert client.post("/portal/pay/", drawn_form(page) | {"more": "nonsense"}).status_code == 400
    assert not Attempt.objects.exists()
    assert not Payment.objects.filter(method="bank_transfer").exists()

    # What is paid is what is ticked in the currency of the page alone.
    form = drawn_form(page) | {"elsewhere": [dollars], "invoice": [publics[1], publics[3]], "method": account}
    form |= {"charged_in": "EUR"}
    assert client.post("/portal/pay/", form).status_code == 302
    row = only_payment(customer)
    assert (row["total_minor"], row["currency"]) == (2400, "EUR")


def asked_by(act: Callable[[], object]) -> list[str]:
    """This function will return the statements that something asks."""
    with statements() as heard:
        act()
    return heard


def test_a_second_press_looks_at_no_invoice(signed_in: tuple[Client, UUID], house: Business, account: str) -> None:
    client, customer = signed_in
    house.invoice(customer)
    form = drawn_form(client.get("/portal/pay/").content.decode()) | {"method": account}
    first = client.post("/portal/pay/", form)
    with statements() as heard:
        second = client.post("/portal/pay/", form)
    assert second["Location"] == first["Location"]
    assert not [each for each in heard if "invoices_invoice" in each]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_charged_allocated_and_left_is_what_the_screen_promised(
    house: Business, account: str, data: st.DataObject
) -> None:
    """Also when invoices are paid by another road while the customer is at the payment service: then what was meant for
    them becomes credit, and no invoice is paid twice.
    """
    customer = house.customer(f"Customer {uuid.uuid4().hex}")
    client = Client()
    client.force_login(house.open_portal(customer))
    nets = data.draw(st.lists(st.integers(10, 9000), max_size=4), label="net amounts")
    prepaid = data.draw(st.booleans(), label="prepaid")
    changes = {"is_prepaid": prepaid, "applies_credit": False}
    enrol.change_customer(actor=STAFF, at=now(), customer_id=customer, changes=changes)
    opened = {each: invoices.invoice(each)["open_minor"] for each in (house.invoice(customer, net) for net in nets)}
    option = data.draw(st.sampled_from(["total_balance", "current_charges", "selected_invoices", "fixed_amount"]))
    query: dict[str, Any] = {"pay": option if opened else "fixed_amount"}
    if query["pay"] == "fixed_amount":
        query["fixed"] = str(data.draw(st.integers(1, 300), label="fixed amount"))
    if query["pay"] == "selected_invoices":
        chosen = data.draw(st.sets(st.sampled_from(list(opened)), min_size=1), label="selected")
        query["invoice"] = [public_id("inv", each) for each in chosen]
    page = client.get("/portal/pay/", query).content.decode()
    form = drawn_form(page) | query | {"method": account}
    total = int(form["total"])
    assert client.post("/portal/pay/", form).status_code == 302
    attempt = Attempt.objects.get(payment__customer_id=customer)
    meant = dict(targets(attempt.payment_id))
    on_account = total - sum(meant.values())
    for each in data.draw(st.sets(st.sampled_from(list(meant))) if len(meant) > 1 else st.just(set())):
        record.record_payment(
            actor=STAFF,
            at=now(),
            customer_id=customer,
            currency="EUR",
            total_minor=opened[each],
            parts=[record.Part(invoice_id=each)],
            # Two invoices may be of the same amount.
            allows_duplicate=True,
        )
    taken = {each: invoices.invoice(each)["open_minor"] for each in opened}
    pay(attempt.action_url)
    client.get(reverse("portal:return", args=[public_id("att", attempt.id)]))
    # Charged: exactly the Payment Total.
    paid = payments.payment(attempt.payment_id)
    assert (paid["status"], paid["total_minor"]) == ("completed", total)
    # Allocated: what was promised, as far as it was still open.
    fitting = {each: min(minor, taken[each]) for each, minor in meant.items()}
    for each in opened:
        assert invoices.invoice(each)["open_minor"] == taken[each] - fitting.get(each, 0)
    # Left: what was promised to stay, and what turned out to be paid already.
    has = standing(customer)
    late = sum(meant.values()) - sum(fitting.values())
    assert has.wallet_minor == (on_account if prepaid else 0)
    assert has.credit_minor == late + (0 if prepaid else on_account)
