"""E-invoices in a real browser: a customer takes the XML away by phone, and staff read why there is none.

With TALLYSTICK_SHOTS naming a folder, every page is kept there as a picture.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tallystick.foundation import business, settings_store
from tallystick.foundation.ids import public_id
from tallystick.foundation.transactions import transaction
from tallystick.usecases import e_invoices
from tests.backoffice.business import member
from tests.browsers import needs_chromium
from tests.documents.test_downloads import credited
from tests.documents.test_factur_x_files import in_ireland
from tests.looking import DESK, PHONE, look
from tests.portal.conftest import STAFF, Business
from tests.portal.test_browser import complaints, phone, sign_in, site

__all__ = ["complaints", "phone", "site"]

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def house(transactional_db: None) -> Business:
    """A business whose rows the served site sees."""
    return Business()


def test_the_xml_is_taken_away_by_phone_and_staff_read_why_there_is_none(
    house: Business, phone: Page, site: str
) -> None:
    customer = in_ireland(house)
    before = public_id("inv", house.invoice(customer))
    sign_in(phone, member("Administrator"), site)
    phone.goto("/office/settings/")
    expect(phone.get_by_text("Your invoices are no e-invoices yet")).to_be_visible()
    look(phone, "settings-no-e-invoice", widths=(PHONE, DESK), axe_at=(PHONE,))
    phone.goto(f"/office/invoices/{before}/")
    expect(phone.get_by_text("The tax number of the business was missing")).to_be_visible()
    look(phone, "office-no-e-invoice", widths=(PHONE, DESK), axe_at=())
    with transaction():
        settings_store.put(business.TAX_ID, "IE1234567T")
    settings_store.forget()
    invoice = house.invoice(customer)
    credited(invoice, 5340)
    phone.goto(f"/office/invoices/{public_id('inv', invoice)}/")
    expect(phone.get_by_text("In the PDF, by EN 16931")).to_be_visible()
    look(phone, "office-e-invoice", widths=(PHONE, DESK), axe_at=(PHONE,))

    phone.context.clear_cookies()
    sign_in(phone, house.open_portal(customer), site)
    phone.goto(f"/portal/invoices/{public_id('inv', invoice)}/")
    look(phone, "portal-e-invoice", widths=(DESK, PHONE), axe_at=(PHONE,))
    with phone.expect_download() as taken:
        phone.get_by_role("link", name="Download XML", exact=True).click()
    kept = Path(str(taken.value.path())).read_bytes()
    assert kept == e_invoices.invoice_xml(actor=STAFF, invoice_id=invoice).content
