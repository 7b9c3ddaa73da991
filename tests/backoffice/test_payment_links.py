"""Payment links on the page of an invoice: made, copied, revoked, and seen by those alone who may use them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tallystick.foundation import settings_store
from tallystick.foundation.clock import local_date, now
from tallystick.foundation.ids import public_id
from tallystick.foundation.models import AuditEntry
from tallystick.invoices import queries as invoices
from tallystick.payments import links
from tallystick.payments import queries as payments
from tallystick.usecases import payment_links
from tallystick.usecases.record import Part
from tests.backoffice.business import Business
from tests.backoffice.forms import Signed
from tests.backoffice.test_writes import done, post, refused, url
from tests.sandbox_service import SandboxService, running_sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxService]:
    """A payment service."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as served:
        yield served


def test_a_link_is_made_copied_and_revoked(business: Business, as_role: Signed) -> None:
    invoice = business.invoice(business.customer("Link & Co"))
    public = public_id("inv", invoice)
    make = url("invoice-payment-link", public)
    refused(as_role("Read-only"), make, {"days": "7"})
    done(as_role("Support"), make, {"days": "7"})
    [link] = links.links_of_invoice(invoice)
    assert timedelta(days=6, hours=23) < link["expires_at"] - now() < timedelta(days=7)
    address = payment_links.address_of(link["id"])
    page = as_role("Support").get(url("invoice", public)).content.decode()
    assert address in page
    assert "Copy the payment link" in page
    seen = as_role("Read-only").get(url("invoice", public)).content.decode()
    assert "Payment links" in seen
    assert address not in seen
    assert make not in seen
    revoke = url("revoke-payment-link", public, public_id("plk", link["id"]))
    refused(as_role("Read-only"), revoke, {})
    done(as_role("Support"), revoke, {})
    # A second press does nothing more.
    done(as_role("Support"), revoke, {})
    assert links.links_of_invoice(invoice)[0]["revoked_at"] is not None
    assert address not in as_role("Support").get(url("invoice", public)).content.decode()
    acts = AuditEntry.objects.filter(action__contains="payment_link", object_id=invoice)
    assert sorted(acts.values_list("action", flat=True)) == ["make_payment_link", "revoke_payment_link"]
    assert not acts.filter(after__icontains=address.split("/")[-2]).exists()


@pytest.mark.parametrize("days", ["0", "366", "x", ""])
def test_days_that_make_no_link(business: Business, as_role: Signed, days: str) -> None:
    invoice = business.invoice(business.customer("Link & Co"))
    answer = post(as_role("Support"), url("invoice-payment-link", public_id("inv", invoice)), {"days": days})
    assert answer.status_code == 422
    assert links.links_of_invoice(invoice) == []


def test_what_is_paid_gets_none_and_anothers_link_is_not_there(business: Business, as_role: Signed) -> None:
    customer = business.customer("Link & Co")
    paid, other = business.invoice(customer), business.invoice(customer)
    business.payment(customer, invoices.invoice(paid)["open_minor"], parts=[Part(invoice_id=paid)])
    answer = post(as_role("Support"), url("invoice-payment-link", public_id("inv", paid)), {"days": "7"})
    assert answer.status_code == 422
    assert links.links_of_invoice(paid) == []
    done(as_role("Support"), url("invoice-payment-link", public_id("inv", other)), {"days": "7"})
    link = public_id("plk", links.links_of_invoice(other)[0]["id"])
    answer = post(as_role("Support"), url("revoke-payment-link", public_id("inv", paid), link), {})
    assert answer.status_code == 404
    assert links.links_of_invoice(other)[0]["revoked_at"] is None


def test_the_days_are_a_setting(business: Business, as_role: Signed) -> None:
    told = {"payment_terms": "", "payment_link_days": "14", "retry_chosen_days": "3", "own_promise_days": "7"}
    done(as_role("Administrator"), url("change-settings", "portal"), told)
    assert settings_store.get(payment_links.LINK_DAYS) == 14
    answer = post(as_role("Administrator"), url("change-settings", "portal"), {**told, "payment_link_days": "0"})
    assert answer.status_code == 422
    assert settings_store.get(payment_links.LINK_DAYS) == 14


def test_a_failed_payment_is_planned_for_a_day(business: Business, as_role: Signed, sandbox: SandboxService) -> None:
    account = business.gateway(sandbox)
    payer, _card = business.autopay(account)
    payment = business.card_payment(payer, business.invoice(payer), account, "4000000000009995")
    plan = url("payment-plan-retry", public_id("pay", payment))
    page = url("payment", public_id("pay", payment))
    assert plan in as_role("Support").get(page).content.decode()
    assert plan not in as_role("Read-only").get(page).content.decode()
    day = local_date(now()) + timedelta(days=3)
    refused(as_role("Read-only"), plan, {"day": day.isoformat()})
    assert post(as_role("Support"), plan, {"day": (day + timedelta(days=5)).isoformat()}).status_code == 422
    done(as_role("Support"), plan, {"day": day.isoformat()})
    assert payments.public_payment(payment)["next_try_date"] == day
