"""Messages from gateways: verified, stored with their job in one transaction, answered at once, handled by the job.

A message may be lost for good. So every account is asked now and then for what changed there, and what no message told
walks the same way: stored, then handled by the same job.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final
from uuid import UUID

from tallystick.foundation import jobs
from tallystick.foundation.errors import NotFound
from tallystick.foundation.ids import parse_public_id
from tallystick.foundation.transactions import require_outside, transaction
from tallystick.gateways import operations as gateways
from tallystick.gateways import queries
from tallystick.gateways.port import About, Change, Hint, MessageRefused
from tallystick.gateways.registry import open_gateway
from tallystick.payments import queries as payment_queries
from tallystick.payments import setups
from tallystick.usecases import collect, method_setups, settle, settle_dispute
from tallystick.wire import builders
from tallystick.wire.ids import method_setup_id_of

# How far before its mark an account is asked again: the services' clocks differ, and their lists lag.
OVERLAP: Final = timedelta(hours=1)
# So many changes are kept in one transaction; a walk that is cut off goes on behind them.
KEPT_AT_ONCE: Final = 100
# When nothing has acted on a message for so long, its job has used up its tries, or found the gateway silent.
FORGOTTEN_AFTER: Final = timedelta(minutes=15)
TAKEN_UP_AT_ONCE: Final = 1000


def receive_messages(*, account_id: UUID, headers: Mapping[str, str], body: bytes, at: datetime) -> int:
    """This function will verify raw bytes and store each message in them, once, with the job that handles it.

    Returns how many of them are new. A repeat is no error: it changes nothing.

    Raises:
        NotFound: when there is no such account.
        MessageRefused: when it is not proven to come from the service, or is of the other mode (S18).
        MessageChanged: when an id came before with another body.
    """
    account = queries.account(account_id)
    messages = open_gateway(account_id).read_messages(headers=headers, body=body, at=at)
    for message in messages:
        _require_mode(message, is_live=account["is_live"])
    new = 0
    with transaction():
        for message in messages:
            message_id = gateways.store(account_id, message, headers=headers, at=at)
            if message_id is not None:
                jobs.defer("gateways.handle_message", message_id=str(message_id))
                new += 1
    return new


def ask_for_changes() -> int:
    """This function will have every enabled account asked for what changed there, and return how many will be.

    Each is asked by a job of its own, so that one that is silent or slow keeps no other waiting; one whose last job has
    not begun yet gets no second.
    """
    begun = 0
    with transaction():
        for account in queries.accounts(enabled_only=True):
            name = f"gateways.receive_changes {account['id']}"
            job = jobs.defer("gateways.receive_changes", account_id=str(account["id"]), lock=name, queueing_lock=name)
            begun += job is not None
    return begun


def receive_changes(*, account_id: UUID, at: datetime) -> int:
    """This function will ask an account for what changed since its mark, and store what no message told, with its job.

    The mark moves with each part that is stored. So a walk that is cut off, or a gateway that falls silent in it, loses
    nothing: the next one goes on from there. Two at once store everything once.

    Returns how many changes were news.

    Raises:
        NotFound: when there is no such account.
        GatewayUnavailable: when the gateway does not answer; what was stored before stays.
        MessageRefused: when a change is of the other mode (S18).
    """
    require_outside("Calling a gateway")
    account = queries.account(account_id)
    since = (account["changes_found_until"] or account["created_at"]) - OVERLAP
    changes = open_gateway(account_id).changes(since=since)
    new = 0
    while part := list(islice(changes, KEPT_AT_ONCE)):
        for change in part:
            _require_mode(change, is_live=account["is_live"])
        new += _keep(account_id, part, at=at)
    _take_up_forgotten(account_id, at=at)
    return new


def handle_message(*, message_id: UUID, at: datetime) -> str:
    """This function will act on a stored message or change, and return what became of it.

    It is a hint: what it is about is asked for at the gateway. Handled: we hold what the gateway says. Ignored: it is
    nothing to us. Unmatched: it fits no payment of ours, or differs from what we hold, and waits in a queue that staff
    see. Still stored: the gateway did not answer; it is taken up again once the gateway does. Safe to run twice.

    Raises:
        NotFound: when there is no such message.
    """
    message = queries.message(message_id)
    try:
        state, remark = _act_on(message, at=at)
    except NotFound:
        state, remark = "unmatched", "It fits no payment of ours."
    if state != "stored":
        with transaction():
            gateways.mark(message_id, state=state, remark=remark, at=at)
    return state


def _act_on(message: dict[str, Any], *, at: datetime) -> tuple[str, str]:
    """Return the state of the message then, and why."""
    match message["about"]:
        case About.PAYMENT:
            attempt_id = parse_public_id(builders.ATTEMPT, message["reference"], kind="attempt")
            _require_account(payment_queries.attempt(attempt_id)["account_id"], message["account_id"])
            settled = collect.ask(attempt_id=attempt_id, at=at)
        case About.REFUND:
            refund_id = parse_public_id(builders.REFUND_REFERENCE, message["reference"], kind="refund")
            _require_account(payment_queries.payment(refund_id)["account_id"], message["account_id"])
            settled = settle.ask_refund(refund_id=refund_id, at=at)
        case About.DISPUTE:
            settled = settle_dispute.ask_disputes(
                account_id=message["account_id"], gateway_reference=message["reference"], at=at
            )
        case About.METHOD:
            # Other programs may store methods through the account: those are nothing to us, and no money hangs on them.
            try:
                setup_id = method_setup_id_of(message["reference"])
                _require_account(setups.setup(setup_id)["account_id"], message["account_id"])
            except NotFound:
                return "ignored", ""
            settled = method_setups.ask(setup_id=setup_id, at=at)
        case _:
            return "ignored", ""
    if not settled.answered:
        return "stored", ""
    return ("unmatched", settled.doubt) if settled.doubt else ("handled", "")


def _keep(account_id: UUID, changes: list[Change], *, at: datetime) -> int:
    with transaction():
        kept = gateways.keep_changes(account_id, changes, at=at)
        for message_id in kept:
            jobs.defer("gateways.handle_message", message_id=str(message_id))
    return len(kept)


def _take_up_forgotten(account_id: UUID, *, at: datetime) -> None:
    """Have messages handled whose job is over without a result, now that the gateway answers."""
    with transaction():
        for message_id in queries.forgotten_messages(
            account_id, received_before=at - FORGOTTEN_AFTER, limit=TAKEN_UP_AT_ONCE
        ):
            jobs.defer(
                "gateways.handle_message",
                message_id=str(message_id),
                queueing_lock=f"gateways.handle_message {message_id}",
            )


def _require_mode(hint: Hint, *, is_live: bool) -> None:
    if hint.is_live is not is_live:
        raise MessageRefused(reason="it is of the other mode (live or test)")


def _require_account(ours: UUID | None, theirs: UUID) -> None:
    if ours != theirs:
        raise NotFound(kind="payment")
