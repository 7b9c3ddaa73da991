"""Disputes that a gateway reports: told once, twice, late, out of order, or not at all (S30, `docs/model.md`, 17)."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tallystick.allocations.queries import standing_allocations
from tallystick.foundation.transactions import transaction
from tallystick.gateways.port import Answer, DisputeFacts, DisputeState, Outcome
from tallystick.ledger import operations as ledger
from tallystick.ledger.queries import entries_about
from tallystick.payments import dispute_queries
from tallystick.payments import queries as payments
from tallystick.payments.operations import PaymentDisputed, PaymentInUse
from tallystick.usecases import allocate, dispute, settle, settle_dispute
from tallystick.usecases.record import Part
from tallystick.usecases.refund import NothingToRefundFrom
from tests.sandbox_service import shape
from tests.scenarios.conftest import actor, uid
from tests.trails import trail_of
from tests.usecases.disputing import DISPUTED_LATER, FEE, counters, decide, dispute_at_gateway, only_dispute
from tests.usecases.shop import YESTERDAY, Shop, at
from tests.usecases.test_refunds import PENDING_REFUNDS, REFUNDS_FAIL_LATER, give_back

pytestmark = pytest.mark.django_db

OPENED = [
    ("J40", [("1130", "D", 10680), ("1120", "C", 10680)]),
    ("J40", [("6110", "D", FEE), ("1120", "C", FEE)]),
]


def test_s30_j40_the_money_is_apart_and_the_invoice_stays_paid(shop: Shop, posted: Any) -> None:
    customer, invoice, payment = shop.paid(number=DISPUTED_LATER)
    shop.service.advance(10)
    shop.deliver()

    row = only_dispute(payment)
    assert (row["kind"], row["state"], row["amount_minor"]) == ("chargeback", "opened", 10680)
    assert (row["fee_minor"], row["fee_currency"], row["fee_returned"]) == (FEE, "EUR", False)
    assert (row["reason_code"], row["evidence_due_date"] is not None, row["closed_at"]) == ("fraudulent", True, None)
    assert posted(row["id"]) == OPENED
    assert counters(payment) == (10680, 0, 10680, 0)
    assert (shop.standing(invoice), shop.owes(customer), shop.credit(customer)) == (("issued", 0), 0, 0)
    assert (shop.waiting(), shop.clearing_agrees()) == ([], True)
    trail = trail_of(row["id"])
    assert [(entry["action"], entry["actor_label"]) for entry in trail] == [("settle_dispute", "Tallystick")]


def test_what_is_in_dispute_is_neither_refunded_nor_released_and_the_refusal_leaves_no_trace(
    shop: Shop, posted: Any
) -> None:
    _, invoice, payment = shop.paid()
    dispute_at_gateway(shop, payment, amount=6000)
    shop.deliver()
    (part,) = standing_allocations(payment)
    before = (posted(payment), payments.timeline(payment), payments.payment(payment))
    with pytest.raises(NothingToRefundFrom) as refused:
        give_back(shop, payment, 4681)
    assert refused.value.left_minor == 4680
    with pytest.raises(PaymentDisputed):
        allocate.release_allocation(actor=shop.staff, at=at(), allocation_id=part["id"])
    assert (posted(payment), payments.timeline(payment), payments.payment(payment)) == before
    assert (payments.refunds_of(payment), shop.standing(invoice)) == ([], ("issued", 0))

    # The rest may go back; here the gateway itself refuses that while the payment is disputed there.
    assert give_back(shop, payment, 4680)["status"] == "failed"
    assert counters(payment) == (6000, 4680, 6000, 0)


def test_j41_a_won_dispute_brings_the_money_back_and_perhaps_the_fee(shop: Shop, posted: Any) -> None:
    for returns_fee in (False, True):
        customer, invoice, payment = shop.paid()
        decide(shop, _told(shop, payment), "won", returns_fee=returns_fee)
        shop.deliver()
        row = only_dispute(payment)
        back = [("1120", "D", 10680), ("1130", "C", 10680)]
        if returns_fee:
            back += [("1120", "D", FEE), ("6110", "C", FEE)]
        assert posted(row["id"]) == [*OPENED, ("J41", back)]
        assert (row["state"], row["fee_returned"], row["closed_at"] is not None) == ("won", returns_fee, True)
        assert (counters(payment), shop.standing(invoice)) == ((10680, 0, 0, 0), ("issued", 0))
        assert (shop.owes(customer), shop.clearing_agrees()) == (0, True)


def test_j42_a_lost_dispute_opens_the_invoice_and_a_new_payment_is_expected(shop: Shop, posted: Any) -> None:
    customer, invoice, payment = shop.paid()
    decide(shop, _told(shop, payment), "lost")
    shop.deliver()
    row = only_dispute(payment)
    assert (row["state"], row["taken_minor"], row["loss_minor"]) == ("lost", 10680, 0)
    assert posted(row["id"]) == [*OPENED, ("J42", [("2100", "D", 10680), ("1130", "C", 10680)])]
    assert [entry[0] for entry in posted(payment)] == ["J04", "J08", "J09", "J42"]
    assert counters(payment) == (0, 0, 0, 10680)
    assert (shop.standing(invoice), shop.owes(customer), shop.credit(customer)) == (("issued", 10680), 10680, 0)
    live = shop.expected_payment(invoice)
    assert (live["total_minor"], live["status"], live["replaces_id"]) == (10680, "pending", payment)
    assert (payments.payment(payment)["status"], shop.clearing_agrees()) == ("completed", True)
    told = [event["event"] for event in payments.timeline(payment)]
    assert told[-3:] == ["dispute", "dispute_funds", "dispute_lost"]


def test_a_part_that_is_lost_opens_the_newest_invoices_as_far_as_needed(shop: Shop, posted: Any) -> None:
    customer, payment = _receipt(shop)
    oldest, newest = standing_allocations(payment)
    decide(shop, _told(shop, payment, amount=12000), "lost")
    shop.deliver()
    rest = 12000 - newest["amount_minor"]
    assert shop.standing(newest["invoice_id"]) == ("issued", newest["amount_minor"])
    assert shop.standing(oldest["invoice_id"]) == ("issued", rest)
    assert (counters(payment), shop.owes(customer)) == ((4680, 0, 0, 12000), 12000)
    rules = [entry[0] for entry in posted(payment)]
    assert (rules[-4:], shop.clearing_agrees()) == (["J09", "J09", "J08", "J42"], True)


@pytest.mark.parametrize(("refunded", "taken"), [(4000, 6680), (10680, 0)])
def test_s30_what_was_refunded_before_is_a_loss_and_never_taken_twice(
    shop: Shop, posted: Any, refunded: int, taken: int
) -> None:
    customer, _, payment = shop.paid()
    give_back(shop, payment, refunded)
    shop.deliver()
    foreign = _told(shop, payment)
    assert counters(payment) == (taken, 0, taken, 0)
    decide(shop, foreign, "lost")
    shop.deliver()
    row = only_dispute(payment)
    lost = [("6110", "D", refunded), ("1130", "C", 10680)]
    assert posted(row["id"])[-1] == ("J42", [("2100", "D", taken), *lost] if taken else lost)
    assert (row["taken_minor"], row["loss_minor"], counters(payment)) == (taken, refunded, (0, 0, 0, taken))
    assert (shop.owes(customer), shop.credit(customer), shop.clearing_agrees()) == (10680, 0, True)


def test_unallocated_money_goes_first(shop: Shop) -> None:
    _, invoice, payment = shop.paid()
    (part,) = standing_allocations(payment)
    allocate.release_allocation(actor=shop.staff, at=at(), allocation_id=part["id"])
    allocate.allocate_payment(
        actor=shop.staff, at=at(), payment_id=payment, parts=[Part(invoice_id=invoice, amount_minor=10000)]
    )
    decide(shop, _told(shop, payment, amount=700), "lost")
    shop.deliver()
    assert (counters(payment), shop.standing(invoice)) == ((9980, 0, 0, 700), ("issued", 700))


def _receipt(shop: Shop) -> tuple[UUID, UUID]:
    """A customer, and a payment by card for two of its invoices: a receipt, which can be un-assigned."""
    customer, first = shop.bill()
    started = shop.collect(customer, first, shop.invoice(customer, 5000))
    shop.customer_pays(started)
    shop.deliver()
    return customer, uid("pay", started["id"])


def test_j42_a_receipt_in_suspense_is_taken_from_suspense(shop: Shop, posted: Any) -> None:
    customer, payment = _receipt(shop)
    allocate.unassign_payment(actor=shop.staff, at=at(), payment_id=payment)
    decide(shop, _told(shop, payment), "lost")
    shop.deliver()
    lost = ("J42", [("2000", "D", 16680), ("1130", "C", 16680)])
    assert posted(only_dispute(payment)["id"])[-1] == lost
    assert (counters(payment), shop.credit(customer), shop.clearing_agrees()) == ((0, 0, 0, 16680), 0, True)


def test_a_payment_in_dispute_stays_with_its_customer(shop: Shop, posted: Any) -> None:
    customer, payment = _receipt(shop)
    _told(shop, payment, amount=1)
    before = (posted(payment), payments.payment(payment))
    with pytest.raises(PaymentInUse):
        allocate.unassign_payment(actor=shop.staff, at=at(), payment_id=payment)
    assert (posted(payment), payments.payment(payment), shop.owes(customer)) == (*before, 0)


def test_an_inquiry_posts_nothing_until_the_money_is_taken(shop: Shop, posted: Any) -> None:
    _, _, payment = shop.paid()
    foreign = dispute_at_gateway(shop, payment, inquiry=True)
    shop.deliver()
    row = only_dispute(payment)
    assert (row["state"], row["fee_minor"], posted(row["id"])) == ("inquiry", 0, [])
    assert (counters(payment), shop.clearing_agrees()) == ((10680, 0, 0, 0), True)
    shape(shop.merchant.post(f"/v1/test/disputes/{foreign}/escalate"))
    shop.deliver()
    assert (only_dispute(payment)["state"], posted(row["id"])) == ("opened", OPENED)
    assert (counters(payment), shop.clearing_agrees()) == ((10680, 0, 10680, 0), True)


def test_an_inquiry_that_ends_well_never_posts(deaf: Shop, posted: Any) -> None:
    payment = _paid_unheard(deaf)
    foreign = dispute_at_gateway(deaf, payment, inquiry=True)
    decide(deaf, foreign, "won")
    deaf.sweep()
    row = only_dispute(payment)
    assert (row["state"], posted(row["id"]), counters(payment)) == ("won", [], (10680, 0, 0, 0))


def test_news_that_come_twice_late_and_out_of_order_change_nothing(shop: Shop, posted: Any) -> None:
    _, invoice, payment = shop.paid()
    foreign = dispute_at_gateway(shop, payment)
    (opened,) = [post for post in shop.posts() if b"dispute.opened" in post.body]
    decide(shop, foreign, "lost")
    (lost,) = [post for post in shop.posts() if b"dispute.lost" in post.body]
    # The end is heard of first: all that led there is caught up.
    shop.receive(lost)
    shop.do_jobs()
    row = only_dispute(payment)
    before = posted(row["id"], payment)
    assert [entry[0] for entry in posted(row["id"])] == ["J40", "J40", "J42"]
    shop.receive(opened, lost, opened)
    shop.do_jobs()
    assert (only_dispute(payment), posted(row["id"], payment)) == (row, before)
    assert (shop.standing(invoice), shop.waiting(), shop.clearing_agrees()) == (("issued", 10680), [], True)


def test_s27_a_dispute_that_no_message_told_is_found_by_asking_in_each_of_its_states(deaf: Shop) -> None:
    payment = _paid_unheard(deaf)
    foreign = dispute_at_gateway(deaf, payment)
    for _ in range(2):
        deaf.sweep()
    assert (only_dispute(payment)["state"], counters(payment)) == ("opened", (10680, 0, 10680, 0))
    decide(deaf, foreign, "lost")
    for _ in range(2):
        deaf.sweep()
    assert (only_dispute(payment)["state"], counters(payment)) == ("lost", (0, 0, 0, 10680))
    assert (deaf.waiting(), deaf.clearing_agrees()) == ([], True)
    assert deaf.inbox()[-2:] == [("dispute.open", "handled"), ("dispute.lost", "handled")]


def test_a_dispute_that_is_heard_of_before_its_payment_is_booked_after_it(deaf: Shop, posted: Any) -> None:
    customer, invoice = deaf.bill()
    started = deaf.collect(customer, invoice)
    deaf.customer_pays(started)
    payment, foreign = uid("pay", started["id"]), deaf.at_gateway(started)["id"]
    # The page answered with the gateway's name for it; that it was paid is not known here.
    shape(deaf.merchant.post(f"/v1/test/payments/{foreign}/dispute"))
    assert payments.payment(payment)["status"] == "processing"
    settled = settle_dispute.ask_disputes(account_id=deaf.account_id, gateway_reference=foreign, at=at())
    assert (settled.answered, settled.doubt, payments.payment(payment)["status"]) == (True, "", "completed")
    assert (counters(payment), deaf.standing(invoice)) == ((10680, 0, 10680, 0), ("issued", 0))


def test_a_silent_gateway_is_asked_again_later(shop: Shop) -> None:
    _, _, payment = shop.paid()
    dispute_at_gateway(shop, payment)
    posts = shop.posts()
    shop.fault("answer_500", method="GET", times=None)
    shop.receive(*posts)
    shop.do_jobs()
    assert shop.inbox()[-1] == ("dispute.opened", "stored")
    shop.clear_faults()
    shop.sweep(minutes=20)
    assert (only_dispute(payment)["state"], shop.inbox()[-1][1]) == ("opened", "handled")


@pytest.mark.parametrize(
    ("changes", "doubt"),
    [
        ({"amount_minor": 10681}, "Only 106.80 EUR of this payment can still be disputed."),
        ({"currency": "USD"}, "The gateway reports a dispute in USD, the payment is in EUR."),
        (
            {"state": DisputeState.LOST, "took_funds": False},
            "This dispute is inquiry; “lose” is not possible from there.",
        ),
    ],
)
def test_what_does_not_fit_our_payment_is_not_booked(
    shop: Shop, posted: Any, changes: dict[str, Any], doubt: str
) -> None:
    _, _, payment = shop.paid()
    before = (posted(payment, shop.account_id), payments.timeline(payment))
    said = {"external_id": "sdsp_x", "state": DisputeState.OPEN, "amount_minor": 10680, "currency": "EUR"}
    facts = DisputeFacts(**({**said, "took_funds": True} | changes))
    told = settle_dispute.settle_dispute(payment_id=payment, account_id=shop.account_id, facts=facts, at=at())
    assert told == doubt
    assert (dispute_queries.disputes_of(payment), counters(payment)) == ([], (10680, 0, 0, 0))
    assert (posted(payment, shop.account_id), payments.timeline(payment)) == before


def test_a_refund_that_fails_gives_back_what_the_dispute_is_about(shop: Shop) -> None:
    _, _, payment = shop.paid(number=PENDING_REFUNDS)
    back = uid("pay", give_back(shop, payment, 4000)["id"])
    dispute_at_gateway(shop, payment)
    shop.deliver()
    assert counters(payment) == (6680, 0, 6680, 0)
    settle.settle_refund(refund_id=back, answer=Answer(outcome=Outcome.DECLINED, decline_code="refused"), at=at())
    assert counters(payment) == (6680, 4000, 10680, 0)


@pytest.mark.parametrize("number", [PENDING_REFUNDS, REFUNDS_FAIL_LATER])
def test_a_refund_that_fails_after_its_dispute_was_lost_is_no_credit(shop: Shop, posted: Any, number: str) -> None:
    customer, _, payment = shop.paid(number=number)
    back = uid("pay", give_back(shop, payment, 4000)["id"])
    if number == REFUNDS_FAIL_LATER:
        shop.deliver()
        assert payments.payment(back)["status"] == "completed"
    decide(shop, dispute_at_gateway(shop, payment), "lost")
    shop.deliver()
    row = only_dispute(payment)
    assert (row["state"], row["taken_minor"], row["loss_minor"]) == ("lost", 6680, 4000)
    before = posted(row["id"])
    if number == REFUNDS_FAIL_LATER:
        shop.service.advance(5)
        shop.deliver()
    else:
        declined = Answer(outcome=Outcome.DECLINED, decline_code="refused")
        settle.settle_refund(refund_id=back, answer=declined, at=at())
    # The payer has it by the dispute: it is no loss any more, and no credit either.
    row = only_dispute(payment)
    assert (row["taken_minor"], row["loss_minor"]) == (10680, 0)
    assert posted(row["id"])[len(before) :] == [("J42", [("2100", "D", 4000), ("6110", "C", 4000)])]
    assert counters(payment) == (0, 0, 0, 10680)
    assert shop.credit(customer) == 0


def test_one_that_staff_recorded_is_the_same_as_the_gateways(shop: Shop, posted: Any) -> None:
    _, _, payment = shop.paid()
    by_hand = dispute.open_dispute(actor=actor("Finance"), at=at(), payment_id=payment, reason="duplicate")
    assert by_hand["gateway_reference"] == ""
    foreign = dispute_at_gateway(shop, payment)
    shop.deliver()
    row = only_dispute(payment)
    assert (row["external_id"], row["reason_code"], row["fee_minor"]) == (foreign, "fraudulent", FEE)
    assert posted(row["id"]) == OPENED
    assert shop.clearing_agrees()
    # From now on the gateway decides.
    for decided in (dispute.win_dispute, dispute.lose_dispute):
        with pytest.raises(dispute.DecidedByGateway):
            decided(actor=actor("Finance"), at=at(), dispute_id=row["id"])
    decide(shop, foreign, "won")
    shop.deliver()
    assert (only_dispute(payment)["state"], shop.clearing_agrees()) == ("won", True)


def test_what_ended_otherwise_here_waits_for_staff(shop: Shop, posted: Any) -> None:
    _, _, payment = shop.paid()
    made = dispute.open_dispute(actor=shop.staff, at=at(), payment_id=payment)
    dispute.lose_dispute(actor=shop.staff, at=at(), dispute_id=uid("dsp", made["id"]))
    before = posted(payment, uid("dsp", made["id"]))
    foreign = dispute_at_gateway(shop, payment)
    decide(shop, foreign, "won")
    shop.deliver()
    assert {row["remark"] for row in shop.messages() if row["state"] == "unmatched"} == {
        "The gateway reports this dispute as won; here it is lost."
    }
    assert posted(payment, uid("dsp", made["id"])) == before


def test_j51_rates_that_moved_are_realised_differences(shop: Shop) -> None:
    with transaction():
        for later, rate in ((-1, "0.85"), (0, "0.80"), (1, "0.82")):
            on = at(days=later).date()
            ledger.set_rate(currency="USD", valid_from=on, rate=Decimal(rate), source="Bank")
    customer = shop.customer(day=YESTERDAY, currency="USD")
    invoice = shop.invoice(customer, 10000, day=YESTERDAY, currency="USD", tax=shop.no_tax)
    started = shop.collect(customer, invoice)
    shop.customer_pays(started)
    shop.deliver()
    payment = uid("pay", started["id"])
    made = dispute.open_dispute(actor=shop.staff, at=at(days=1), payment_id=payment, fee_minor=500)
    dispute.lose_dispute(actor=shop.staff, at=at(days=1), dispute_id=uid("dsp", made["id"]))
    lines = {
        entry["rule"]: [
            (row["account"], row["side"], row["amount_minor"], row["base_minor"]) for row in entry["postings"]
        ]
        for entry in entries_about([uid("dsp", made["id"]), payment])
    }
    # Received at 0.80, taken at 0.82: the credit goes out as it came, the difference is ours.
    assert lines["J42"] == [
        ("2100", "D", 10000, 8000),
        ("1130", "C", 10000, 8200),
        ("6810", "D", 0, 200),
    ]
    assert lines["J40"] == [("6110", "D", 500, 410), ("1120", "C", 500, 410)]
    # The invoice is owed again as it was carried.
    assert ("1200", "D", 10000, 8500) in lines["J09"]


def _told(shop: Shop, payment: UUID, **more: Any) -> str:
    """Disputed at the gateway, and told."""
    foreign = dispute_at_gateway(shop, payment, **more)
    shop.deliver()
    return foreign


def _paid_unheard(shop: Shop) -> UUID:
    customer, invoice = shop.bill()
    started = shop.collect(customer, invoice)
    shop.customer_pays(started)
    shop.sweep()
    return uid("pay", started["id"])
