"""The first page of the portal (C4): the calendar, where each event leads, and what the figures above it say."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from tallystick.foundation.clock import start_of
from tallystick.foundation.ids import new_id, public_id
from tallystick.foundation.transactions import transaction
from tallystick.interfaces.portal import home
from tallystick.payments.models import Payment
from tallystick.payments.terms import terms_hash
from tallystick.usecases import activity, autopay, charge
from tallystick.wallets import operations as wallets
from tests.portal.conftest import STAFF, Business, now
from tests.portal.test_autopay import main_of
from tests.statements import statements
from tests.stored_cards import stored_card

pytestmark = pytest.mark.django_db

HOME = "/portal/"


def promised(customer: UUID, count: int) -> None:
    """This function will write down money that is promised today, of which the books know nothing."""
    Payment.objects.bulk_create(
        Payment(
            id=new_id(),
            kind="receipt",
            status="pending",
            customer_id=customer,
            total_minor=100 + each,
            currency="EUR",
            method="bank_transfer",
            description=f"Transfer {each}",
            private_text="secret",
            created_at=now(),
        )
        for each in range(count)
    )


def test_the_calendar_leads_to_each_thing_by_day(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    invoice = house.invoice(customer, 5071)
    promised(customer, 1)
    payment = Payment.objects.get(description="Transfer 0")
    today = now().date()
    due = today + timedelta(days=14)
    page = main_of(client.get(HOME))
    assert f"Activity in {today:%B %Y}" in page
    assert 'aria-current="date"' in page
    for address in (f"invoices/{public_id('inv', invoice)}/", f"payments/{public_id('pay', payment.id)}/"):
        assert f'href="/portal/{address}"' in page
    assert "secret" not in page
    month = main_of(client.get(HOME, {"month": f"{due:%Y-%m}"}))
    (day,) = re.findall(rf'<td[^>]*><time class="calendar-date" datetime="{due.isoformat()}">.*?</td>', month)
    assert "Due" in day
    assert "€60.85" in day


def test_months_lead_to_one_another_without_scripts(signed_in: tuple[Client, UUID]) -> None:
    client, _customer = signed_in
    page = main_of(client.get(HOME, {"month": "2026-12"}))
    assert 'href="/portal/?month=2026-11#calendar"' in page
    assert 'href="/portal/?month=2027-01#calendar"' in page
    assert "Activity in December 2026" in page
    assert "Nothing happens in this month." in page
    for wrong in ("2026-13", "soon", "1900-01"):
        assert client.get(HOME, {"month": wrong}).status_code == 400


def test_a_busy_day_leads_to_the_list_of_exactly_that_day(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    promised(customer, 8)
    Payment.objects.filter(description="Transfer 7").update(created_at=now() - timedelta(days=40))
    today = now().date()
    page = main_of(client.get(HOME))
    assert "4 more payments" in page
    (address,) = re.findall(r'href="(/portal/payments/\?made_from=[^"]+)"', page)
    listed = main_of(client.get(address.replace("&amp;", "&")))
    assert listed.count("table-link") == 7
    assert "Transfer 7" not in listed
    # Both days count whole.
    Payment.objects.filter(description="Transfer 6").update(created_at=start_of(today + timedelta(days=1)))
    assert main_of(client.get(address.replace("&amp;", "&"))).count("table-link") == 6


def test_it_says_what_is_due_next_and_what_autopay_charges(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    house.invoice(customer, 5071)
    assert "Auto pay charges next" not in main_of(client.get(HOME))
    house.invoice(customer, 1000, due_date=now().date() + timedelta(days=3))
    stored_card(customer, house.gateway())
    autopay.agree(
        actor=STAFF,
        at=now(),
        customer_id=customer,
        terms_sha256=terms_hash(autopay.TERMS.default),
        evidence="Signed form",
    )
    page = main_of(client.get(HOME))
    assert re.search(r"Next due: .*€12\.00.* on <time", page)
    assert re.search(r"Auto pay charges next</dt> <dd> .*?€12\.00", page)


def test_it_says_for_how_long_the_wallet_lasts(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    with transaction():
        wallets.grant(
            customer_id=customer,
            currency="EUR",
            amount_minor=7000,
            source="Welcome",
            expires_date=None,
            day=now().date(),
            at=now(),
        )
    assert "Lasts about" not in main_of(client.get(HOME)), "nothing was bought"
    told = {"actor": STAFF, "customer_id": customer, "currency": "EUR", "tax_rate_id": house.no_tax}
    # Only what was bought in the last 30 days counts, less what was credited back.
    charge.charge_account(**told, at=now() - timedelta(days=31), total_minor=1000, description="Long ago")  # type: ignore[arg-type]
    charge.charge_account(**told, at=now(), total_minor=3000, description="Calls")  # type: ignore[arg-type]
    page = main_of(client.get(HOME))
    assert "Lasts about 30 days" in page
    assert re.search(r"you used .*€30\.00.* in the last 30 days", page)


def test_it_says_of_which_open_invoices_the_calendar_foretells(
    signed_in: tuple[Client, UUID], house: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (activity, home):
        monkeypatch.setattr(module, "MOST_LATE", 2)
    client, customer = signed_in
    note = "What happens if you do not pay is shown here for the 2 open invoices that are due first."
    for _each in range(2):
        house.invoice(customer)
    assert note not in main_of(client.get(HOME))
    house.invoice(customer)
    assert note in main_of(client.get(HOME))
    assert note not in main_of(client.get(HOME, {"month": "2020-01"}))


def test_it_takes_as_many_queries_for_much_as_for_little(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    promised(customer, 5)
    house.invoice(customer)
    client.get(HOME)

    with statements() as few:
        client.get(HOME)
    promised(customer, 495)
    for _each in range(6):
        house.invoice(customer)
    with statements() as many:
        client.get(HOME)
    assert len(many) == len(few)
