"""Money by card, from the click to the books."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tallystick.foundation.idempotency import IdempotencyKeyReused
from tallystick.foundation.permissions import Actor
from tallystick.gateways.port import Answer, Outcome
from tallystick.payments import queries as payments
from tallystick.payments.attempts import PaymentInProgress
from tallystick.usecases import bill, collect, settle
from tallystick.usecases.roles import ROLES, Permission
from tests.scenarios.conftest import uid
from tests.usecases.shop import DECLINED, RETURN_URL, Shop, at

pytestmark = pytest.mark.django_db


def test_an_invoice_is_paid_on_the_gateways_page(shop: Shop, posted: Any) -> None:
    customer, invoice = shop.bill()
    expected = shop.expected_payment(invoice)["id"]

    started = shop.collect(customer, invoice)

    assert (uid("pay", started["id"]), started["status"], started["total_minor"]) == (expected, "processing", 10680)
    assert [attempt["state"] for attempt in started["attempts"]] == ["action_required"]
    ordered = shop.at_gateway(started)
    assert (ordered["amount"], ordered["currency"], ordered["description"]) == (10680, "EUR", "INV-2026-00001")
    assert ordered["return_url"] == f"http://127.0.0.1:9/return/{started['attempts'][0]['id']}"
    assert shop.owes(customer) == 10680, "nothing moved yet"

    shop.customer_pays(started)
    (post,) = shop.posts()
    assert shop.receive(post) == [1]
    assert payments.payment(expected)["status"] == "processing", "a message is stored, and acted upon by its job"
    assert shop.do_jobs() == ["gateways.handle_message"]

    row = payments.payment(expected)
    today = datetime.now(tz=UTC).date()
    assert (row["status"], row["method"], row["received_date"], row["total_minor"]) == (
        "completed",
        "gateway",
        today,
        10680,
    )
    assert (row["receipt_number"], row["fee_minor"], row["allocated_minor"]) == (f"R-{today.year}-00001", 175, 10680)
    assert (shop.standing(invoice), shop.owes(customer), shop.credit(customer)) == (("issued", 0), 0, 0)
    assert shop.told(expected) == [
        ("create", "", "pending"),
        ("start", "pending", "processing"),
        ("complete", "processing", "completed"),
    ]
    assert posted(expected, shop.account_id) == [
        ("J04", [("1120", "D", 10680), ("2100", "C", 10680)]),
        ("J08", [("2100", "D", 10680), ("1200", "C", 10680)]),
        ("J35", [("6100", "D", 175), ("1120", "C", 175)]),
    ]
    assert shop.clearing_agrees()
    assert shop.mails() == [{"payment_id": str(expected)}]
    assert shop.inbox() == [("payment.succeeded", "handled")]
    (attempt,) = payments.attempts(expected)
    assert (attempt["state"], attempt["brand"], attempt["last_four"]) == ("succeeded", "visa", "4242")

    # The net under a process that died comes later, and finds nothing to do.
    assert shop.do_jobs(minutes=3) == ["payments.ask"]
    assert len(posted(expected, shop.account_id)) == 3
    assert shop.mails() == [{"payment_id": str(expected)}]


def test_s09_s10_s13_message_return_and_sweeper_come_in_any_order_and_have_one_effect(shop: Shop, posted: Any) -> None:
    customer, invoice = shop.bill()
    started = shop.collect(customer, invoice)
    payment, attempt = uid("pay", started["id"]), uid("att", started["attempts"][0]["id"])
    shop.customer_pays(started)

    collect.ask(attempt_id=attempt, at=at())
    assert payments.payment(payment)["status"] == "completed", "S10: the return page asks before any message comes"
    once = posted(payment, shop.account_id)

    (post,) = shop.posts()
    assert shop.receive(*[post] * 10) == [1, *[0] * 9], "S13"
    assert shop.do_jobs() == ["gateways.handle_message"]
    collect.ask(attempt_id=attempt, at=at())
    collect.sweep(at=at(minutes=5))
    assert (posted(payment, shop.account_id), len(once)) == (once, 3)
    assert (len(shop.mails()), shop.charges()) == (1, [10680])


def test_s11_nobody_comes_back_and_no_message_arrives(shop: Shop) -> None:
    customer, invoice = shop.bill()
    shop.customer_pays(shop.collect(customer, invoice))
    assert collect.sweep(at=at()) == 0, "too early"
    assert collect.sweep(at=at(minutes=3)) == 1
    assert shop.standing(invoice) == ("issued", 0)
    assert collect.sweep(at=at(minutes=9)) == 0, "what is over is not asked for again"


@pytest.mark.parametrize(
    ("minor", "currency", "reported"),
    [(None, "EUR", "None EUR"), (10680, "points", "10680 points"), (5, None, "5 None")],
)
def test_s08_what_is_no_amount_is_not_booked_either(
    shop: Shop, minor: int | None, currency: str | None, reported: str
) -> None:
    customer, invoice = shop.bill()
    attempt_id = uid("att", shop.collect(customer, invoice)["attempts"][0]["id"])
    answer = Answer(outcome=Outcome.SUCCEEDED, gateway_reference="x", amount_minor=minor, currency=currency)
    settle.settle_attempt(attempt_id=attempt_id, answer=answer, at=at())
    attempt = payments.attempt(attempt_id)
    assert attempt["state"] == "unknown"
    assert attempt["message"] == f"The gateway reports {reported}, ordered were 106.80 EUR."
    assert shop.standing(invoice) == ("issued", 10680)


def test_s08_another_amount_than_ordered_is_not_booked_and_staff_see_why(shop: Shop) -> None:
    customer, invoice = shop.bill()
    method = _stored_method(shop, customer)
    shop.fault("wrong_amount")
    payment = shop.collect(customer, invoice, method_id=method)
    assert (payment["status"], payment["attempts"][0]["state"]) == ("processing", "unknown")
    (attempt,) = payments.attempts(uid("pay", payment["id"]))
    assert attempt["message"] == "The gateway reports 107.80 EUR, ordered were 106.80 EUR."
    assert shop.standing(invoice) == ("issued", 10680)
    with pytest.raises(PaymentInProgress):
        shop.collect(customer, invoice)

    collect.sweep(at=at(minutes=3))
    assert shop.standing(invoice) == ("issued", 0), "asked again, the gateway says what we ordered"


def test_several_invoices_are_paid_at_once(shop: Shop) -> None:
    customer, first = shop.bill(1000)
    second = shop.invoice(customer, 2000)
    expected = shop.expected_payment(first)["id"]
    started = shop.collect(customer, first, second)
    assert (started["kind"], started["total_minor"]) == ("receipt", 3600)
    shop.customer_pays(started)
    shop.deliver()
    row = payments.payment(uid("pay", started["id"]))
    assert (row["status"], row["allocated_minor"]) == ("completed", 3600)
    assert (shop.standing(first), shop.standing(second)) == (("issued", 0), ("issued", 0))
    superseded = payments.payment(expected)
    assert (superseded["status"], superseded["cancel_reason"]) == ("cancelled", "superseded")


def test_a_part_is_paid_and_the_rest_is_expected_anew(shop: Shop) -> None:
    customer, invoice = shop.bill()
    expected = shop.expected_payment(invoice)["id"]
    started = shop.collect(customer, amounts={invoice: 680})
    shop.customer_pays(started)
    shop.deliver()
    assert payments.payment(expected)["total_minor"] == 680
    rest = shop.expected_payment(invoice)
    assert (rest["total_minor"], rest["replaces_id"], shop.owes(customer)) == (10000, expected, 10000)


def test_a_declined_card_fails_the_payment_and_the_same_payment_is_tried_again(shop: Shop) -> None:
    customer, invoice = shop.bill()
    started = shop.collect(customer, invoice)
    payment = uid("pay", started["id"])
    shop.customer_pays(started, DECLINED)
    shop.deliver()
    row = payments.payment(payment)
    assert (row["status"], row["failure_code"]) == ("failed", "card_declined")
    assert shop.mails("mail.payment_failed") == [{"attempt_id": str(uid("att", started["attempts"][0]["id"]))}]
    assert (shop.expected_payment(invoice)["id"], shop.mails()) == (payment, [])

    again = collect.retry(
        actor=shop.staff, at=at(), payment_id=payment, account_id=shop.account_id, return_url=RETURN_URL
    )
    assert (again["id"], [each["state"] for each in again["attempts"]]) == (
        started["id"],
        ["declined", "action_required"],
    )
    shop.customer_pays(dict(again))
    shop.deliver()
    assert shop.told(payment)[1:] == [
        ("start", "pending", "processing"),
        ("fail", "processing", "failed"),
        ("start", "failed", "processing"),
        ("complete", "processing", "completed"),
    ]
    assert payments.payment(payment)["failure_code"] == ""
    assert (shop.charges(), shop.standing(invoice)) == ([10680], ("issued", 0))


def test_a_part_that_failed_is_tried_again_as_that_part(shop: Shop) -> None:
    customer, invoice = shop.bill()
    started = shop.collect(customer, amounts={invoice: 680})
    payment = uid("pay", started["id"])
    shop.customer_pays(started, DECLINED)
    shop.deliver()
    assert collect.owed_again(payments.public_payment(payment)) == (680, 0)

    def again() -> dict[str, Any]:
        to: dict[str, Any] = {"payment_id": payment, "account_id": shop.account_id, "return_url": RETURN_URL}
        return dict(collect.retry(actor=shop.staff, at=at(), **to))

    started = again()
    assert started["attempts"][-1]["amount_minor"] == 680
    shop.customer_pays(started, DECLINED)
    shop.deliver()
    # Of what it was aimed at, only what is still open.
    bill.issue_credit_note(
        actor=shop.staff, at=at(), invoice_id=invoice, gross_minor=10680 - 500, reason="Not delivered"
    )
    started = again()
    assert started["attempts"][-1]["amount_minor"] == 500
    shop.customer_pays(started)
    shop.deliver()
    assert (shop.standing(invoice), shop.owes(customer), shop.credit(customer)) == (("issued", 0), 0, 0)


def test_one_live_attempt_per_debt_whichever_way_it_is_asked_for(shop: Shop) -> None:
    customer, first = shop.bill(1000)
    second = shop.invoice(customer, 2000)
    started = shop.collect(customer, first)
    for wanted in ([first], [first, second]):
        with pytest.raises(PaymentInProgress):
            shop.collect(customer, *wanted)
    with pytest.raises(PaymentInProgress):
        collect.retry(
            actor=shop.staff,
            at=at(),
            payment_id=uid("pay", started["id"]),
            account_id=shop.account_id,
            return_url=RETURN_URL,
        )
    assert len(payments.attempts(uid("pay", started["id"]))) == 1
    assert len(shop.merchant.get("/v1/payments").json()["data"]) == 1
    assert shop.collect(customer, second)["attempts"][0]["state"] == "action_required", "another debt is free"


def test_a_repeated_click_has_the_first_ones_answer(shop: Shop) -> None:
    customer, invoice = shop.bill()
    first = shop.collect(customer, invoice, idempotency_key="click")
    assert shop.collect(customer, invoice, idempotency_key="click") == first
    assert len(shop.merchant.get("/v1/payments").json()["data"]) == 1
    with pytest.raises(IdempotencyKeyReused):
        shop.collect(customer, invoice, idempotency_key="click", note="another request")


def test_a_stored_card_is_charged_at_once_and_declines_are_told_by_mail(shop: Shop) -> None:
    customer, invoice = shop.bill()
    method = _stored_method(shop, customer)
    paid = shop.collect(customer, invoice, method_id=method, off_session=True)
    assert (paid["status"], paid["attempts"][0]["state"]) == ("completed", "succeeded")
    (row,) = payments.methods(customer)
    assert (row["id"], row["last_four"], row["is_default"]) == (method, "4242", True)

    token, _ = payments.method_token(method, of_customer=customer)
    shop.merchant.http.delete(f"/v1/tokens/{token}")
    failed = shop.collect(customer, shop.invoice(customer), method_id=method, off_session=True)
    assert (failed["status"], failed["failure_code"]) == ("failed", "method_unusable")  # S35
    assert len(shop.mails("mail.payment_failed")) == 1


def test_s34_a_bank_that_asks_an_absent_customer_waits_and_counts_no_decline(shop: Shop) -> None:
    customer, invoice = shop.bill()
    method = _stored_method(shop, customer, "4000002500003155")
    waiting = shop.collect(customer, invoice, method_id=method, off_session=True)
    assert (waiting["status"], waiting["attempts"][0]["state"]) == ("processing", "action_required")
    assert waiting["attempts"][0]["action_url"]
    assert shop.mails("mail.payment_failed") == []


@pytest.mark.parametrize(("currency", "net", "gross", "fee"), [("JPY", 1500, 1800, 50), ("KWD", 10000, 12000, 418)])
def test_s53_currencies_without_and_with_three_decimals(
    shop: Shop, currency: str, net: int, gross: int, fee: int
) -> None:
    from decimal import Decimal

    from tallystick.usecases import set_up

    set_up.set_exchange_rate(
        actor=shop.staff,
        at=at(),
        currency=currency,
        valid_from=datetime(2020, 1, 1, tzinfo=UTC).date(),
        rate=Decimal("0.5"),
        source="by hand",
    )
    customer, invoice = shop.bill(net, currency=currency)
    started = shop.collect(customer, invoice)
    shop.customer_pays(started)
    shop.deliver()
    row = payments.payment(uid("pay", started["id"]))
    assert (row["status"], row["total_minor"], row["fee_minor"], shop.charges()) == ("completed", gross, fee, [gross])
    assert (shop.owes(customer, currency), shop.clearing_agrees(currency)) == (0, True)


def test_refusals_leave_no_trace(shop: Shop) -> None:
    from tallystick.allocations.operations import InvoiceNotOpen
    from tallystick.foundation.errors import InvalidField, NotAllowed, NotFound
    from tallystick.gateways.registry import GatewayNotEnabled
    from tallystick.invoices.operations import InvoiceOverpaid
    from tallystick.payments.operations import AmountNotAccepted

    customer, invoice = shop.bill()
    other = shop.customer("Other Ltd")
    paid_customer, paid_invoice, _ = shop.paid()
    nobody = Actor(kind="contact", id="1", label="Jo", permissions=frozenset())
    stranger = Actor(
        kind="contact",
        id="2",
        label="Al",
        permissions=frozenset({Permission.COLLECT_PAYMENTS}),
        scope=("customer", other),
    )
    payer = Actor(kind="contact", id="3", label="Cy", permissions=stranger.permissions, scope=("customer", customer))
    assert Permission.COLLECT_PAYMENTS not in ROLES["Read-only"]
    count = len(shop.merchant.get("/v1/payments").json()["data"])
    refusals: list[tuple[type[Exception], dict[str, Any]]] = [
        (NotAllowed, {"actor": nobody}),
        (NotFound, {"actor": stranger}),
        (NotAllowed, {"actor": payer, "saves_method": True}),
        (NotFound, {"customer_id": other}),
        (InvalidField, {"amounts": {}}),
        (AmountNotAccepted, {"amounts": {invoice: 0}}),
        (AmountNotAccepted, {"amounts": {invoice: -5}}),
        (InvoiceOverpaid, {"amounts": {invoice: 10681}}),
        (InvoiceNotOpen, {"customer_id": paid_customer, "amounts": {paid_invoice: None}}),
        (NotFound, {"method_id": invoice}),
        (NotFound, {"account_id": invoice}),
    ]
    for error, changes in refusals:
        with pytest.raises(error):
            shop.collect(customer, invoice, **changes)
    _switch_off(shop)
    with pytest.raises(GatewayNotEnabled):
        shop.collect(customer, invoice)
    expected = shop.expected_payment(invoice)
    assert (expected["status"], payments.attempts(expected["id"])) == ("pending", [])
    assert len(shop.merchant.get("/v1/payments").json()["data"]) == count


def _stored_method(shop: Shop, customer: Any, number: str = "4242424242424242") -> Any:
    """Have the customer pay something and keep the card."""
    started = shop.collect(customer, shop.invoice(customer, 100), saves_method=True)
    shop.customer_pays(started, number)
    shop.deliver()
    (row,) = payments.methods(customer)
    return row["id"]


def _switch_off(shop: Shop) -> None:
    from tallystick.gateways.models import GatewayAccount

    GatewayAccount.objects.filter(id=shop.account_id).update(enabled=False)
