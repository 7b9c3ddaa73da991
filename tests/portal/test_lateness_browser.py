"""What the portal and a payment link say of an invoice that is late, state by state, on a phone and in both themes."""

from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from tallystick.foundation.ids import public_id
from tallystick.invoices import queries as invoices
from tallystick.subscriptions import queries as subscriptions
from tallystick.usecases import due_dates, dunning_pauses, suspend
from tests.backoffice import offers
from tests.browsers import needs_chromium
from tests.looking import PHONE, look
from tests.portal.conftest import STAFF, Business, now
from tests.portal.test_browser import complaints, phone, sign_in, site
from tests.portal.test_lateness import charges_fees, remind
from tests.portal.test_links import nobody_was_here
from tests.portal.test_links_browser import link_to

__all__ = ["complaints", "nobody_was_here", "phone", "site"]

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.django_db(transaction=True)]


def test_e40_the_card_of_a_late_invoice_in_every_state_on_a_phone(
    house: Business, site: str, phone: Page, complaints: list[str]
) -> None:
    name = "شركة الخليج للاتصالات — Gulf Advanced Telecommunications & Technology Holding W.L.L."
    customer = house.customer(name, email="accounts@gulf-advanced.example")
    sign_in(phone, house.open_portal(customer), site)
    charges_fees()
    today = now().date()
    promised, agreed = (house.invoice(customer, 123456789) for _ in range(2))
    price = offers.price(offers.variant(offers.product()), house.vat, 8900)
    late = subscriptions.invoice_ids(offers.active(customer, price))[0]
    dunning_pauses.promise_to_pay(actor=STAFF, at=now(), invoice_id=promised, pay_date=today + timedelta(days=9))
    due_dates.agree_due_date(actor=STAFF, at=now(), invoice_id=agreed, due_date=today + timedelta(days=60))

    def see(invoice: UUID, state: str, *words: str) -> None:
        for name, page in (("invoice", f"/portal/invoices/{public_id('inv', invoice)}/"), ("link", link_to(invoice))):
            phone.goto(page)
            for each in words:
                expect(phone.get_by_text(each).first).to_be_visible()
            look(phone, f"late-{state}-{name}", widths=(PHONE,), axe_at=(PHONE,))

    see(promised, "promised", "You promised to pay")
    see(agreed, "agreed", "Agreed; the invoice says", "We remind you.")
    see(
        late,
        "coming",
        "We remind you, and a late fee of €5.00 is added.",
        "The services on this invoice are suspended.",
    )
    due = (invoices.invoice(late)["due_date"] - today).days
    for days in (3, 12, 21):
        remind(due + days)
    suspend.suspend_for(invoice_ids=[late], at=now() + timedelta(days=due + 35))
    see(late, "suspended", "It was not paid, so they are suspended for now.")
    assert complaints == []
