"""Messages that fit nothing are closed with a reason and opened again (S19)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError

from tallystick.foundation.card_numbers import CardNumberNotAccepted
from tallystick.foundation.errors import InvalidField, NotAllowed, NotFound
from tallystick.foundation.ids import new_id, public_id
from tallystick.foundation.models import AuditEntry
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import savepoint, transaction
from tallystick.gateways import operations, queries
from tallystick.gateways.message_states import EVENTS, OPEN, STATES, TRANSITIONS, MessageTransitionRefused, next_state
from tallystick.gateways.models import InboxMessage
from tallystick.usecases import inbox, receive
from tallystick.usecases.frame import SYSTEM, ScopeTooNarrow
from tallystick.usecases.roles import EVERYTHING, ROLES
from tests.gateway_messages import inbox_message
from tests.trails import trail_of
from tests.usecases.shop import Shop, at

pytestmark = pytest.mark.django_db
WHY = "A test of the payment service"


def close(message_id: UUID, actor: Actor = SYSTEM, **more: Any) -> Any:
    return inbox.close_message(actor=actor, at=at(), message_id=message_id, **{"reason": WHY, **more})


def reopen(message_id: UUID, actor: Actor = SYSTEM, **more: Any) -> Any:
    return inbox.reopen_message(actor=actor, at=at(), message_id=message_id, **more)


def listed(*states: str) -> list[UUID]:
    return [row["id"] for row in queries.messages_page(states=states).rows]


def refused(act: Callable[[], Any], kind: type[Exception]) -> None:
    """This function will see that an act is refused and leaves no trace."""

    def state() -> Any:
        return (AuditEntry.objects.count(), list(InboxMessage.objects.order_by("id").values()))

    before = state()
    with pytest.raises(kind):
        act()
    assert state() == before


def test_s19_a_message_is_closed_with_a_reason_and_opened_again(shop: Shop) -> None:
    first, second = (inbox_message(shop.account_id, f"evt_{number}") for number in (1, 2))
    told = close(first, reason=f" {WHY} ")
    assert (told["state"], told["closed_reason"], told["remark"]) == ("closed", WHY, "It fits no payment of ours.")
    assert (listed(*OPEN), listed("closed")) == ([second], [first])
    assert shop.waiting() == ["payment.succeeded"]
    told = reopen(first)
    assert (told["state"], told["closed_reason"]) == ("unmatched", "")
    assert (listed(*OPEN), listed("closed")) == ([first, second], [])
    assert [(each["action"], each["after"].get("reason")) for each in trail_of(first)] == [
        ("close_message", WHY),
        ("reopen_message", None),
    ]


def test_what_is_sent_twice_is_done_once(shop: Shop) -> None:
    message_id = inbox_message(shop.account_id, "evt_1")
    first = close(message_id, idempotency_key="a")
    reopen(message_id, idempotency_key="b")
    assert close(message_id, idempotency_key="a") == first
    assert (listed("unmatched"), len(trail_of(message_id))) == ([message_id], 2)


@pytest.mark.parametrize("state", STATES)
def test_only_what_waits_for_staff_is_closed(shop: Shop, state: str) -> None:
    for event in EVENTS:
        if (state, event) not in TRANSITIONS:
            with pytest.raises(MessageTransitionRefused, match=f"This message is {state}"):
                next_state(message_id=new_id(), state=state, event=event)
    if state in {"stored", "handled", "ignored"}:
        message_id = inbox_message(shop.account_id, "evt_1", state=state)
        refused(lambda: close(message_id), MessageTransitionRefused)
        refused(lambda: reopen(message_id), MessageTransitionRefused)


def test_refusals_leave_no_trace(shop: Shop) -> None:
    message_id = inbox_message(shop.account_id, "evt_1")
    finance = Actor(kind="api_key", id="f", label="F", permissions=ROLES["Finance"])
    narrow = Actor(kind="api_key", id="n", label="N", permissions=EVERYTHING, scope=("customer", new_id()))
    for act in (close, reopen):
        refused(lambda act=act: act(message_id, finance), NotAllowed)
        refused(lambda act=act: act(message_id, narrow), ScopeTooNarrow)
        refused(lambda act=act: act(new_id()), NotFound)
    refused(lambda: reopen(message_id), MessageTransitionRefused)
    refused(lambda: close(message_id, reason="  "), InvalidField)
    refused(lambda: close(message_id, reason="x" * 201), InvalidField)
    refused(lambda: close(message_id, reason="4242 4242 4242 4242"), CardNumberNotAccepted)
    close(message_id)
    refused(lambda: close(message_id), MessageTransitionRefused)


def test_what_staff_closed_stays_closed_when_its_job_comes_late(shop: Shop) -> None:
    shop.merchant.paid(reference=public_id("att", new_id()))
    shop.deliver()
    [message_id] = listed("unmatched")
    close(message_id)
    assert receive.handle_message(message_id=message_id, at=at()) == "unmatched"
    assert (listed("closed"), shop.waiting()) == ([message_id], [])


def test_the_database_keeps_reasons_with_closed_messages_alone(shop: Shop) -> None:
    message_id = inbox_message(shop.account_id, "evt_1")
    for wrong in ({"state": "closed"}, {"closed_reason": WHY}):
        with transaction(), pytest.raises(IntegrityError, match="closed_message_has_a_reason"), savepoint():
            InboxMessage.objects.filter(id=message_id).update(**wrong)
    with transaction():
        operations.close(message_id, reason=WHY)
    assert listed("closed") == [message_id]
