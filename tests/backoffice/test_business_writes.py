"""Writes about the business itself: settings, rates, keys, members of staff, the clock of a demonstration."""

import pytest
from pytest_django import Settings

from tallystick.correspondence.mail_settings import mail_server
from tallystick.foundation import api_keys, settings_store
from tallystick.foundation import staff as staff_room
from tallystick.foundation.business import IMPRINT_URL, LANGUAGE, NAME, WELCOME
from tallystick.foundation.clock import DEMO_OFFSET
from tallystick.foundation.ids import public_id
from tallystick.foundation.models import AuditEntry
from tallystick.ledger import queries as ledger
from tallystick.payments.card_tries import MOST_FAILED, STOPPED_MINUTES
from tallystick.subscriptions.coming import MOST_OWN_DAYS, NOTICE_DAYS
from tallystick.wallets.expiry import TOPUP_MONTHS
from tests.backoffice.business import Business
from tests.backoffice.forms import Signed, text_of
from tests.backoffice.test_writes import done, post, refused, url

pytestmark = pytest.mark.django_db


def test_settings_and_rates_are_changed(business: Business, as_role: Signed) -> None:
    told = {
        "business_name": "Fibre & Söhne",
        "time_zone": "Europe/Vienna",
        "business_colour": "#0f766e",
        "business_language": "de",
    }
    refused(as_role("Finance"), url("change-settings", "business"), told)
    done(as_role("Administrator"), url("change-settings", "business"), told)
    assert (settings_store.get(NAME), settings_store.get(LANGUAGE)) == ("Fibre & Söhne", "de")
    entry = AuditEntry.objects.filter(action="change_setting").order_by("id").last()
    assert entry is not None
    refused(as_role("Finance"), url("change-settings", "billing"), {"coming_invoice_days": "10"})
    told = {"coming_invoice_days": "10", "coming_invoice_own_days": "21"}
    done(as_role("Administrator"), url("change-settings", "billing"), told)
    assert (settings_store.get(NOTICE_DAYS), settings_store.get(MOST_OWN_DAYS)) == (10, 21)
    for bad in ({"coming_invoice_days": "61"}, {"coming_invoice_own_days": "0"}, {"coming_invoice_own_days": "61"}):
        assert post(as_role("Administrator"), url("change-settings", "billing"), {**told, **bad}).status_code == 422
    done(as_role("Administrator"), url("change-settings", "billing"), {**told, "coming_invoice_days": "0"})
    assert settings_store.get(NOTICE_DAYS) == 0
    refused(as_role("Finance"), url("change-settings", "prepaid"), {"topup_expiry_months": "12"})
    done(as_role("Administrator"), url("change-settings", "prepaid"), {"topup_expiry_months": "12"})
    assert settings_store.get(TOPUP_MONTHS) == 12
    for bad in ("121", "-1", ""):
        told = {"topup_expiry_months": bad}
        assert post(as_role("Administrator"), url("change-settings", "prepaid"), told).status_code == 422
    exchange = {"currency": "CHF", "valid_from": "2026-01-01", "rate": "1.05", "source": "ECB"}
    refused(as_role("Finance"), url("add-exchange-rate"), exchange)
    assert post(as_role("Administrator"), url("add-exchange-rate"), exchange).status_code == 302
    assert "CHF" in ledger.usable_currencies()


def test_what_customers_read_of_the_business_is_changed(business: Business, as_role: Signed) -> None:
    told = {
        "portal_welcome": "Good to see you.",
        "portal_welcome_de": "Schön, dass Sie da sind.",
        "imprint_url": "https://fibre.example/imprint",
        "payment_terms": "",
        "payment_link_days": "14",
        "retry_chosen_days": "3",
        "own_promise_days": "7",
    }
    refused(as_role("Finance"), url("change-settings", "portal"), told)
    done(as_role("Administrator"), url("change-settings", "portal"), told)
    assert settings_store.get(IMPRINT_URL) == "https://fibre.example/imprint"
    assert settings_store.get(WELCOME.by_language["de"]) == "Schön, dass Sie da sind."
    bad = {**told, "imprint_url": "javascript:alert(1)"}
    assert post(as_role("Administrator"), url("change-settings", "portal"), bad).status_code == 422
    mail = {"mail_sender_name": "Fibre", "mail_reply_to": "help@fibre.example"}
    done(as_role("Administrator"), url("change-settings", "mail"), mail)
    assert mail_server().reply_to == "help@fibre.example"


def test_when_trying_cards_is_stopped_is_set_within_bounds(business: Business, as_role: Signed) -> None:
    told = {"card_tries_most": "4", "card_tries_minutes": "15"}
    refused(as_role("Finance"), url("change-settings", "cards"), told)
    done(as_role("Administrator"), url("change-settings", "cards"), told)
    assert (settings_store.get(MOST_FAILED), settings_store.get(STOPPED_MINUTES)) == (4, 15)
    bad = {**told, "card_tries_most": "3"}
    assert post(as_role("Administrator"), url("change-settings", "cards"), bad).status_code == 422


def test_a_key_is_shown_once_and_revoked(business: Business, as_role: Signed) -> None:
    told = {"name": "Shop", "group_0": ["view"]}
    refused(as_role("Finance"), url("new-key"), told)
    page = post(as_role("Engineer"), url("new-key"), told)
    assert "no-store" in page["Cache-Control"]
    [row] = api_keys.all_keys()
    start = f"tsk_{row['prefix']}_"
    assert start in page.content.decode()
    assert start not in as_role("Engineer").get(url("keys")).content.decode()
    public = public_id("key", row["id"])
    refused(as_role("Finance"), url("revoke-key", public), {})
    assert post(as_role("Administrator"), url("revoke-key", public)).status_code == 302
    assert api_keys.key(row["id"])["revoked_at"] is not None


def test_nobody_hands_out_more_than_they_may(business: Business, as_role: Signed) -> None:
    engineer = as_role("Engineer")
    form = text_of(engineer.get(url("new-key")))
    assert "See bank details of customers." in form
    assert "Refund payments up to the limit." not in form
    for more in ({"group_0": ["view_as_customer"]}, {"group_3": ["payments.refund"]}, {"permissions": ["view"]}, {}):
        assert post(engineer, url("new-key"), {"name": "Shop", **more}).status_code == 422
    assert api_keys.all_keys() == []


def test_what_keys_may_do_is_said_in_sentences(business: Business, as_role: Signed) -> None:
    chief = as_role("Administrator")
    told = {"name": "Shop", "group_0": ["view", "download"], "group_3": ["payments.refund"]}
    assert post(chief, url("new-key"), told).status_code == 200
    assert api_keys.all_keys()[0]["permissions"] == ["download", "payments.refund", "view"]
    page = text_of(as_role("Engineer").get(url("keys")))
    assert "Looking, Payments" in page
    assert "Payments Refund payments up to the limit." in page
    assert "payments.refund" not in page.partition("Who did what")[0]
    assert as_role("Read-only").get(url("keys")).status_code == 403


def test_a_member_of_staff_is_invited(business: Business, as_role: Signed) -> None:
    told = {"name": "Nia", "email": "nia@example.com", "roles": ["Support"]}
    refused(as_role("Finance"), url("invite-staff"), told)
    done(as_role("Administrator"), url("invite-staff"), told)
    nia = next(each for each in staff_room.members() if each.email == "nia@example.com")
    assert nia.roles == ("Support",)
    again = post(as_role("Administrator"), url("invite-staff"), told)
    assert again.status_code == 422
    assert "can sign in already" in again.content.decode()


def test_the_clock_moves_in_a_demonstration_only(business: Business, as_role: Signed, settings: Settings) -> None:
    boss = as_role("Administrator")
    post(boss, url("clock"), {"step": "day"})
    assert settings_store.get(DEMO_OFFSET) == 0
    settings.DEMO = True
    refused(as_role("Finance"), url("clock"), {"step": "day"})
    done(boss, url("clock"), {"step": "day", "next": "/office/payments/"})
    assert settings_store.get(DEMO_OFFSET) == 86400
    assert post(boss, url("clock"), {"step": "day", "next": "https://evil.example/"})["Location"] == "/office/"
