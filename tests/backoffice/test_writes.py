"""Each write, once by somebody who may, once by somebody who may not; and every form is done once."""

import uuid
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tallystick.allocations import queries as allocations
from tallystick.customers import queries as customers
from tallystick.foundation.ids import public_id
from tallystick.foundation.models import AuditEntry, IdempotencyRecord
from tallystick.invoices import queries as invoices
from tallystick.payments import lists
from tallystick.payments import queries as payments
from tallystick.payments.filters import PaymentFilter
from tests.backoffice.business import Business, uid
from tests.backoffice.forms import Signed

pytestmark = pytest.mark.django_db


def url(name: str, *arguments: str) -> str:
    return reverse(f"office:{name}", args=arguments)


def post(client: Client, address: str, data: dict[str, Any] | None = None, key: str = "") -> HttpResponse:
    sent = {"idempotency_key": key or str(uuid.uuid4()), **(data or {})}
    return client.post(address, sent)  # type: ignore[return-value]


def refused(client: Client, address: str, data: dict[str, Any]) -> None:
    before = (AuditEntry.objects.count(), IdempotencyRecord.objects.count())
    response = post(client, address, data)
    assert response.status_code == 403
    assert "You may not do this" in response.content.decode()
    assert (AuditEntry.objects.count(), IdempotencyRecord.objects.count()) == before


def done(client: Client, address: str, data: dict[str, Any]) -> HttpResponse:
    """This function will send a form twice, as a double click does: one effect, the same answer."""
    key = str(uuid.uuid4())
    first = post(client, address, data, key)
    assert first.status_code == 302, first.content.decode()[:20000]
    entries = AuditEntry.objects.count()
    second = post(client, address, data, key)
    assert (second.status_code, second["Location"]) == (302, first["Location"])
    assert AuditEntry.objects.count() == entries
    return first


def lines(*rows: dict[str, str]) -> dict[str, str]:
    sent = {"lines": str(len(rows))}
    for number, row in enumerate(rows):
        sent |= {f"line-{number}-{name}": value for name, value in {"quantity": "1", **row}.items()}
    return sent


def test_an_invoice_is_written_issued_credited_and_voided(business: Business, as_role: Signed) -> None:
    customer = business.customer()
    tax = public_id("tax", business.vat)
    told = {"customer": public_id("cus", customer), "currency": "EUR", "title": "November"}
    told |= lines(
        {"description": "Line", "price": "44.50", "quantity": "2", "tax": tax},
        {"description": "Care", "price": "10", "tax": tax, "period_start": "2026-01-01", "period_last": "2026-01-31"},
        {"description": "", "price": "", "tax": tax},
    )
    refused(as_role("Read-only"), url("new-invoice"), told)
    answer = done(as_role("Support"), url("new-invoice"), told)
    public = answer["Location"].rstrip("/").rpartition("/")[2]
    row = invoices.invoice(uid(public))
    assert (row["state"], row["net_minor"], row["total_minor"]) == ("draft", 9900, 11880)
    assert [str(line["period_end"]) for line in invoices.lines(row["id"])] == ["None", "2026-02-01"]

    today = business_today()
    refused(as_role("Support"), url("invoice-issue", public), {"invoice_date": today})
    done(as_role("Finance"), url("invoice-issue", public), {"invoice_date": today, "sends_mail": "on"})
    assert invoices.invoice(uid(public))["state"] == "issued"

    part = {"extent": "part", "amount": "18.80", "reason": "Late"}
    refused(as_role("Support"), url("invoice-credit", public), part)
    done(as_role("Finance"), url("invoice-credit", public), part)
    assert invoices.invoice(uid(public))["open_minor"] == 10000

    other = public_id("inv", business.invoice(customer))
    refused(as_role("Support"), url("invoice-void", other), {"reason": "Wrong customer"})
    done(as_role("Finance"), url("invoice-void", other), {"reason": "Wrong customer"})
    assert invoices.invoice(uid(other))["state"] == "void"


def business_today() -> str:
    from tallystick.foundation.clock import local_date, now

    return local_date(now()).isoformat()


def recorded(**changes: Any) -> dict[str, Any]:
    told = {"total": "75.00", "total_currency": "EUR", "fee": "", "fee_currency": "EUR", "received": business_today()}
    return {**told, "method": "bank_transfer", "status": "completed", **changes}


def test_a_payment_is_recorded(business: Business, as_role: Signed) -> None:
    customer = business.customer()
    invoice = business.invoice(customer, 5000)
    number = invoices.invoice(invoice)["number"]
    told = recorded(invoice=number, description="Deposit #angry", reference="=HYPERLINK()", fee="1.20")
    refused(as_role("Read-only"), url("record-payment"), told)
    answer = done(as_role("Finance"), url("record-payment"), told)
    row = payments.payment(uid(answer["Location"].rstrip("/").rpartition("/")[2]))
    assert (row["customer_id"], row["allocated_minor"], row["unallocated_minor"]) == (customer, 6000, 1500)
    assert (row["description"], row["private_text"], row["fee_minor"]) == ("Deposit", "angry", 120)


def test_a_payment_that_looks_the_same_is_warned_of_before_it_is_saved(business: Business, as_role: Signed) -> None:
    finance = as_role("Finance")
    told = recorded(customer=public_id("cus", business.customer()), reference="TRX 7")
    first = done(finance, url("record-payment"), told)["Location"]
    preview = finance.post(url("preview-payment"), {**told, "reference": ""}).content.decode()
    assert "looks the same" in preview
    assert first in preview
    assert "looks the same" not in finance.post(url("preview-payment"), {**told, "total": "75.01"}).content.decode()
    again = post(finance, url("record-payment"), told)
    assert again.status_code == 422
    page = again.content.decode()
    assert first in page
    assert "Record anyway" in page
    assert len(lists.payments_page(PaymentFilter()).rows) == 1
    done(finance, url("record-payment"), {**told, "allows_duplicate": "on"})
    assert len(lists.payments_page(PaymentFilter()).rows) == 2


def test_a_promise_is_edited_and_a_booked_payment_only_described(business: Business, as_role: Signed) -> None:
    customer, other = business.customer(), business.customer("Other Ltd")
    promised = business.payment(customer, 5000, status="pending", description="Deposit #angry")
    public = public_id("pay", promised)
    told = {"description": "Deposit #calm", "reference": "TRX 9", "remark": "", "fee": "", "method": "cash"}
    told |= {"total": "40", "total_currency": "EUR", "fee_currency": "EUR", "received": business_today()}
    told |= {"customer": public_id("cus", other)}
    refused(as_role("Read-only"), url("payment-edit", public), told)
    shown = as_role("Support").get(url("payment-edit", public)).content.decode()
    assert "Deposit #angry" in shown
    done(as_role("Support"), url("payment-edit", public), told)
    row = payments.payment(promised)
    assert (row["total_minor"], row["method"], row["customer_id"]) == (4000, "cash", other)
    assert (row["private_text"], row["reference"]) == ("calm", "TRX 9")

    booked = public_id("pay", business.payment(customer, 7000))
    form = as_role("Support").get(url("payment-edit", booked)).content.decode()
    assert 'name="total"' not in form
    done(as_role("Support"), url("payment-edit", booked), {**told, "total": "1"})
    row = payments.payment(uid(booked))
    assert (row["total_minor"], row["customer_id"], row["description"]) == (7000, customer, "Deposit")


def test_only_what_never_posted_is_deleted_and_only_by_who_may(business: Business, as_role: Signed) -> None:
    customer = business.customer()
    promised = public_id("pay", business.payment(customer, 5000, status="pending"))
    booked = public_id("pay", business.payment(customer, 7000))
    refused(as_role("Finance"), url("payment-delete", promised), {})
    assert url("payment-delete", promised) not in as_role("Finance").get(url("payment", promised)).content.decode()
    administrator = as_role("Administrator")
    assert url("payment-delete", promised) in administrator.get(url("payment", promised)).content.decode()
    assert url("payment-delete", booked) not in administrator.get(url("payment", booked)).content.decode()
    assert post(administrator, url("payment-delete", booked)).status_code == 422
    answer = post(administrator, url("payment-delete", promised))
    assert (answer.status_code, answer["Location"]) == (302, url("payments"))
    assert administrator.get(url("payment", promised)).status_code == 404
    assert [row["total_minor"] for row in lists.payments_page(PaymentFilter()).rows] == [7000]


def test_support_records_what_is_promised_but_completes_nothing(business: Business, as_role: Signed) -> None:
    support = as_role("Support")
    response = post(support, url("record-payment"), recorded())
    assert response.status_code == 422
    assert lists.payments_page(PaymentFilter()).rows == []
    done(support, url("record-payment"), recorded(status="pending"))


def test_a_promise_is_paid_or_cancelled(business: Business, as_role: Signed) -> None:
    customer = business.customer()
    first, second = (public_id("pay", business.payment(customer, total, status="pending")) for total in (5000, 6000))
    told = {"received": business_today(), "method": "cash", "total": "40", "total_currency": "EUR"}
    refused(as_role("Support"), url("payment-mark-paid", first), told)
    done(as_role("Finance"), url("payment-mark-paid", first), told)
    row = payments.payment(uid(first))
    assert (row["status"], row["total_minor"], row["method"]) == ("completed", 4000, "cash")
    refused(as_role("Support"), url("payment-cancel", second), {})
    done(as_role("Finance"), url("payment-cancel", second), {})
    assert payments.payment(uid(second))["status"] == "cancelled"


def test_money_is_allocated_and_taken_back(business: Business, as_role: Signed) -> None:
    customer = business.customer()
    first, second = business.invoice(customer, 5000, days_ago=30), business.invoice(customer, 5000)
    payment = business.payment(customer, 7000)
    public = public_id("pay", payment)
    refused(as_role("Support"), url("payment-allocate", public), {"oldest_first": "1"})
    done(as_role("Finance"), url("payment-allocate", public), {"oldest_first": "1"})
    assert [invoices.invoice(each)["open_minor"] for each in (first, second)] == [0, 5000]
    part = allocations.allocations_of_payment(payment)[0]
    address = url("release", public, public_id("alc", part["id"]))
    refused(as_role("Support"), address, {})
    done(as_role("Finance"), address, {})
    done(as_role("Finance"), url("payment-allocate", public), {f"part_{public_id('inv', second)}": "12.34"})
    assert [invoices.invoice(each)["open_minor"] for each in (first, second)] == [6000, 3766]


def test_an_invoice_that_was_paid_meanwhile_is_named_when_money_is_allocated(
    business: Business, as_role: Signed
) -> None:
    customer = business.customer()
    paid, still_open = business.invoice(customer, 5000, days_ago=30), business.invoice(customer, 1000)
    payment = public_id("pay", business.payment(customer, 2000))
    business.payment(customer, 6000, allocates_oldest_first=True)
    told = {f"part_{public_id('inv', paid)}": "10.00", f"part_{public_id('inv', still_open)}": "2.00"}
    answer = post(as_role("Finance"), url("payment-allocate", payment), told)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count("It is not open any more.") == 1
    assert all(invoices.invoice(each)["number"] in page for each in (paid, still_open))
    assert invoices.invoice(still_open)["open_minor"] == 1200


def test_suspense_is_assigned_allocated_and_unassigned(business: Business, as_role: Signed) -> None:
    customer = business.customer()
    invoice = business.invoice(customer, 5000)
    payment = public_id("pay", business.payment(None, 8000))
    chosen = {"chosen": public_id("inv", invoice)}
    refused(as_role("Support"), url("payment-allocate", payment), chosen)
    done(as_role("Finance"), url("payment-allocate", payment), chosen)
    assert payments.payment(uid(payment))["customer_id"] == customer
    refused(as_role("Support"), url("payment-unassign", payment), {})
    done(as_role("Finance"), url("payment-unassign", payment), {})
    assert payments.payment(uid(payment))["customer_id"] is None
    told = {"customer": public_id("cus", customer)}
    refused(as_role("Support"), url("payment-assign", payment), told)
    done(as_role("Finance"), url("payment-assign", payment), told)
    assert payments.payment(uid(payment))["assignment_edits"] == 3
    page = as_role("Finance").get(url("payment", payment)).content.decode()
    assert "3 of 5, 2 left" in page


def test_after_the_fifth_edit_an_assignment_stands(business: Business, as_role: Signed) -> None:
    customer = business.customer()
    payment = public_id("pay", business.payment(customer, 8000))
    finance, told = as_role("Finance"), {"customer": public_id("cus", customer)}
    for _ in range(2):
        assert url("payment-unassign", payment) in finance.get(url("payment", payment)).content.decode()
        done(finance, url("payment-unassign", payment), {})
        done(finance, url("payment-assign", payment), told)
    page = finance.get(url("payment", payment)).content.decode()
    assert "5 of 5, 0 left" in page
    assert url("payment-unassign", payment) not in page
    before = AuditEntry.objects.count()
    response = post(finance, url("payment-unassign", payment))
    assert response.status_code != 302
    assert "was edited 5 times, which is the limit" in response.content.decode()
    row = payments.payment(uid(payment))
    assert (row["customer_id"], row["assignment_edits"], AuditEntry.objects.count()) == (customer, 5, before)


def test_a_payment_is_reversed(business: Business, as_role: Signed) -> None:
    payment = public_id("pay", business.payment(business.customer(), 8000))
    refused(as_role("Support"), url("payment-reverse", payment), {"reason": "Typo"})
    done(as_role("Finance"), url("payment-reverse", payment), {"reason": "Typo"})
    assert payments.payment(uid(payment))["reversed_at"] is not None


def test_a_cheque_is_brought_to_the_bank(business: Business, as_role: Signed) -> None:
    payment = public_id("pay", business.payment(business.customer(), 8000, method="cheque"))
    address, told = url("payment-deposit", payment), {"deposited": business_today()}
    assert address in as_role("Finance").get(url("payment", payment)).content.decode()
    refused(as_role("Support"), address, told)
    done(as_role("Finance"), address, told)
    page = as_role("Finance").get(url("payment", payment)).content.decode()
    assert "Cheque deposited" in page
    assert address not in page


def test_a_payment_is_refunded_in_part(business: Business, as_role: Signed) -> None:
    payment = public_id("pay", business.payment(business.customer(), 8000))
    told = {"amount": "30", "reason": "Goodwill", "method": "bank_transfer"}
    refused(as_role("Support"), url("payment-refund", payment), told)
    done(as_role("Finance"), url("payment-refund", payment), told)
    row = payments.payment(uid(payment))
    assert (row["refunded_minor"], row["unallocated_minor"]) == (3000, 5000)


def test_a_refund_above_the_limit_needs_an_administrator(business: Business, as_role: Signed) -> None:
    payment = public_id("pay", business.payment(business.customer(), 500_000))
    told = {"amount": "2000", "reason": "Cancelled", "method": "bank_transfer"}
    refused(as_role("Finance"), url("payment-refund", payment), told)
    done(as_role("Administrator"), url("payment-refund", payment), told)


def test_small_differences_are_written_off(business: Business, as_role: Signed) -> None:
    customer = business.customer()
    invoice = business.invoice(customer, 5000)
    payment = public_id("pay", business.payment(customer, 60_40, parts=[]))
    post(as_role("Finance"), url("payment-allocate", payment), {"oldest_first": "1"})
    told = {"amount": "0.40", "reason": "Rounding"}
    refused(as_role("Support"), url("payment-difference", payment), told)
    done(as_role("Finance"), url("payment-difference", payment), told)
    assert payments.payment(uid(payment))["unallocated_minor"] == 0
    assert invoices.invoice(invoice)["open_minor"] == 0
    short = business.invoice(customer, 5000)
    business.payment(customer, 59_50, allocates_oldest_first=True)
    public = public_id("inv", short)
    refused(as_role("Support"), url("invoice-difference", public), told)
    done(as_role("Finance"), url("invoice-difference", public), {"amount": "0.50", "reason": "Bank fee"})
    assert invoices.invoice(short)["open_minor"] == 0


def test_a_key_that_was_used_otherwise_is_told(business: Business, finance: Client) -> None:
    customer = public_id("cus", business.customer())
    told, key = {"name": "Mia", "email": "mia@example.com"}, str(uuid.uuid4())
    assert post(finance, url("add-contact", customer), told, key).status_code == 302
    other = post(finance, url("add-contact", customer), {**told, "email": "zoe@example.com"}, key)
    assert other.status_code == 422
    assert "This form was sent before" in other.content.decode()
    assert "zoe@example.com" in other.content.decode()


def test_a_form_without_its_key_or_token_does_nothing(business: Business, finance: Client) -> None:
    customer = public_id("cus", business.customer())
    told = {"name": "Mia", "email": "mia@example.com"}
    assert finance.post(url("add-contact", customer), told).status_code == 422
    checked = Client(enforce_csrf_checks=True)
    checked.cookies = finance.cookies
    assert checked.post(url("add-contact", customer), told).status_code == 403
    assert len(customers.contacts(uid(customer))) == 1


def test_typed_values_and_errors_stand_beside_their_fields(business: Business, finance: Client) -> None:
    response = post(finance, url("record-payment"), recorded(total="1.000,50", reference="4242 4242 4242 4242"))
    page = response.content.decode()
    assert response.status_code == 422
    assert 'value="1.000,50"' in page
    assert 'id="id_total_error"' in page
    invoice = business.invoice(business.customer(), 5000)
    other = public_id("cus", business.customer("Other"))
    told = recorded(customer=other, invoice=invoices.invoice(invoice)["number"])
    refusal = post(finance, url("record-payment"), told).content.decode()
    assert "There is no such" in refusal or "belong to different customers" in refusal
