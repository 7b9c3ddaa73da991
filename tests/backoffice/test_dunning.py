"""Dunning plans in the back office: seen, changed, previewed, and chosen (E9, E39)."""

from datetime import timedelta

import pytest

from tallystick.customers import groups
from tallystick.dunning import queries
from tallystick.foundation.clock import now
from tallystick.foundation.ids import public_id
from tallystick.foundation.transactions import transaction
from tallystick.gateways import operations as gateways
from tallystick.interfaces.backoffice.naming import day_text
from tallystick.invoices import queries as invoices
from tallystick.payments.terms import terms_hash
from tallystick.usecases import autopay
from tests.backoffice.business import SYSTEM, Business
from tests.backoffice.forms import Signed, closed, done, refused, text_of, url
from tests.stored_cards import stored_card

pytestmark = pytest.mark.django_db


def plan() -> str:
    (found,) = queries.plans()
    return public_id("dpl", found.id)


def test_the_plan_that_a_business_begins_with_is_seen_by_all_and_changed_by_few(as_role: Signed) -> None:
    seen = text_of(as_role("Read-only").get(url("dunning")))
    for said in (
        "Standard",
        "Services are suspended 14 days after the last reminder.",
        "2 days before the due date",
        "21 days after the due date",
        "within 7 days",
    ):
        assert said in seen
    assert "Nobody is reminded by itself" not in seen
    level = {
        "days": "5",
        "pay_by_days": "",
        "channel": "mail",
        "text_en": "Pay soon, please.",
        "text_de": "Bitte zahlen Sie bald.",
    }
    closed(as_role("Finance"), url("new-dunning-level", plan()), level)
    administrator = as_role("Administrator")
    done(administrator, url("new-dunning-level", plan()), level)
    assert [each.days for each in queries.plans()[0].rules.levels] == [-2, 3, 5, 12, 21]
    preview = text_of(administrator.get(url("preview-reminder", plan(), "5")))
    for said in ("Pay soon, please.", "Bitte zahlen Sie bald.", "Please pay", "Bitte zahlen Sie jetzt", "gesperrt"):
        assert said in preview
    done(administrator, url("dunning-level", plan(), "5"), {**level, "text_de": "", "pay_by_days": "3"})
    assert queries.plans()[0].texts[5] == {"en": "Pay soon, please."}
    for wrong, said in (
        ({"days": "366"}, "365"),
        ({"days": "-1"}, "one before it leaves none"),
        ({"days": "-1", "pay_by_days": "", "fee_EUR": "5.00"}, "Nothing is late before the due date"),
        ({"text_en": "4242 4242 4242 4242"}, "card number"),
    ):
        assert said in refused(administrator, url("new-dunning-level", plan()), {**level, "pay_by_days": "3", **wrong})
    done(
        administrator,
        url("dunning-level", plan(), "12"),
        {**level, "days": "12", "pay_by_days": "7", "fee_EUR": "5.00", "channel": "both"},
    )
    assert queries.plans()[0].rules.levels[-2].fees == {"EUR": 500}
    assert "fee 5.00 EUR" in text_of(administrator.get(url("audit")))
    # Changed is what its day has: on another day it would be one more, with one more fee.
    done(administrator, url("dunning-level", plan(), "12"), {**level, "days": "14", "fee_EUR": "5.00"})
    assert [each.days for each in queries.plans()[0].rules.levels] == [-2, 3, 5, 12, 21]
    done(administrator, url("dunning-level", plan(), "12"), {**level, "fee_EUR": "5.00", "channel": "both"})
    assert "by mail and letter" in text_of(administrator.get(url("dunning")))
    assert "5.00 EUR" in text_of(administrator.get(url("dunning"))).replace("\xa0", " ")
    assert "a late fee of €5.00 is added" in text_of(administrator.get(url("preview-reminder", plan(), "5")))
    assert "A late fee of €5.00 is added" in text_of(administrator.get(url("preview-reminder", plan(), "12")))
    done(administrator, url("remove-dunning-level", plan(), "5"), {})
    assert administrator.get(url("dunning-level", plan(), "5")).status_code == 404
    done(administrator, url("edit-dunning-plan", plan()), {"name": "Usual", "grace_days": "", "fee_tax_rate": ""})
    assert "Services are never suspended." in text_of(administrator.get(url("dunning")))


def test_e9_without_a_default_plan_the_page_says_that_nothing_happens_by_itself(as_role: Signed) -> None:
    closed(as_role("Finance"), url("default-dunning-plan"), {"choice": "none"})
    administrator = as_role("Administrator")
    done(administrator, url("default-dunning-plan"), {"choice": "none"})
    assert "Nobody is reminded by itself" in text_of(administrator.get(url("dunning")))
    done(administrator, url("new-dunning-plan"), {"name": "Strict", "grace_days": "7"})
    assert "There is a dunning plan with this name." in refused(
        administrator, url("new-dunning-plan"), {"name": "Strict", "grace_days": "7"}
    )
    assert "A plan without reminders reminds nobody." in text_of(administrator.get(url("dunning")))


def test_a_plan_that_counts_for_nobody_is_archived(as_role: Signed, business: Business) -> None:
    administrator = as_role("Administrator")
    usual = plan()
    assert "Choose another plan there first." in refused(administrator, url("archive-dunning-plan", usual), {})
    done(administrator, url("new-dunning-plan"), {"name": "Strict", "grace_days": "7"})
    strict = public_id("dpl", queries.plans()[-1].id)
    customer = public_id("cus", business.customer())
    done(administrator, url("customer-dunning", customer), {"choice": strict})
    assert "Choose another plan there first." in refused(administrator, url("archive-dunning-plan", strict), {})
    done(administrator, url("customer-dunning", customer), {"choice": "default"})
    closed(as_role("Finance"), url("archive-dunning-plan", strict), {})
    done(administrator, url("archive-dunning-plan", strict), {})
    assert [each.name for each in queries.plans()] == ["Standard"]
    assert "Select a valid choice" in refused(administrator, url("customer-dunning", customer), {"choice": strict})
    # Its name is free again.
    done(administrator, url("new-dunning-plan"), {"name": "Strict", "grace_days": ""})


def test_a_customer_and_a_group_have_a_plan_of_their_own(as_role: Signed, business: Business) -> None:
    customer = business.customer()
    public = public_id("cus", customer)
    closed(as_role("Read-only"), url("customer-dunning", public), {"choice": "none"})
    finance = as_role("Finance")
    done(finance, url("customer-dunning", public), {"choice": "none"})
    assert queries.chosen(customer_id=customer) == (True, None)
    assert "No reminders" in text_of(finance.get(url("customer", public)))
    assert "Select a valid choice" in refused(finance, url("customer-dunning", public), {"choice": "dpl_0"})
    done(finance, url("customer-dunning", public), {"choice": "default"})
    assert queries.chosen(customer_id=customer) == (False, None)
    with transaction():
        group = groups.create_group(
            name="Acme Group", payer_id=customer, billing_day=1, next_billing_date=now().date(), at=now()
        )
    closed(as_role("Support"), url("group-dunning", public_id("grp", group)), {"choice": plan()})
    done(finance, url("group-dunning", public_id("grp", group)), {"choice": plan()})
    assert queries.chosen(group_id=group) == (True, queries.plans()[0].id)


def test_reminders_of_an_invoice_are_paused_promised_and_resumed_on_its_page(
    as_role: Signed, business: Business
) -> None:
    invoice = public_id("inv", business.invoice(business.customer(), 8900))
    support = as_role("Support")
    assert "Next reminder on" in text_of(support.get(url("invoice", invoice)))
    told = {"reason": "Is looked into", "until_date": ""}
    closed(as_role("Read-only"), url("pause-invoice", invoice), told)
    assert "Enter a date." in refused(support, url("promise-to-pay", invoice), {"pay_date": "", "amount": "10"})
    assert "card number" in refused(support, url("pause-invoice", invoice), {**told, "reason": "4242424242424242"})
    done(support, url("pause-invoice", invoice), told)
    seen = text_of(support.get(url("invoice", invoice)))
    assert "(Is looked into)" in seen
    assert "Until somebody resumes them." in seen
    assert "Next reminder on" not in seen
    day = (now().date() + timedelta(days=5)).isoformat()
    done(support, url("promise-to-pay", invoice), {"pay_date": day, "amount": "50.00", "note": ""})
    assert "Promised, and waited for: " in text_of(support.get(url("invoice", invoice)))
    assert "at most what is open" in refused(
        support, url("promise-to-pay", invoice), {"pay_date": day, "amount": "500.00", "note": ""}
    )
    done(support, url("resume-invoice", invoice), {})
    assert "The reminders are not paused." in refused(support, url("resume-invoice", invoice), {})
    assert "Next reminder on" in text_of(support.get(url("invoice", invoice)))


def test_a_new_due_date_is_agreed_on_the_page_of_an_invoice(as_role: Signed, business: Business) -> None:
    invoice = public_id("inv", business.invoice(business.customer(), 8900))
    support, today = as_role("Support"), now().date()
    told = {"due_date": (today + timedelta(days=30)).isoformat(), "note": "Jo on the phone"}
    closed(as_role("Read-only"), url("invoice-due-date", invoice), told)
    assert "The document stays as it is" in text_of(support.get(url("invoice-due-date", invoice)))
    too_far = {**told, "due_date": (today + timedelta(days=600)).isoformat()}
    assert "or an earlier day" in refused(support, url("invoice-due-date", invoice), too_far)
    assert "Enter a date." in refused(support, url("invoice-due-date", invoice), {"due_date": "", "note": ""})
    done(support, url("invoice-due-date", invoice), told)
    seen = text_of(support.get(url("invoice", invoice)))
    for said in ("Agreed; the document says", "New due date agreed", "Jo on the phone"):
        assert said in seen
    assert "due on that day already" in refused(support, url("invoice-due-date", invoice), told)


def test_all_reminders_of_a_customer_are_paused_on_its_page(as_role: Signed, business: Business) -> None:
    customer = public_id("cus", business.customer())
    support = as_role("Support")
    closed(as_role("Read-only"), url("pause-customer", customer), {"reason": "Moves", "until_date": ""})
    done(support, url("pause-customer", customer), {"reason": "Moves", "until_date": ""})
    assert "(Moves)" in text_of(support.get(url("customer", customer)))
    done(support, url("resume-customer", customer), {})
    assert "(Moves)" not in text_of(support.get(url("customer", customer)))


def test_a_promise_is_noted_knowing_that_automatic_payment_goes_on(as_role: Signed, business: Business) -> None:
    customer = business.customer()
    # Nobody is asked there.
    with transaction():
        account = gateways.set_up_account(
            adapter="sandbox",
            name="Cards",
            configuration={"base_url": "http://127.0.0.1:9", "secret_key": "sk", "webhook_secrets": []},
            is_live=False,
            at=now(),
        )
    stored_card(customer, account)
    terms = terms_hash(autopay.TERMS_READ.read())
    autopay.agree(actor=SYSTEM, at=now(), customer_id=customer, terms_sha256=terms, evidence="Signed form")
    invoice_id = business.invoice(customer, 8900)
    invoice, due = public_id("inv", invoice_id), invoices.invoice(invoice_id)["due_date"]
    said = f"Automatic payment is not stopped: it charges the invoice on {day_text(due)}."
    support = as_role("Support")
    form = text_of(support.get(url("promise-to-pay", invoice)))
    assert said in form
    assert "Those who get the reminders get a mail that says what was promised." in form
    for days, tells in ((5, True), (-1, False)):
        told = {"pay_date": (due + timedelta(days=days)).isoformat(), "amount": "50.00", "note": ""}
        done(support, url("promise-to-pay", invoice), told)
        assert (said in text_of(support.get(url("invoice", invoice)))) is tells
