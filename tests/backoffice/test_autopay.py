"""Autopay on the pages of staff: what was agreed and by whom, stored cards, charges to come, settings."""

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tallystick.foundation import settings_store
from tallystick.foundation.ids import public_id
from tallystick.foundation.transactions import transaction
from tallystick.gateways.models import GatewayAccount
from tallystick.payments import autopay_queries, methods
from tallystick.payments import queries as payments
from tallystick.payments.models import MethodSetup
from tallystick.payments.retry_plan import RETRY_DAYS
from tallystick.payments.terms import terms_hash
from tallystick.usecases import autopay, autopay_run, method_setups
from tests.backoffice.business import SYSTEM, Business, uid
from tests.backoffice.forms import Signed
from tests.backoffice.test_writes import done, post, refused, url
from tests.sandbox_service import SandboxService, pay, running_sandbox
from tests.stored_cards import stored_card

pytestmark = pytest.mark.django_db

INSUFFICIENT = "4000000000009995"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A payment service, one for all stories of this file."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as served:
        yield served


def card(customer: UUID, account: UUID, **facts: Any) -> str:
    """This function will store a card of a customer and return its public id."""
    return public_id("pmt", stored_card(customer, account, **facts))


def agreement(**more: str) -> dict[str, str]:
    """This function will return the form that records an agreement."""
    words = terms_hash(settings_store.get(autopay.TERMS))
    told = {"method": "default", "charge_day": "due", "cap": "", "cap_currency": "EUR", "evidence": "Signed form"}
    return {**told, "terms_sha256": words, **more}


def page_of(client: Client, address: str) -> str:
    """This function will return what stands on a page, as people read it, its white space as one."""
    response = client.get(address)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", html.unescape(response.content.decode())).replace("\N{NO-BREAK SPACE}", " ")


def test_staff_record_what_a_customer_agreed_to_and_end_it(
    business: Business, as_role: Signed, sandbox: SandboxService
) -> None:
    customer = business.customer()
    public = public_id("cus", customer)
    account = business.gateway(sandbox)
    finance, address = as_role("Finance"), url("customer", public)
    page = page_of(finance, address)
    assert "Off: the customer pays invoices by hand" in page
    assert url("autopay-agree", public) not in page, "there is no card to charge"

    method = card(customer, account)
    assert url("autopay-agree", public) in page_of(finance, address)
    assert url("autopay-agree", public) not in page_of(as_role("Support"), address)
    asked = page_of(finance, url("autopay-agree", public))
    assert autopay.TERMS.default in asked
    assert "How did the customer agree?" in asked

    told = agreement(method=method, charge_day="15", cap="125,050", cap_currency="JPY")
    refused(as_role("Support"), url("autopay-agree", public), told)
    done(finance, url("autopay-agree", public), told)
    row = autopay_queries.agreement(customer)
    assert row is not None
    assert (row["method_id"], row["charge_day"], row["cap_minor"], row["cap_currency"]) == (
        payments.methods(customer)[0]["id"],
        15,
        125050,
        "JPY",
    )
    page = page_of(finance, address)
    for fact in (
        "On day 15 of the month",
        "125,050",
        "Finance Okonkwo",
        "Recorded by staff",
        "Signed form",
        autopay.TERMS.default,
        "Visa •••• 4242",
    ):
        assert fact in page

    refused(as_role("Support"), url("autopay-end", public), {"reason": "By phone"})
    done(finance, url("autopay-end", public), {"reason": "By phone"})
    assert autopay_queries.agreement(customer) is None
    page = page_of(finance, address)
    assert "Off: the customer pays invoices by hand" in page
    assert "Earlier agreements" in page
    assert "Automatic payment ended" in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"evidence": ""}, "This field is required."),
        ({"evidence": "4242 4242 4242 4242"}, "card number"),
        ({"terms_sha256": "0" * 64}, "The terms were changed meanwhile."),
        ({"terms_sha256": ""}, "The terms were changed meanwhile."),
        ({"charge_day": "32"}, "Select a valid choice"),
        ({"cap": "-1"}, "above zero"),
        ({"method": "pmt_0"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_recorded_is_said_and_nothing_is_switched_on(
    business: Business, finance: Client, sandbox: SandboxService, change: dict[str, str], said: str
) -> None:
    customer = business.customer()
    card(customer, business.gateway(sandbox))
    answer = post(finance, url("autopay-agree", public_id("cus", customer)), agreement(**change))
    assert answer.status_code == 422
    assert said in html.unescape(answer.content.decode())
    assert autopay_queries.agreement(customer) is None


def test_stored_cards_are_shown_chosen_and_removed(
    business: Business, as_role: Signed, sandbox: SandboxService
) -> None:
    customer = business.customer()
    public, account, finance = public_id("cus", customer), business.gateway(sandbox), as_role("Finance")
    first, second = card(customer, account), card(customer, account, last_four="4444", expires=(12, 2020))
    stolen = stored_card(customer, account, last_four="2222")
    with transaction():
        methods.note_refusal(stolen, "stolen_card")
    page = page_of(finance, url("customer", public))
    for fact in (
        "Visa •••• 4242",
        "Visa •••• 4444",
        "12/2020",
        "Expired",
        "Default",
        "Declined for good",
        "stolen_card",
    ):
        assert fact in page
    assert url("method-default", public, public_id("pmt", stolen)) not in page
    assert url("method-remove", public, first) not in page_of(as_role("Support"), url("customer", public))
    refused(as_role("Support"), url("method-default", public, second), {})
    done(finance, url("method-default", public, second), {})
    assert [public_id("pmt", row["id"]) for row in payments.methods(customer)][:2] == [second, first]

    post(finance, url("autopay-agree", public), agreement(method=second))
    refused(as_role("Support"), url("method-remove", public, second), {})
    page = page_of(finance, url("method-remove", public, second))
    assert "Remove Visa •••• 4444?" in page
    assert "Visa •••• 4242 becomes the default one." in page
    assert "Automatic payment goes on with Visa •••• 4242." in page
    done(finance, url("method-remove", public, second), {})
    assert finance.get(url("method-remove", public, second)).status_code == 404
    agreed = autopay_queries.agreement(customer)
    assert agreed is not None
    assert autopay_queries.charged_method(customer, agreed["method_id"]).id == uid(first)  # type: ignore[union-attr]

    done(finance, url("method-remove", public, public_id("pmt", stolen)), {})
    assert "Automatic payment ends: no card is left." in page_of(finance, url("method-remove", public, first))
    done(finance, url("method-remove", public, first), {})
    assert (payments.methods(customer), autopay_queries.agreement(customer)) == ([], None)


def test_a_card_of_somebody_else_is_no_card_of_this_customer(
    business: Business, finance: Client, sandbox: SandboxService
) -> None:
    mine, account = public_id("cus", business.customer()), business.gateway(sandbox)
    theirs = card(business.customer("Somebody Else"), account)
    for name in ("method-default", "method-remove"):
        assert post(finance, url(name, mine, theirs)).status_code == 404
    assert finance.get(url("method-remove", mine, theirs)).status_code == 404


def test_the_pages_say_what_is_charged_next_and_when_a_decline_is_tried_again(
    business: Business, finance: Client, sandbox: SandboxService
) -> None:
    customer = business.customer()
    public = public_id("cus", customer)
    merchant = sandbox.create_merchant("Declines that staff look at")
    card(customer, business.gateway(sandbox, merchant), token=merchant.stored_card(INSUFFICIENT))
    post(finance, url("autopay-agree", public), agreement(cap="100", cap_currency="EUR"))
    late = business.invoice(customer, 1000, days_ago=30)
    invoice, dear = business.invoice(customer, 5000), business.invoice(customer, 9000)
    of_invoice = {each: payments.live_scheduled(each) for each in (late, invoice, dear)}
    pages = {each: url("payment", public_id("pay", row["id"])) for each, row in of_invoice.items() if row is not None}
    page = page_of(finance, url("customer", public))
    for said in ("Next charges", "Within the hour", "Not within the cap"):
        assert said in page
    assert "The customer’s card is charged within the hour." in page_of(finance, pages[late])
    assert "The customer’s card is charged on" in page_of(finance, pages[invoice])
    assert "Not charged by itself" in page_of(finance, pages[dear])
    assert "Not within the cap." in page_of(finance, pages[dear])

    row = of_invoice[invoice]
    assert row is not None
    autopay_run.charge(payment_id=row["id"], at=datetime.now(tz=UTC) + timedelta(days=14))
    page = page_of(finance, pages[invoice])
    assert "It is tried again by itself on" in page
    assert "By itself" in page.partition("Attempts")[2]
    assert "Tried again on" in page_of(finance, url("customer", public))

    autopay.end(actor=SYSTEM, at=datetime.now(tz=UTC), customer_id=customer)
    assert "tried again by itself" not in page_of(finance, pages[invoice])
    assert "charged by itself" not in page_of(finance, pages[dear])


def test_the_words_and_the_plan_are_settings(business: Business, as_role: Signed) -> None:
    administrator = as_role("Administrator")
    page = page_of(administrator, url("settings"))
    assert autopay.TERMS.default in page
    assert "1, 3, 7" in page
    told = {"autopay_terms": "Line one.\r\nLine two.", "autopay_retry_days": "2, 5 ,10"}
    refused(as_role("Finance"), url("change-settings", "autopay"), told)
    done(administrator, url("change-settings", "autopay"), told)
    assert settings_store.get(autopay.TERMS) == "Line one.\nLine two."
    assert settings_store.get(RETRY_DAYS) == [2, 5, 10]
    done(administrator, url("change-settings", "autopay"), {**told, "autopay_retry_days": ""})
    assert settings_store.get(RETRY_DAYS) == []
    for bad in ("1; 3", "3, 1", "0", "61", "one", "-1", "1.5", "9999"):
        answer = post(administrator, url("change-settings", "autopay"), {**told, "autopay_retry_days": bad})
        assert answer.status_code == 422, bad
    answer = post(administrator, url("change-settings", "autopay"), {**told, "autopay_terms": "  "})
    assert answer.status_code == 422
    assert settings_store.get(RETRY_DAYS) == []


def test_staff_make_a_link_by_which_the_customer_stores_a_card(
    business: Business, as_role: Signed, sandbox: SandboxService
) -> None:
    customer = business.customer()
    public, finance, support = public_id("cus", customer), as_role("Finance"), as_role("Support")
    make = url("method-setup", public)
    assert make not in page_of(finance, url("customer", public)), "where no service stores cards there is no link"
    account = public_id("gwa", business.gateway(sandbox))
    assert "No card is stored." in page_of(finance, url("customer", public))
    assert "Never take card details yourself." in page_of(finance, make)
    told = {"account": account, "makes_default": "on"}
    refused(support, make, told)
    done(finance, make, told)
    setup = MethodSetup.objects.get()
    assert (setup.customer_id, setup.makes_default, setup.state) == (customer, True, "action_required")
    assert setup.action_url in page_of(finance, url("customer", public))
    assert setup.action_url not in page_of(support, url("customer", public))
    pay(setup.action_url)
    method_setups.ask(setup_id=setup.id, at=datetime.now(tz=UTC))
    page = page_of(finance, url("customer", public))
    assert "Visa •••• 4242" in page
    assert setup.action_url not in page


def test_a_link_that_no_service_gave_is_said_not_to_be_there(
    business: Business, finance: Client, sandbox: SandboxService
) -> None:
    customer = business.customer()
    account = business.gateway(sandbox)
    GatewayAccount.objects.update(configuration={"base_url": "http://127.0.0.1:9", "secret_key": "sk_test"})
    answer = post(finance, url("method-setup", public_id("cus", customer)), {"account": public_id("gwa", account)})
    assert answer.status_code == 422
    assert "did not answer" in answer.content.decode()
