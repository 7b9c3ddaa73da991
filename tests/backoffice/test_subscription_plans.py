"""Another plan for a subscription, and its end, in the back office: what the preview says is what is done."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from tallystick.foundation.ids import public_id
from tallystick.invoices import queries as invoices
from tallystick.subscriptions import queries
from tests.backoffice import offers
from tests.backoffice.business import Business, uid
from tests.backoffice.forms import Signed, closed, done, post, refused, sub, text_of, token, url
from tests.backoffice.offers import today

pytestmark = pytest.mark.django_db


# --- Another plan ----------------------------------------------------------------------------------------------------


def test_a_plan_changes_now_as_the_preview_said(business: Business, as_role: Signed) -> None:
    prices = offers.offered(business)
    subscription = offers.active(business.customer(), prices["pro"])
    public, finance = sub(subscription), as_role("Finance")
    told = {"price": public_id("prc", prices["pro"]), "quantity": "3", "when": "now"}
    closed(as_role("Support"), url("preview-change", public), told)
    page = text_of(finance.post(url("preview-change", public), told))
    days = (queries.periods(subscription)[0]["period_end"] - today()).days
    assert f"{days} of {days} days of 1 × 89.00 EUR" in page
    assert "not used" in page
    # Two more, with tax.
    assert "An invoice of 213.60 EUR is issued today." in page

    told["preview"] = token(finance, url("preview-change", public), told)
    closed(as_role("Support"), url("subscription-change", public), told)
    done(finance, url("subscription-change", public), told)
    assert queries.subscription(subscription)["quantity"] == Decimal(3)
    assert invoices.invoice(queries.periods(subscription)[0]["invoice_id"])["total_minor"] == 21360


def test_a_change_waits_for_the_renewal_and_is_withdrawn(business: Business, as_role: Signed) -> None:
    prices = offers.offered(business)
    subscription = offers.active(business.customer(), prices["pro"])
    public, finance = sub(subscription), as_role("Finance")
    told = {"price": public_id("prc", prices["gross"]), "quantity": "1", "when": "renewal"}
    assert "Nothing is billed for it." in text_of(finance.post(url("preview-change", public), told))
    told["preview"] = token(finance, url("preview-change", public), told)
    done(finance, url("subscription-change", public), told)
    page = text_of(finance.get(url("subscription", public)))
    assert "The plan changes on" in page
    # What comes is told at the new price, tax in it.
    assert "109.00 EUR" in page.partition("Upcoming payments")[2].partition("What happened")[0]
    assert "Withdraw it first." in text_of(finance.post(url("preview-change", public), told))
    closed(as_role("Support"), url("withdraw-change", public), {})
    done(finance, url("withdraw-change", public), {})
    assert queries.waiting_changes([subscription]) == {}


def test_what_was_not_shown_is_not_done(business: Business, finance: Client) -> None:
    prices = offers.offered(business)
    subscription = offers.active(business.customer(), prices["pro"])
    public = sub(subscription)
    told = {"price": public_id("prc", prices["pro"]), "quantity": "3", "when": "now"}
    stale = token(finance, url("preview-change", public), {**told, "quantity": "2"})
    for preview in ("", stale):
        page = refused(finance, url("subscription-change", public), {**told, "preview": preview})
        assert "Look at the preview again." in page
        # The page has the new preview, so that the next try without scripts works.
        assert "An invoice of 213.60 EUR" in page
    assert queries.subscription(subscription)["quantity"] == Decimal(1)


def test_the_same_plan_is_no_change(business: Business, finance: Client) -> None:
    prices = offers.offered(business)
    public = sub(offers.active(business.customer(), prices["pro"]))
    told = {"price": public_id("prc", prices["pro"]), "quantity": "1", "when": "now"}
    assert "Choose another price or quantity" in text_of(finance.post(url("preview-change", public), told))
    assert "This is the plan as it is already." in refused(finance, url("subscription-change", public), told)


# --- The end ---------------------------------------------------------------------------------------------------------


def test_it_ends_now_with_fee_and_credit_as_the_preview_said(business: Business, as_role: Signed) -> None:
    subscription = offers.active(
        business.customer(), offers.one_price(business), contract_months=12, early_return_fee_minor=5000
    )
    public, finance = sub(subscription), as_role("Finance")
    told = {"when": "now", "credits_unused": "on", "reason": "Moves away"}
    closed(as_role("Support"), url("preview-cancel", public), told)
    page = text_of(finance.post(url("preview-cancel", public), told))
    assert "the early-return fee of 60.00 EUR, tax included, is billed today" in page
    [period] = queries.periods(subscription)
    assert f"A credit note of 106.80 EUR on {period['invoice__number']} is issued today." in page
    told["preview"] = token(finance, url("preview-cancel", public), told)
    closed(as_role("Support"), url("subscription-cancel", public), told)
    done(finance, url("subscription-cancel", public), told)
    assert queries.subscription(subscription)["state"] == "cancelled"
    assert invoices.invoice(period["invoice_id"])["credit_noted_minor"] == 10680
    assert "Cancelled: Moves away" in text_of(finance.get(url("subscription", public)))


def test_it_ends_on_a_day_that_people_name_as_the_last(business: Business, finance: Client) -> None:
    subscription = offers.active(business.customer(), offers.one_price(business))
    public, last = sub(subscription), today() + timedelta(days=100)
    told = {"when": "date", "last_day": last.isoformat(), "reason": "Moves away"}
    assert "Enter the last day of the service." in refused(
        finance, url("subscription-cancel", public), {**told, "last_day": ""}
    )
    told["preview"] = token(finance, url("preview-cancel", public), told)
    done(finance, url("subscription-cancel", public), told)
    row = queries.subscription(subscription)
    assert (row["state"], row["end_date"]) == ("active", last + timedelta(days=1))
    again = text_of(finance.post(url("preview-cancel", public), told))
    assert "was cancelled and ends on" in again


def test_a_reason_is_asked_for_and_what_was_typed_stays(business: Business, finance: Client) -> None:
    public = sub(offers.active(business.customer(), offers.one_price(business)))
    told = {"when": "now", "reason": ""}
    told["preview"] = token(finance, url("preview-cancel", public), told)
    response = post(finance, url("subscription-cancel", public), told)
    assert response.status_code == 422
    assert 'value="now" aria-' in response.content.decode() or "checked" in response.content.decode()
    assert queries.subscription(uid(public))["cancelled_at"] is None


def test_a_draft_is_discarded(business: Business, finance: Client) -> None:
    public = sub(offers.draft(business.customer(), offers.one_price(business)))
    page = text_of(finance.get(url("subscription-cancel", public)))
    assert "The draft is put away as cancelled." in page
    told = {"reason": "Changed their mind"}
    told["preview"] = token(finance, url("preview-cancel", public), told)
    done(finance, url("subscription-cancel", public), told)
    assert queries.subscription(uid(public))["state"] == "cancelled"
