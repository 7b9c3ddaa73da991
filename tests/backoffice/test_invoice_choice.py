"""Invoices are searched and chosen for money, one or several (D6, D7, D9), with plain forms; nothing is written yet."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from lxml import html

from tallystick.allocations import queries as allocations
from tallystick.foundation.ids import public_id
from tallystick.invoices import queries as invoices
from tallystick.payments import lists
from tallystick.payments import queries as payments
from tallystick.payments.filters import PaymentFilter
from tests.backoffice.business import Business
from tests.backoffice.forms import Signed, traces, url
from tests.backoffice.test_writes import business_today

pytestmark = pytest.mark.django_db


class Desk:
    """A form as somebody without scripts sees it: every button sends all fields."""

    def __init__(self, client: Client, address: str) -> None:
        self.client, self.address = client, address
        self.page = html.fromstring(client.get(address).content)

    def fields(self) -> dict[str, Any]:
        """This method will return what the form would send, but for its buttons."""
        form = self.page.xpath("//main//form[.//input[@name='idempotency_key']]")[-1]
        told: dict[str, Any] = {}
        for each in form.xpath(".//input[@name] | .//select[@name] | .//textarea[@name]"):
            if each.tag == "input" and each.get("type") in {"checkbox", "radio"} and each.get("checked") is None:
                continue
            value = (each.xpath("./option[@selected]/@value") or [""])[0] if each.tag == "select" else each.get("value")
            told.setdefault(each.get("name"), []).append((each.text or "") if each.tag == "textarea" else value or "")
        return told

    def press(self, **what: str) -> "Desk":
        """This method will fill in fields and press a button of the choice; nothing may be written by it."""
        before = traces()
        answer = self.client.post(self.address, {**self.fields(), **what})
        assert (answer.status_code, traces()) == (200, before)
        self.page = html.fromstring(answer.content)
        assert not self.page.xpath("//*[contains(@class, 'has-error')]")
        return self

    def save(self, **what: str) -> Any:
        """This method will send the form."""
        return self.client.post(self.address, {**self.fields(), **what, "idempotency_key": str(uuid4())})

    def offered(self) -> list[str]:
        """This method will return the numbers that the search found."""
        found: list[str] = self.page.xpath("//button[@name='choose']/@aria-label")
        return [each.removeprefix("Choose ") for each in found]

    def text(self) -> str:
        return " ".join(self.page.text_content().replace("\N{NO-BREAK SPACE}", " ").split())


def inv(invoice: UUID) -> str:
    return public_id("inv", invoice)


def number(invoice: UUID) -> str:
    return str(invoices.invoice(invoice)["number"])


def amounts(payment: UUID) -> dict[UUID, int]:
    return {each["invoice_id"]: each["amount_minor"] for each in allocations.standing_allocations(payment)}


def offered_while_typing(client: Client, text: str) -> str:
    return client.get("/office/find/invoices/", {"q": text}).content.decode()


def test_invoices_are_found_by_organization_number_and_day_of_issue(business: Business, as_role: Signed) -> None:
    acme, other = business.customer("Acme Corp"), business.customer("Zweckverband Nord")
    old, new = business.invoice(acme, 5000, days_ago=30), business.invoice(acme, 1000)
    theirs = business.invoice(other, 7000)
    business.draft(acme)
    desk = Desk(as_role("Finance"), url("record-payment"))
    assert desk.offered() == [], "nobody asked for anything"
    assert desk.press(seek="1", **{"seek-organization": "acme"}).offered() == [number(new), number(old)]
    assert desk.press(seek="1", **{"seek-organization": "zweck"}).offered() == [number(theirs)]
    by_number = {"seek-organization": "", "seek-number_query": number(old)[-5:]}
    assert desk.press(seek="1", **by_number).offered() == [number(old)]
    issued = {"seek-number_query": "", "seek-issued": str(invoices.invoice(old)["invoice_date"])}
    assert desk.press(seek="1", **issued).offered() == [number(old)]
    assert desk.press(seek="1", **issued, **{"seek-organization": "zweck"}).offered() == []
    assert "No open invoice fits" in desk.text()
    picked = {"seek-organization": "", "seek-issued": "", "seek-number": inv(theirs)}
    assert desk.press(seek="1", **picked).fields()["chosen"] == [inv(theirs)]
    assert desk.fields()["seek-number"] == [""]
    assert number(old) in offered_while_typing(as_role("Finance"), number(old)[-5:])


def test_choosing_chooses_the_payer_and_proposes_what_is_paid(business: Business, as_role: Signed) -> None:
    acme, other = business.customer("Acme Corp"), business.customer("Other Ltd")
    first, second = business.invoice(acme, 5000, days_ago=30), business.invoice(acme, 1000)
    theirs, yen = business.invoice(other, 7000), business.invoice(acme, 900, currency="JPY")
    desk = Desk(as_role("Finance"), url("record-payment"))
    desk.press(choose=inv(second), reference="TRX 9")
    told = desk.fields()
    assert (told["customer"], told["total"], told["chosen"]) == ([public_id("cus", acme)], ["12.00"], [inv(second)])
    assert told["reference"] == ["TRX 9"], "what was typed stays"
    assert desk.offered() == [number(first)], "only the payer's others, in the same currency"
    for wrong in (theirs, yen):
        assert "another payer or currency" in desk.press(choose=inv(wrong)).text()
    told = desk.press(choose=inv(first)).fields()
    assert (told["chosen"], told["total"]) == ([inv(second), inv(first)], ["72.00"])

    answer = desk.save(received=business_today(), method="cash")
    assert answer.status_code == 302
    [row] = lists.payments_page(PaymentFilter(status="completed")).rows
    assert (row["customer_id"], row["total_minor"], row["unallocated_minor"]) == (acme, 7200, 0)
    assert amounts(row["id"]) == {first: 6000, second: 1200}


def test_amounts_are_typed_spread_or_taken_back_row_by_row(business: Business, as_role: Signed) -> None:
    acme = business.customer("Acme Corp")
    first, second, third = (business.invoice(acme, 1000, days_ago=days) for days in (30, 20, 10))
    desk = Desk(as_role("Finance"), url("record-payment"))
    for each in (third, second, first):
        desk.press(choose=inv(each))
    told = desk.press(total="20", spread="oldest").fields()
    assert told["chosen"] == [inv(first), inv(second)], "for the newest nothing is left"
    assert [told[f"takes_{inv(each)}"] for each in (first, second)] == [["12.00"], ["8.00"]]
    told = desk.press(spread="exact").fields()
    assert told[f"takes_{inv(second)}"] == ["12.00"]
    assert desk.press(drop=inv(first)).fields()["chosen"] == [inv(second)]
    preview = as_role("Finance").post(url("preview-payment"), {**desk.fields(), f"takes_{inv(second)}": "30"})
    assert "would take more than the total" in preview.content.decode()
    before = traces()
    wrong = desk.save(**{f"takes_{inv(second)}": "30"})
    assert (wrong.status_code, traces()) == (422, before)
    both = desk.save(invoice=number(first))
    assert "Leave this empty when invoices are chosen" in both.content.decode()
    assert desk.save(**{f"takes_{inv(second)}": "5"}).status_code == 302
    [row] = lists.payments_page(PaymentFilter(status="completed")).rows
    assert (amounts(row["id"]), row["unallocated_minor"]) == ({second: 500}, 1500)


def test_money_in_suspense_is_assigned_by_the_same_choice_in_one_edit(business: Business, as_role: Signed) -> None:
    acme = business.customer("Acme Corp")
    first, second = business.invoice(acme, 5000, days_ago=30), business.invoice(acme, 1000)
    yen = business.invoice(acme, 900, currency="JPY")
    payment = business.payment(None, 6500)
    address = url("payment-allocate", public_id("pay", payment))
    assert as_role("Support").post(address, {"choose": inv(first)}).status_code == 403
    desk = Desk(as_role("Finance"), address)
    desk.press(seek="1", **{"seek-organization": "Acme"})
    assert number(yen) not in desk.offered(), "not in the currency of the payment"
    desk.press(choose=inv(second)).press(choose=inv(first))
    told = desk.press(spread="oldest").fields()
    assert [told[f"takes_{inv(each)}"] for each in (first, second)] == [["60.00"], ["5.00"]]
    assert desk.save().status_code == 302
    row = payments.payment(payment)
    assert (row["customer_id"], row["assignment_edits"], row["unallocated_minor"]) == (acme, 1, 0)
    assert amounts(payment) == {first: 6000, second: 500}
    nothing = Desk(as_role("Finance"), url("payment-allocate", public_id("pay", business.payment(None, 100)))).save()
    assert "Choose at least one open invoice" in nothing.content.decode()


def test_the_page_of_an_invoice_leads_to_a_form_that_has_chosen_it(business: Business, as_role: Signed) -> None:
    invoice = business.invoice(business.customer("Acme Corp"), 5000)
    told = Desk(as_role("Finance"), f"{url('record-payment')}?invoice={inv(invoice)}").fields()
    assert (told["chosen"], told["total"], told["invoice"]) == ([inv(invoice)], ["60.00"], [""])
