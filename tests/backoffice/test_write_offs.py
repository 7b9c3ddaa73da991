"""What will not be paid is given up in the back office, and brought back when it is paid after all."""

import pytest
from django.utils.html import escape

from tallystick.foundation import settings_store
from tallystick.foundation.ids import public_id
from tallystick.invoices import queries as invoices
from tallystick.invoices.write_off_queries import TAX_RELIEF
from tallystick.payments import queries as payments
from tests.backoffice.business import Business
from tests.backoffice.forms import Signed, closed, done, refused, text_of, url

pytestmark = pytest.mark.django_db


def test_an_invoice_is_given_up_and_paid_after_all_by_money_that_is_there(business: Business, as_role: Signed) -> None:
    customer = business.customer()
    invoice = business.invoice(customer, 10000)
    total = invoices.invoice(invoice)["total_minor"]
    public, finance = public_id("inv", invoice), as_role("Finance")
    page = f'href="{url("invoice-write-off", public)}"'
    assert page in finance.get(url("invoice", public)).content.decode()
    assert page not in as_role("Support").get(url("invoice", public)).content.decode()
    told = {"amount": "40.00", "reason": "Insolvent"}
    closed(as_role("Support"), url("invoice-write-off", public), told)
    assert "more than is open" in refused(finance, url("invoice-write-off", public), {**told, "amount": "4000.00"})

    done(finance, url("invoice-write-off", public), told)

    shown = text_of(finance.get(url("invoice", public)))
    assert ("Written off" in shown, "Insolvent" in shown) == (True, True)
    assert invoices.invoice(invoice)["open_minor"] == total - 4000
    done(finance, url("invoice-write-off", public), {**told, "amount": str((total - 4000) / 100)})
    assert "Written off" in text_of(finance.get(url("invoice", public)))

    payment = business.payment(customer, 5000)
    offer = f"{url('invoice-recover', public)}?payment={payment.hex}"
    assert escape(offer) in finance.get(url("payment", public_id("pay", payment))).content.decode()
    asked = {"amount": "50.00", "payment": payment.hex, "reason": "They paid"}
    closed(as_role("Support"), offer, asked)
    assert "more than is left" in refused(finance, offer, {**asked, "amount": "50.01"})
    done(finance, offer, asked)
    assert payments.payment(payment)["unallocated_minor"] == 0
    done(finance, url("invoice-recover", public), {"amount": "10.00", "payment": "", "reason": "They promised"})
    assert invoices.invoice(invoice)["open_minor"] == 1000


def test_whether_tax_is_relieved_is_a_setting(as_role: Signed) -> None:
    form = {"small_difference_tolerance": "0.50", "refund_limit_amount": "750.00", "write_off_tax_relief": "on"}
    done(as_role("Administrator"), url("change-settings", "limits"), form)
    assert settings_store.get(TAX_RELIEF) is True
