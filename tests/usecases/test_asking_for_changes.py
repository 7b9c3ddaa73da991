"""Gateway accounts are asked for what changed: how often, since when, and what a silent gateway does to the others."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from tallystick.foundation.ids import new_id
from tallystick.gateways import operations
from tallystick.gateways.port import GatewayUnavailable
from tallystick.payments import queries as payments
from tallystick.usecases import receive
from tests.usecases.shop import Shop, at
from tests.usecases.test_lost_messages import ASKED, HANDLED, declined, succeed_late

pytestmark = pytest.mark.django_db

# Gateways that are down, slow or silent


@pytest.mark.parametrize("fault", ["answer_500", "cut_before", "answer_late"])
def test_a_gateway_that_is_down_or_slow_keeps_its_mark_and_stops_no_other(deaf: Shop, fault: str) -> None:
    other = deaf.service.create_merchant(f"Second {new_id().hex}")
    second = deaf.open_account(other)
    deaf.open_account(deaf.merchant, timeout_seconds=0.3)
    deaf.sweep()
    customer, invoice = deaf.bill()
    first, last = deaf.collect(customer, invoice), deaf.invoice(customer)
    deaf.customer_pays(first)
    deaf.customer_pays(deaf.collect(customer, last, account_id=second))
    before = deaf.found_until
    more = {"seconds": 1} if fault == "answer_late" else {}
    deaf.fault(fault, method="GET", times=None, **more)

    assert sorted(deaf.sweep()) == [HANDLED, ASKED, ASKED]

    assert (deaf.standing(invoice), deaf.standing(last)) == (("issued", 10680), ("issued", 0))
    assert (deaf.found_until, deaf.inbox()) == (before, [])
    with pytest.raises(GatewayUnavailable):
        receive.receive_changes(account_id=deaf.account_id, at=at())
    deaf.clear_faults()
    deaf.sweep()
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
    assert len(deaf.messages()) == 100
    halfway = deaf.found_until
    assert halfway is not None
    deaf.clear_faults()

    assert receive.receive_changes(account_id=deaf.account_id, at=at()) == 3
    assert len({row["fact"] for row in deaf.messages()}) == len(deaf.messages()) == 103
    until = deaf.found_until
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
    shop.sweep(minutes=20)
    assert shop.inbox()[-1] == ("payment.succeeded", "stored")
    shop.clear_faults()

    assert shop.sweep() == [ASKED], "a moment ago its own job may still be at it"
    assert shop.sweep(minutes=20) == [ASKED, HANDLED]

    assert shop.inbox()[-1] == ("payment.succeeded", "handled")
    assert (payments.payment(payment)["status"], shop.standing(invoice)) == ("completed", ("issued", 0))
    assert (len(shop.mails()), shop.clearing_agrees(), shop.credit(customer)) == (1, True, 0)
    assert shop.sweep(minutes=40) == [ASKED]


# Who is asked, and since when


def test_an_account_is_asked_by_one_job_at_a_time_and_a_disabled_one_by_none(deaf: Shop) -> None:
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
    deaf.sweep()
    assert deaf.standing(invoice) == ("issued", 0)
    until = deaf.found_until
    assert until is not None
    assert until > at(minutes=40), "the mark never goes back"

    again = deaf.collect(customer, deaf.invoice(customer))
    _mark(deaf, at(days=1))
    deaf.customer_pays(again)
    assert deaf.sweep() == [ASKED], "and what lies further back is known"


def test_s71_a_gateway_whose_clock_ran_ahead_hides_nothing_from_us(deaf: Shop) -> None:
    deaf.service.advance(2 * 60 * 60)
    deaf.merchant.paid()
    moment = at()
    assert receive.receive_changes(account_id=deaf.account_id, at=moment) == 1
    assert deaf.found_until == moment


def _mark(shop: Shop, moment: datetime) -> None:
    from tallystick.gateways.models import GatewayAccount

    GatewayAccount.objects.filter(id=shop.account_id).update(changes_found_until=moment)
