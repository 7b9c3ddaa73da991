"""Disputes that staff record and decide, and money that a bank sent back (E38d, J40 to J43)."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from tallystick.allocations.queries import standing_allocations
from tallystick.foundation.errors import InvalidField, NotAllowed, NotFound
from tallystick.ledger.queries import entries_about
from tallystick.payments import dispute_queries
from tallystick.payments import queries as payments
from tallystick.payments.cheques import ChequeNotInHand
from tallystick.payments.dispute_states import DisputeTransitionRefused
from tallystick.payments.disputes import DisputeExceedsPayment, DisputeNotAccepted
from tallystick.payments.operations import AmountNotAccepted, PaymentInUse, PaymentNotCompleted, ReceivedInFuture
from tallystick.usecases import allocate, deposit, dispute, month_end, record, refund
from tallystick.usecases.frame import SYSTEM
from tests.scenarios.conftest import World, actor, at, uid, world
from tests.trails import trail_of
from tests.usecases.disputing import counters, only_dispute
from tests.usecases.shop import YESTERDAY, Shop
from tests.usecases.shop import at as moment

__all__ = ["world"]
pytestmark = pytest.mark.django_db

DAY, LATER = "2026-03-01", "2026-03-05"


def received(
    world: World, customer: UUID | None, invoice: UUID | None = None, *, method: str, total: int = 10680
) -> UUID:
    """This function will record money that came by a method, for an invoice if there is one."""
    made = record.record_payment(
        actor=world.staff,
        at=at(DAY),
        total_minor=total,
        currency="EUR",
        customer_id=customer,
        method=method,
        parts=[record.Part(invoice_id=invoice)] if invoice else [],
    )
    return uid("pay", made["id"])


def returned(world: World, payment: UUID, **more: Any) -> dict[str, Any]:
    """This function will record that a bank sent a payment back."""
    return dict(dispute.record_bank_return(**({"actor": world.staff, "at": at(LATER), "payment_id": payment} | more)))


# Bank returns


@pytest.mark.parametrize(
    ("method", "account"), [("direct_debit", "1100"), ("bank_transfer", "1100"), ("cheque", "1110")]
)
def test_j43_what_a_bank_sends_back_is_lost_at_once(world: World, posted: Any, method: str, account: str) -> None:
    customer = world.customer()
    invoice = world.invoice(customer)
    payment = received(world, customer, invoice, method=method)
    told = returned(
        world, payment, actor=actor("Finance"), reason="insufficient_funds", returned_date=at("2026-03-04").date()
    )
    assert (told["kind"], told["state"], told["taken_minor"], told["loss_minor"]) == ("bank_return", "lost", 10680, 0)
    assert (told["reason"], told["reason_text"]) == ("insufficient_funds", "The account did not cover it")
    row = only_dispute(payment)
    assert posted(row["id"]) == [("J43", [("2100", "D", 10680), (account, "C", 10680)])]
    (entry,) = entries_about([row["id"]])
    assert entry["effective_date"] == at("2026-03-04").date()
    assert [each[0] for each in posted(payment)] == ["J04", "J08", "J09", "J43"]
    assert (counters(payment), world.owes(customer), world.credit(customer)) == ((0, 0, 0, 10680), 10680, 0)
    live = world.expected_payment(invoice)
    assert (live["total_minor"], live["replaces_id"], payments.payment(payment)["status"]) == (
        10680,
        payment,
        "completed",
    )
    assert [each["action"] for each in trail_of(row["id"])] == ["record_bank_return"]


def deposited(world: World, payment: UUID, **more: Any) -> Any:
    """This function will record that a cheque was brought to the bank."""
    return deposit.deposit_cheque(**({"actor": actor("Finance"), "at": at("2026-03-03"), "payment_id": payment} | more))


def test_j33_j43_a_cheque_that_bounces_after_it_was_deposited_is_missing_at_the_bank(world: World, posted: Any) -> None:
    payment = received(world, world.customer(), method="cheque", total=5000)
    with pytest.raises(ReceivedInFuture):
        deposited(world, payment, deposited_date=at("2026-03-04").date())
    with pytest.raises(NotAllowed):
        deposited(world, payment, actor=actor("Support"))
    first = deposited(world, payment, deposited_date=at("2026-03-02").date(), idempotency_key="click")
    assert deposited(world, payment, deposited_date=at("2026-03-02").date(), idempotency_key="click") == first
    assert posted(payment)[1:] == [("J33", [("1100", "D", 5000), ("1110", "C", 5000)])]
    assert entries_about([payment])[-1]["effective_date"] == at("2026-03-02").date()
    with pytest.raises(ChequeNotInHand):
        deposited(world, payment)
    returned(world, payment, reason="cheque_bounced")
    assert posted(only_dispute(payment)["id"]) == [("J43", [("2100", "D", 5000), ("1100", "C", 5000)])]
    assert counters(payment) == (0, 0, 0, 5000)


def test_what_is_no_cheque_in_hand_is_not_deposited(world: World, posted: Any) -> None:
    bounced = received(world, world.customer("Bounced"), method="cheque", total=5000)
    returned(world, bounced)
    transferred = received(world, world.customer("Transferred"), method="bank_transfer", total=5000)
    undone = received(world, world.customer("Undone"), method="cheque", total=5000)
    allocate.reverse_payment(actor=world.staff, at=at(LATER), payment_id=undone, reason="Wrong")
    for payment in (bounced, transferred, undone):
        before = posted(payment)
        with pytest.raises(ChequeNotInHand):
            deposited(world, payment, at=at(LATER))
        assert posted(payment) == before


def test_j11_a_deposited_cheque_that_was_recorded_wrongly_is_taken_out_of_the_bank_again(
    world: World, posted: Any
) -> None:
    payment = received(world, None, method="cheque", total=5000)
    deposited(world, payment)
    allocate.reverse_payment(actor=world.staff, at=at(LATER), payment_id=payment, reason="Another one's")
    assert posted(payment)[2:] == [
        ("J33", [("1100", "C", 5000), ("1110", "D", 5000)]),
        ("J11", [("2000", "D", 5000), ("1110", "C", 5000)]),
    ]


def test_j43_money_in_suspense_is_sent_back_out_of_suspense(world: World, posted: Any) -> None:
    payment = received(world, None, method="bank_transfer", total=5000)
    returned(world, payment)
    assert posted(only_dispute(payment)["id"]) == [("J43", [("2000", "D", 5000), ("1100", "C", 5000)])]


def test_what_was_refunded_before_it_was_sent_back_is_a_loss(world: World, posted: Any) -> None:
    customer = world.customer()
    payment = received(world, customer, method="bank_transfer", total=5000)
    refund.refund_payment(
        actor=world.staff, at=at(DAY), payment_id=payment, amount_minor=2000, reason="Kindness", method="cash"
    )
    returned(world, payment)
    lines = [("2100", "D", 3000), ("6110", "D", 2000), ("1100", "C", 5000)]
    assert posted(only_dispute(payment)["id"]) == [("J43", lines)]
    assert (counters(payment), world.credit(customer)) == ((0, 0, 0, 3000), 0)


def test_a_return_is_refused_when_it_cannot_be_and_leaves_no_trace(world: World, posted: Any) -> None:
    customer = world.customer()
    invoice = world.invoice(customer)
    payment = received(world, customer, invoice, method="bank_transfer")
    cash = received(world, customer, method="cash", total=500)
    pending = world.expected_payment(world.invoice(customer))["id"]
    before = (posted(payment, invoice), payments.timeline(payment), world.owes(customer))
    for more, refusal in (
        ({"amount_minor": 10681}, DisputeExceedsPayment),
        ({"amount_minor": 0}, AmountNotAccepted),
        ({"amount_minor": -5}, AmountNotAccepted),
        ({"returned_date": at("2026-03-06").date()}, ReceivedInFuture),
        ({"reason": "no such reason"}, InvalidField),
        ({"payment_id": cash}, DisputeNotAccepted),
        ({"payment_id": pending}, DisputeNotAccepted),
        ({"payment_id": uid("pay", f"pay_{'0' * 12}7{'0' * 3}8{'0' * 15}")}, NotFound),
        ({"actor": actor("Support")}, NotAllowed),
    ):
        with pytest.raises(refusal):
            returned(world, payment, **more)
    assert (posted(payment, invoice), payments.timeline(payment), world.owes(customer)) == before
    assert (dispute_queries.disputes_of(payment), counters(payment)) == ([], (10680, 0, 0, 0))

    returned(world, payment, amount_minor=10000)
    with pytest.raises(DisputeExceedsPayment) as refused:
        returned(world, payment, amount_minor=681)
    assert refused.value.left_minor == 680


def test_a_returned_payment_is_neither_reversed_nor_refunded_any_more(world: World) -> None:
    payment = received(world, world.customer(), method="bank_transfer", total=5000)
    returned(world, payment, amount_minor=4999)
    with pytest.raises(PaymentInUse):
        allocate.reverse_payment(actor=world.staff, at=at(LATER), payment_id=payment, reason="Wrong")
    with pytest.raises(refund.NothingToRefundFrom):
        refund.refund_payment(
            actor=world.staff, at=at(LATER), payment_id=payment, amount_minor=2, reason="Kindness", method="cash"
        )


def test_a_date_in_a_closed_period_becomes_the_first_open_day(world: World) -> None:
    payment = received(world, world.customer(), method="cheque", total=5000)
    month_end.close_month(actor=SYSTEM, at=at("2026-03-02"), month=date(2026, 2, 1))
    returned(world, payment, returned_date=date(2026, 2, 27))
    (entry,) = entries_about([only_dispute(payment)["id"]])
    assert entry["effective_date"] == date(2026, 3, 1)


def test_a_repeated_click_is_done_once(world: World) -> None:
    payment = received(world, world.customer(), method="cheque", total=5000)
    first = returned(world, payment, idempotency_key="click", amount_minor=100)
    assert returned(world, payment, idempotency_key="click", amount_minor=100) == first
    assert counters(payment) == (0, 4900, 0, 100)


# By hand


def test_staff_open_and_win_or_lose_a_dispute(shop: Shop, posted: Any) -> None:
    finance = actor("Finance")
    customer, invoice, payment = shop.paid()
    told = dispute.open_dispute(
        actor=finance, at=moment(), payment_id=payment, amount_minor=4000, reason="not_received", fee_minor=1500
    )
    assert (told["state"], told["amount_minor"], told["fee_minor"], told["fee_currency"]) == (
        "opened",
        4000,
        1500,
        "EUR",
    )
    won = dispute.win_dispute(actor=finance, at=moment(), dispute_id=uid("dsp", told["id"]), fee_returned=True)
    assert (won["state"], won["fee_returned"]) == ("won", True)
    assert [each[0] for each in posted(uid("dsp", told["id"]))] == ["J40", "J40", "J41"]
    assert (counters(payment), shop.clearing_agrees()) == ((10680, 0, 0, 0), True)

    again = dispute.open_dispute(actor=finance, at=moment(), payment_id=payment)
    lost = dispute.lose_dispute(actor=finance, at=moment(), dispute_id=uid("dsp", again["id"]))
    assert (lost["state"], lost["taken_minor"], lost["closed_at"] is not None) == ("lost", 10680, True)
    assert (shop.standing(invoice), shop.owes(customer)) == (("issued", 10680), 10680)
    trail = [(each["action"], each["actor_label"]) for each in trail_of(uid("dsp", again["id"]))]
    assert trail == [("open_dispute", finance.label), ("lose_dispute", finance.label)]
    for decided in (dispute.win_dispute, dispute.lose_dispute):
        with pytest.raises(DisputeTransitionRefused):
            decided(actor=finance, at=moment(), dispute_id=uid("dsp", again["id"]))


def test_credit_in_dispute_pays_no_new_invoice_by_itself(shop: Shop) -> None:
    customer, invoice, payment = shop.paid()
    (part,) = standing_allocations(payment)
    allocate.release_allocation(actor=shop.staff, at=moment(), allocation_id=part["id"])
    told = dispute.open_dispute(actor=shop.staff, at=moment(), payment_id=payment, amount_minor=100)
    new = shop.invoice(customer, day=YESTERDAY)
    assert (shop.standing(new), shop.credit(customer)) == (("issued", 10680), 10680)
    dispute.win_dispute(actor=shop.staff, at=moment(), dispute_id=uid("dsp", told["id"]))
    newest = shop.invoice(customer, 100, day=YESTERDAY)
    assert (shop.standing(newest), shop.credit(customer)) == (("issued", 0), 10560)
    assert shop.standing(invoice) == ("issued", 10680)


def test_a_dispute_is_refused_when_it_cannot_be(shop: Shop) -> None:
    customer, _, payment = shop.paid()
    by_transfer = received(shop, customer, method="bank_transfer", total=5000)
    waiting = shop.expected_payment(shop.invoice(customer))["id"]
    opened = {"actor": shop.staff, "at": moment(), "payment_id": payment}
    for more, refusal in (
        ({"payment_id": by_transfer}, DisputeNotAccepted),
        ({"payment_id": waiting}, DisputeNotAccepted),
        ({"amount_minor": 10681}, DisputeExceedsPayment),
        ({"amount_minor": 0}, AmountNotAccepted),
        ({"fee_minor": -1}, InvalidField),
        ({"reason": "returned"}, InvalidField),
        ({"actor": actor("Read-only")}, NotAllowed),
        ({"actor": actor("Engineer")}, NotAllowed),
    ):
        with pytest.raises(refusal):
            dispute.open_dispute(**(opened | more))
    assert dispute_queries.disputes_of(payment) == dispute_queries.disputes_of(by_transfer) == []
    dispute.open_dispute(**opened, amount_minor=10000)
    with pytest.raises(DisputeExceedsPayment):
        dispute.open_dispute(**opened, amount_minor=681)
    assert counters(payment) == (10680, 0, 10000, 0)


def test_the_list_has_open_ones_first_by_the_day_on_which_evidence_is_due(shop: Shop) -> None:
    made = []
    for due in (None, "2099-02-01", "2099-01-01"):
        _, _, payment = shop.paid(1000)
        told = dispute.open_dispute(
            actor=shop.staff,
            at=moment(),
            payment_id=payment,
            evidence_due_date=at(due).date() if due else None,
        )
        made.append(uid("dsp", told["id"]))
    dispute.win_dispute(actor=shop.staff, at=moment(), dispute_id=made[1])
    assert dispute_queries.open_count() == 2
    first = dispute_queries.disputes_page(dispute_queries.DisputeFilter(), limit=2)
    assert [row["id"] for row in first.rows] == [made[2], made[0]]
    rest = dispute_queries.disputes_page(dispute_queries.DisputeFilter(), cursor=first.next_cursor)
    assert [row["id"] for row in rest.rows] == [made[1]]


def test_a_payment_that_is_not_there_is_not_disputed(shop: Shop) -> None:
    customer, invoice = shop.bill()
    started = shop.collect(customer, invoice)
    with pytest.raises((PaymentNotCompleted, DisputeNotAccepted)):
        dispute.open_dispute(actor=shop.staff, at=moment(), payment_id=uid("pay", started["id"]))
