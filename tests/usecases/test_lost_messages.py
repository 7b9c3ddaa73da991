"""Messages that are lost for good: what they told is found by asking, and walks the same way (S11, S12, S27, S30, S32).

The shop of these stories has no webhook endpoint, unless a story says so: nothing that its gateway does is told.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from tallystick.foundation.ids import new_id, public_id
from tallystick.gateways import operations, queries
from tallystick.gateways.port import Answer, GatewayUnavailable, MessageRefused, Outcome
from tallystick.payments import queries as payments
from tallystick.usecases import collect, receive, record, settle
from tests.gateways.receiver import Receiver
from tests.sandbox_service import SandboxService, shape
from tests.scenarios.conftest import uid
from tests.usecases.shop import DECLINED, VISA, Shop, at
from tests.usecases.test_refunds import REFUNDS_FAIL_LATER, give_back

pytestmark = pytest.mark.django_db

ASKED = "gateways.receive_changes"
HANDLED = "gateways.handle_message"


@pytest.fixture
def deaf(db: None, service: SandboxService, receiver: Receiver) -> Shop:
    """A shop to which its gateway tells nothing."""
    return Shop(service, receiver, is_told=False)


def sweep(shop: Shop, **later: float) -> list[str]:
    """This function will do what the clock sets off, now or later: have every account asked, and do the jobs of that.

    It returns the jobs that were done.
    """
    receive.ask_for_changes()
    return shop.do_jobs(**later)


def found_until(shop: Shop) -> datetime | None:
    """This function will return the mark of the shop's account."""
    found: datetime | None = queries.account(shop.account_id)["changes_found_until"]
    return found


def messages(shop: Shop) -> list[dict[str, Any]]:
    """This function will return the rows of the inbox in the order of their coming."""
    from tallystick.gateways.models import InboxMessage

    rows = InboxMessage.objects.filter(account_id=shop.account_id).order_by("received_at", "id")
    return [dict(row) for row in rows.values("id", "external_id", "kind", "state", "remark", "fact", "reference")]


def declined(shop: Shop) -> tuple[UUID, UUID, UUID, str]:
    """This function will return a customer, an invoice, its payment that failed and is over, and the gateway's id."""
    customer, invoice = shop.bill()
    started = shop.collect(customer, invoice)
    shop.customer_pays(started, DECLINED)
    collect.ask(attempt_id=uid("att", started["attempts"][0]["id"]), at=at())
    payment = uid("pay", started["id"])
    assert payments.payment(payment)["status"] == "failed"
    return customer, invoice, payment, shop.at_gateway(started)["id"]


def succeed_late(shop: Shop, payment_at_gateway: str) -> None:
    """The bank reports a success after all, and nobody tells us."""
    shape(shop.merchant.post(f"/v1/test/payments/{payment_at_gateway}/succeed-late"))


# What was lost is found


def test_s11_s27_a_success_that_no_message_told_is_booked_once(deaf: Shop, posted: Any) -> None:
    customer, invoice = deaf.bill()
    started = deaf.collect(customer, invoice)
    deaf.customer_pays(started)

    assert sweep(deaf) == [ASKED, HANDLED]

    payment = uid("pay", started["id"])
    assert (payments.payment(payment)["status"], deaf.standing(invoice)) == ("completed", ("issued", 0))
    (told,) = messages(deaf)
    facts = (told["kind"], told["state"], told["reference"])
    assert facts == ("payment.succeeded", "handled", started["attempts"][0]["id"])
    before = posted(payment, deaf.account_id)
    assert sweep(deaf) == [ASKED]
    assert (posted(payment, deaf.account_id), len(deaf.mails()), len(messages(deaf))) == (before, 1, 1)
    assert (deaf.charges(), deaf.owes(customer), deaf.clearing_agrees()) == ([10680], 0, True)


def test_s12_s27_money_for_a_checkout_that_was_given_up_is_a_new_receipt_linked(deaf: Shop, posted: Any) -> None:
    customer, invoice = deaf.bill()
    started = deaf.collect(customer, invoice)
    collect.sweep(at=at(hours=25))
    payment = uid("pay", started["id"])
    assert payments.payment(payment)["cancel_reason"] == "abandoned"
    succeed_late(deaf, deaf.at_gateway(started)["id"])
    assert collect.sweep(at=at(hours=25)) == 0, "our own row is final: nobody asks about it"

    for _ in range(2):
        sweep(deaf)

    assert payments.payment(payment)["status"] == "cancelled", "cancelled is final"
    (receipt,) = payments.payments_page(payments.PaymentFilter(customer_id=customer, kind="receipt")).rows
    assert (receipt["status"], receipt["allocated_minor"], receipt["replaces_id"]) == ("completed", 10680, payment)
    assert [entry[0] for entry in posted(receipt["id"])] == ["J04", "J08"]
    assert (deaf.standing(invoice), deaf.owes(customer), deaf.credit(customer)) == (("issued", 0), 0, 0)
    assert deaf.mails() == [{"payment_id": str(receipt["id"])}]
    assert (deaf.charges(), deaf.clearing_agrees()) == ([10680], True)


def test_s12_s27_a_late_success_of_what_was_paid_otherwise_is_credit(deaf: Shop) -> None:
    customer, invoice, payment, foreign = declined(deaf)
    sweep(deaf)
    today = datetime.now(tz=UTC).date()
    record.mark_paid(actor=deaf.staff, at=at(), payment_id=payment, received_date=today, method="cash")
    succeed_late(deaf, foreign)

    for _ in range(2):
        sweep(deaf)

    (late,) = payments.unallocated(customer, "EUR")
    assert (late["replaces_id"], late["unallocated_minor"], late["account_id"]) == (payment, 10680, deaf.account_id)
    assert (deaf.standing(invoice), deaf.credit(customer), deaf.clearing_agrees()) == (("issued", 0), 10680, True)
    assert deaf.inbox() == [("payment.failed", "handled"), ("payment.succeeded", "handled")]


def test_s27_s32_j30_a_refund_that_failed_after_completion_is_taken_back(deaf: Shop, posted: Any) -> None:
    customer, invoice = deaf.bill()
    started = deaf.collect(customer, invoice)
    deaf.customer_pays(started, REFUNDS_FAIL_LATER)
    collect.sweep(at=at(minutes=3))
    back = uid("pay", give_back(deaf, uid("pay", started["id"]), 4000)["id"])
    sweep(deaf)
    assert (payments.payment(back)["status"], payments.payment(back)["reversed_at"]) == ("completed", None)
    deaf.service.advance(5)

    for _ in range(2):
        sweep(deaf)

    row = payments.payment(back)
    assert (row["status"], row["reversed_at"] is not None, row["failure_code"]) == ("completed", True, "refund_failed")
    assert [entry[0] for entry in posted(back)] == ["J27", "J30"]
    assert (deaf.credit(customer), deaf.refunds(), deaf.clearing_agrees()) == (4000, [], True)
    assert deaf.inbox() == [
        ("payment.succeeded", "handled"),
        ("refund.succeeded", "handled"),
        ("refund.failed", "handled"),
    ]


def test_s27_s30_a_dispute_that_no_message_told_waits_for_staff_once_for_each_of_its_states(deaf: Shop) -> None:
    customer, invoice = deaf.bill()
    started = deaf.collect(customer, invoice)
    deaf.customer_pays(started)
    sweep(deaf)
    foreign = deaf.at_gateway(started)["id"]
    dispute = shape(deaf.merchant.post(f"/v1/test/payments/{foreign}/dispute"))["id"]
    for _ in range(2):
        sweep(deaf)
    assert (deaf.waiting(), deaf.standing(invoice)) == (["dispute.open"], ("issued", 0))
    assert [row["reference"] for row in messages(deaf) if row["state"] == "unmatched"] == [foreign]

    shape(deaf.merchant.post(f"/v1/test/disputes/{dispute}/close", {"outcome": "lost"}))
    for _ in range(2):
        sweep(deaf)
    assert deaf.waiting() == ["dispute.open", "dispute.lost"]


def test_s19_s27_money_of_another_shop_at_our_account_waits_for_staff(deaf: Shop) -> None:
    deaf.merchant.paid(reference="order-4711 of another shop")
    deaf.merchant.paid(reference=public_id("att", new_id()))
    for _ in range(2):
        sweep(deaf)
    assert deaf.waiting() == ["payment.succeeded"] * 2


# Messages and asking tell the same


def test_what_a_message_told_is_no_news(shop: Shop) -> None:
    customer, invoice, _ = shop.paid()
    (told,) = messages(shop)
    assert told["fact"].endswith("/succeeded")
    assert receive.receive_changes(account_id=shop.account_id, at=at()) == 0
    assert (len(messages(shop)), shop.do_jobs(), shop.credit(customer)) == (1, [], 0)
    assert shop.standing(invoice) == ("issued", 0)


def test_s13_a_message_that_comes_after_the_sweep_changes_nothing(shop: Shop) -> None:
    customer, invoice = shop.bill()
    shop.customer_pays(shop.collect(customer, invoice))
    sweep(shop)
    assert shop.standing(invoice) == ("issued", 0)
    shop.deliver()
    assert shop.inbox() == [("payment.succeeded", "handled")] * 2
    assert (len(shop.mails()), shop.charges(), shop.credit(customer), shop.clearing_agrees()) == (1, [10680], 0, True)


@pytest.mark.parametrize("message_first", [True, False])
def test_s30_a_dispute_that_is_told_both_ways_waits_once(shop: Shop, *, message_first: bool) -> None:
    _, _, payment = shop.paid()
    (attempt,) = payments.attempts(payment)
    shape(shop.merchant.post(f"/v1/test/payments/{attempt['gateway_reference']}/dispute"))
    both: list[Callable[[], object]] = [shop.deliver, lambda: sweep(shop)]
    for tell in both if message_first else reversed(both):
        tell()
    assert shop.waiting() == (["dispute.opened"] if message_first else ["dispute.open"])
    if not message_first:
        assert shop.inbox()[-1] == ("dispute.opened", "ignored"), "kept all the same"


def test_a_checkout_that_waits_for_its_customer_is_no_news_and_a_setup_nothing_to_us(deaf: Shop) -> None:
    customer, invoice = deaf.bill()
    deaf.collect(customer, invoice)
    assert (sweep(deaf), messages(deaf)) == ([ASKED], [])
    assert found_until(deaf) is not None
    deaf.merchant.stored_card()
    sweep(deaf)
    assert deaf.inbox() == [("setup.succeeded", "ignored")]


# What our books cannot follow


def test_s08_s12_a_late_success_with_another_amount_waits_for_staff_and_is_not_booked(deaf: Shop, posted: Any) -> None:
    customer, invoice = deaf.bill()
    deaf.fault("cut_before")
    started = deaf.collect(customer, invoice)
    collect.sweep(at=at(minutes=3))
    payment, reference = uid("pay", started["id"]), started["attempts"][0]["id"]
    assert payments.payment(payment)["status"] == "cancelled"
    # The order comes through after all, and is not what we ordered.
    deaf.merchant.paid(reference=reference, amount=10780)

    for _ in range(2):
        sweep(deaf)

    (told,) = messages(deaf)
    reason = "The gateway reports 107.80 EUR, ordered were 106.80 EUR."
    assert (told["kind"], told["state"], told["remark"]) == ("payment.succeeded", "unmatched", reason)
    assert (payments.payment(payment)["status"], posted(payment)) == ("cancelled", [])
    assert payments.attempt(uid("att", reference))["state"] == "not_performed"
    assert (deaf.standing(invoice), deaf.credit(customer), deaf.mails()) == (("issued", 10680), 0, [])


def test_a_refund_that_the_gateway_paid_though_it_failed_here_waits_for_staff(deaf: Shop, posted: Any) -> None:
    customer, invoice = deaf.bill()
    started = deaf.collect(customer, invoice)
    deaf.customer_pays(started)
    sweep(deaf)
    payment, foreign = uid("pay", started["id"]), deaf.at_gateway(started)["id"]
    dispute = shape(deaf.merchant.post(f"/v1/test/payments/{foreign}/dispute"))["id"]
    refused = uid("pay", give_back(deaf, payment, 4000)["id"])
    assert payments.payment(refused)["status"] == "failed"
    shape(deaf.merchant.post(f"/v1/test/disputes/{dispute}/close", {"outcome": "won"}))
    # An order of ours that the gateway held back comes through after all.
    order = {"payment": foreign, "amount": 4000, "reference": public_id("ref", refused)}
    shape(deaf.merchant.post("/v1/refunds", order))

    for _ in range(2):
        sweep(deaf)

    reason = "The gateway paid this refund, which counts as not paid here: the money left, and is in no book."
    (told,) = [row for row in messages(deaf) if row["kind"] == "refund.succeeded"]
    assert (told["state"], told["remark"]) == ("unmatched", reason)
    doubts = [event["detail"] for event in payments.timeline(refused) if event["event"] == "doubt"]
    assert doubts == [{"reason": reason}]
    assert (payments.payment(refused)["status"], posted(refused), deaf.credit(customer)) == ("failed", [], 4000)
    assert not deaf.clearing_agrees(), "which is what staff have to see to"


def test_s31_a_success_that_the_gateway_takes_back_is_a_doubt_and_the_books_stay(shop: Shop, posted: Any) -> None:
    _, invoice, payment = shop.paid()
    (attempt,) = payments.attempts(payment)
    before = posted(payment)
    for outcome in (Outcome.DECLINED, Outcome.NOT_PERFORMED):
        settled = settle.settle_attempt(attempt_id=attempt["id"], answer=Answer(outcome=outcome), at=at())
        assert settled.doubt == "The gateway says that this was not paid; here it was, and stands in the books."
    settled = settle.settle_attempt(attempt_id=attempt["id"], answer=Answer(outcome=Outcome.PENDING), at=at())
    assert (settled.answered, settled.doubt) == (True, "")
    (now,) = payments.attempts(payment)
    assert (now["state"], posted(payment), shop.standing(invoice)) == ("succeeded", before, ("issued", 0))


def test_s18_changes_of_the_other_mode_are_refused_and_nothing_of_them_is_kept(deaf: Shop) -> None:
    deaf.merchant.paid()
    live = deaf.open_account(deaf.merchant, is_live=True)
    with pytest.raises(MessageRefused):
        receive.receive_changes(account_id=live, at=at())
    assert queries.account(live)["changes_found_until"] is None
    assert (queries.waiting_messages(received_before=at(minutes=1)), deaf.do_jobs()) == ([], [])


# Gateways that are down, slow or silent


@pytest.mark.parametrize("fault", ["answer_500", "cut_before", "answer_late"])
def test_a_gateway_that_is_down_or_slow_keeps_its_mark_and_stops_no_other(deaf: Shop, fault: str) -> None:
    other = deaf.service.create_merchant(f"Second {new_id().hex}")
    second = deaf.open_account(other)
    deaf.open_account(deaf.merchant, timeout_seconds=0.3)
    sweep(deaf)
    customer, invoice = deaf.bill()
    first, last = deaf.collect(customer, invoice), deaf.invoice(customer)
    deaf.customer_pays(first)
    deaf.customer_pays(deaf.collect(customer, last, account_id=second))
    before = found_until(deaf)
    more = {"seconds": 1} if fault == "answer_late" else {}
    deaf.fault(fault, method="GET", times=None, **more)

    assert sorted(sweep(deaf)) == [HANDLED, ASKED, ASKED]

    assert (deaf.standing(invoice), deaf.standing(last)) == (("issued", 10680), ("issued", 0))
    assert (found_until(deaf), deaf.inbox()) == (before, [])
    with pytest.raises(GatewayUnavailable):
        receive.receive_changes(account_id=deaf.account_id, at=at())
    deaf.clear_faults()
    sweep(deaf)
    assert deaf.standing(invoice) == ("issued", 0)


def test_a_gateway_that_falls_silent_between_pages_is_gone_on_with_from_there(
    deaf: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = deaf.merchant.stored_card()
    for _ in range(102):
        deaf.merchant.create_payment(token=token, amount=100)
    keep = operations.keep_changes

    def keep_and_fall_silent(*args: Any, **more: Any) -> list[UUID]:
        kept = keep(*args, **more)
        deaf.fault("answer_500", method="GET", times=None)
        return kept

    with monkeypatch.context() as patch:
        patch.setattr(operations, "keep_changes", keep_and_fall_silent)
        with pytest.raises(GatewayUnavailable):
            receive.receive_changes(account_id=deaf.account_id, at=at())
    assert len(messages(deaf)) == 100
    halfway = found_until(deaf)
    assert halfway is not None
    deaf.clear_faults()

    assert receive.receive_changes(account_id=deaf.account_id, at=at()) == 3
    assert len({row["fact"] for row in messages(deaf)}) == len(messages(deaf)) == 103
    until = found_until(deaf)
    assert until is not None
    assert until >= halfway
    assert receive.receive_changes(account_id=deaf.account_id, at=at()) == 0


def test_s12_a_message_that_the_silent_gateway_did_not_confirm_is_taken_up_again(shop: Shop) -> None:
    customer, invoice, payment, foreign = declined(shop)
    shop.deliver()
    succeed_late(shop, foreign)
    posts = shop.posts()
    shop.fault("answer_500", method="GET", times=None)
    shop.receive(*posts)
    assert shop.do_jobs() == [HANDLED]
    assert shop.inbox()[-1] == ("payment.succeeded", "stored"), "a hint that nobody confirmed is not done with"
    assert payments.payment(payment)["status"] == "failed"
    sweep(shop, minutes=20)
    assert shop.inbox()[-1] == ("payment.succeeded", "stored")
    shop.clear_faults()

    assert sweep(shop) == [ASKED], "a moment ago its own job may still be at it"
    assert sweep(shop, minutes=20) == [ASKED, HANDLED]

    assert shop.inbox()[-1] == ("payment.succeeded", "handled")
    assert (payments.payment(payment)["status"], shop.standing(invoice)) == ("completed", ("issued", 0))
    assert (len(shop.mails()), shop.clearing_agrees(), shop.credit(customer)) == (1, True, 0)
    assert sweep(shop, minutes=40) == [ASKED]


# Who is asked, and since when


def test_an_account_is_asked_by_one_job_at_a_time_and_a_disabled_one_by_none(deaf: Shop) -> None:
    from django.db import connection

    from tallystick.gateways.models import GatewayAccount

    second = deaf.open_account(deaf.service.create_merchant(f"Second {new_id().hex}"))
    assert receive.ask_for_changes() == 2
    assert receive.ask_for_changes() == 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args ->> 'account_id', lock = queueing_lock FROM procrastinate_jobs WHERE task_name = %s", [ASKED]
        )
        waiting = dict(cursor.fetchall())
    assert waiting == {str(deaf.account_id): True, str(second): True}
    assert deaf.do_jobs() == [ASKED, ASKED]
    GatewayAccount.objects.filter(id=second).update(enabled=False)
    assert receive.ask_for_changes() == 1


def test_an_account_is_asked_from_an_hour_before_its_mark_for_lists_lag(deaf: Shop) -> None:
    customer, invoice = deaf.bill()
    started = deaf.collect(customer, invoice)
    _mark(deaf, at(minutes=50))
    deaf.customer_pays(started)
    sweep(deaf)
    assert deaf.standing(invoice) == ("issued", 0)
    until = found_until(deaf)
    assert until is not None
    assert until > at(minutes=40), "the mark never goes back"

    again = deaf.collect(customer, deaf.invoice(customer))
    _mark(deaf, at(days=1))
    deaf.customer_pays(again, VISA)
    assert sweep(deaf) == [ASKED], "and what lies further back is known"


def test_s71_a_gateway_whose_clock_ran_ahead_hides_nothing_from_us(deaf: Shop) -> None:
    deaf.service.advance(2 * 60 * 60)
    deaf.merchant.paid()
    moment = at()
    assert receive.receive_changes(account_id=deaf.account_id, at=moment) == 1
    assert found_until(deaf) == moment


def _mark(shop: Shop, moment: datetime) -> None:
    from tallystick.gateways.models import GatewayAccount

    GatewayAccount.objects.filter(id=shop.account_id).update(changes_found_until=moment)
