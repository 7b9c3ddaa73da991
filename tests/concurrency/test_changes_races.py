"""Accounts that are asked for changes by many at once, while messages tell the same."""

from collections import Counter
from functools import partial

from tallystick.foundation.jobs import work
from tallystick.usecases import receive
from tests.concurrency.conftest import THREADS
from tests.concurrency.race import at_once, race
from tests.usecases.shop import Shop, at


def ask(shop: Shop) -> int:
    """This function will ask the shop's account for what changed, and return how many changes were news."""
    return receive.receive_changes(account_id=shop.account_id, at=at())


def test_many_threads_that_ask_at_once_store_everything_once(shop: Shop) -> None:
    customer, invoice = shop.bill()
    shop.customer_pays(shop.collect(customer, invoice))
    for number in range(20):
        shop.merchant.paid(reference=f"order {number} of another shop")

    finish = at_once(20, partial(ask, shop))

    assert (sum(finish.results), finish.refusals.total()) == (21, 0)
    assert Counter(shop.inbox()) == {("payment.succeeded", "stored"): 21}
    assert shop.do_jobs() == ["gateways.handle_message"] * 21
    assert Counter(shop.inbox()) == {("payment.succeeded", "unmatched"): 20, ("payment.succeeded", "handled"): 1}
    assert (len(shop.mails()), shop.standing(invoice)) == (1, ("issued", 0))


def test_s13_threads_that_ask_and_messages_that_tell_the_same_have_one_effect(shop: Shop) -> None:
    customer, invoice = shop.bill()
    shop.customer_pays(shop.collect(customer, invoice))
    (post,) = shop.posts()

    finish = race(*[partial(ask, shop), lambda: shop.receive(post)[0]] * 10)

    # The message is kept whatever asking found; asking may have found it first.
    assert sum(finish.results) in {1, 2}
    shop.do_jobs()
    assert set(shop.inbox()) == {("payment.succeeded", "handled")}
    assert (len(shop.mails()), shop.charges(), shop.credit(customer)) == (1, [10680], 0)
    assert (shop.standing(invoice), shop.clearing_agrees()) == (("issued", 0), True)


def test_one_hundred_threads_that_have_an_account_asked_begin_one_job(shop: Shop) -> None:
    finish = at_once(THREADS, receive.ask_for_changes)
    assert (sum(finish.results), finish.refusals.total()) == (1, 0)
    shop.merchant.paid(reference="order of another shop")
    work(concurrency=2, until_empty=True)
    assert shop.inbox() == [("payment.succeeded", "unmatched")]
