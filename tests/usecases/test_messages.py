"""Messages of gateways: stored once, believed never, acted upon by asking."""

from datetime import timedelta
from typing import Any

import pytest

from tallystick.foundation.ids import new_id, public_id
from tallystick.gateways.operations import MessageChanged
from tallystick.gateways.port import MessageRefused
from tallystick.payments import queries as payments
from tallystick.usecases import receive
from tests.gateways.receiver import Post
from tests.sandbox_service import shape
from tests.scenarios.conftest import uid
from tests.usecases.shop import Shop, at

pytestmark = pytest.mark.django_db


def event(subject: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """This function will return a message of the sandbox about something."""
    common = {"id": f"evt_{new_id().hex}", "type": "payment.succeeded", "livemode": False, "merchant": "mer_1"}
    return common | {"data": {"object": subject}} | changes


def test_s14_a_known_id_with_another_body_is_refused(shop: Shop) -> None:
    body = event({"object": "payment", "reference": "att_1"})
    assert shop.receive(shop.signed(body)) == [1]
    with pytest.raises(MessageChanged):
        shop.receive(shop.signed(body | {"type": "payment.failed"}))
    assert shop.inbox() == [("payment.succeeded", "stored")]


def test_s15_messages_out_of_order_end_as_in_order(shop: Shop) -> None:
    customer, invoice = shop.bill()
    started = shop.collect(customer, invoice)
    shop.customer_pays(started, "4000000000100703")
    shop.service.advance(5)
    shop.deliver()
    assert shop.inbox() == [("payment.succeeded", "handled"), ("payment.processing", "handled")]
    assert (shop.standing(invoice), shop.charges(), len(shop.mails())) == (("issued", 0), [10680], 1)


def test_s16_s17_what_is_not_proven_or_too_old_is_refused_and_nothing_of_it_is_stored(shop: Shop) -> None:
    customer, invoice = shop.bill()
    shop.customer_pays(shop.collect(customer, invoice))
    (post,) = shop.posts()
    other = shop.service.create_merchant("Another shop")
    refused = [
        Post({}, post.body),
        Post(post.headers, post.body + b" "),
        shop.signed(post.body, merchant=other),
    ]
    for forged in refused:
        with pytest.raises(MessageRefused):
            shop.receive(forged)
    for moment in (at(seconds=310), at(seconds=-310)):
        with pytest.raises(MessageRefused):
            receive.receive_messages(account_id=shop.account_id, headers=post.headers, body=post.body, at=moment)
    assert (shop.inbox(), shop.do_jobs(), shop.standing(invoice)) == ([], [], ("issued", 10680))
    assert shop.receive(post) == [1]


def test_s18_a_sandbox_message_to_a_live_account_is_refused_though_it_is_signed(shop: Shop) -> None:
    live = shop.open_account(shop.merchant, is_live=True)
    post = shop.signed(event({"object": "payment", "reference": "att_1"}))
    with pytest.raises(MessageRefused):
        receive.receive_messages(account_id=live, headers=post.headers, body=post.body, at=at())
    assert shop.inbox() == []


def test_s19_what_fits_no_payment_of_ours_waits_for_staff(shop: Shop) -> None:
    shop.merchant.paid(reference="order-4711 of another shop")
    shop.merchant.paid(reference=public_id("att", new_id()))
    shop.deliver()
    assert shop.inbox() == [("payment.succeeded", "unmatched")] * 2
    assert shop.waiting() == ["payment.succeeded"] * 2
    shop.deliver()
    assert shop.waiting() == ["payment.succeeded"] * 2


def test_s23_our_own_mapping_wins_over_what_a_message_says(shop: Shop) -> None:
    customer, invoice = shop.bill()
    started = shop.collect(customer, invoice)
    reference = started["attempts"][0]["id"]
    claimed = {"object": "payment", "reference": reference, "status": "succeeded", "amount": 10680, "currency": "EUR"}
    shop.receive(shop.signed(event(claimed)))
    shop.do_jobs()
    assert shop.standing(invoice) == ("issued", 10680), "it says paid, the gateway says not: a message is a hint"

    # Another account of ours names an attempt that is not its own.
    other = shop.service.create_merchant("Second account")
    second = shop.open_account(other)
    post = shop.signed(event(claimed), merchant=other)
    receive.receive_messages(account_id=second, headers=post.headers, body=post.body, at=at())
    shop.do_jobs()
    assert shop.waiting() == ["payment.succeeded"]
    assert payments.attempt(uid("att", reference))["state"] == "action_required"


def test_s24_unknown_types_versions_and_fields_are_stored_and_left_alone(shop: Shop) -> None:
    posts = [
        shop.signed(event({"object": "moon"}, type="moon.full", api_version="2099-01-01", more=[1, {"a": None}])),
        shop.signed(event({}, type="x" * 300)),
        shop.signed(event({"object": "payment", "reference": None}, type="\x00\ud800")),
        shop.signed(event({"object": "refund", "reference": "r" * 5000})),
        shop.signed(event({"object": "setup", "reference": "set_1"}, type="setup.succeeded")),
    ]
    assert shop.receive(*posts) == [1] * 5
    shop.do_jobs()
    states = [state for _, state in shop.inbox()]
    assert states == ["ignored", "ignored", "unmatched", "unmatched", "ignored"]


def test_s27_what_lost_messages_told_is_found_by_asking_for_changes(shop: Shop) -> None:
    customer, invoice = shop.bill()
    started = shop.collect(customer, invoice)
    shop.fault("hold_webhooks", method=None, times=None)
    shop.customer_pays(started)
    assert shop.posts() == []
    told = {change.reference for change in shop.gateway.changes(since=at() - timedelta(days=1))}
    assert started["attempts"][0]["id"] in told
    shop.clear_faults()


def test_s36_two_accounts_may_use_the_same_ids(shop: Shop) -> None:
    other = shop.service.create_merchant("Twin")
    second = shop.open_account(other)
    body = event({"object": "payment", "reference": "att_1"})
    assert shop.receive(shop.signed(body)) == [1]
    post = shop.signed(body, merchant=other)
    assert receive.receive_messages(account_id=second, headers=post.headers, body=post.body, at=at()) == 1


def test_a_dispute_of_a_payment_that_is_not_ours_waits_for_staff(shop: Shop) -> None:
    foreign = shop.merchant.paid(reference="order-4711 of another shop")
    shape(shop.merchant.post(f"/v1/test/payments/{foreign['id']}/dispute"))
    shop.deliver()
    assert shop.waiting() == ["payment.succeeded", "dispute.opened"]


def test_a_job_that_runs_twice_changes_nothing(shop: Shop, posted: Any) -> None:
    _, _, payment = shop.paid()
    before = posted(payment, shop.account_id)
    from tallystick.gateways.models import InboxMessage

    message = InboxMessage.objects.get(account_id=shop.account_id)
    for _ in range(3):
        assert receive.handle_message(message_id=message.id, at=at()) == "handled"
    assert (posted(payment, shop.account_id), len(shop.mails())) == (before, 1)
