"""Cards that are stored without paying (B3, C11, E38e): by the return, by a message or by asking, once."""

from typing import Any
from uuid import UUID

import pytest

from tallystick.foundation.errors import Conflict, NotAllowed, NotFound
from tallystick.foundation.ids import new_id, public_id
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.gateways.models import GatewayAccount, InboxMessage
from tallystick.gateways.port import CardFacts
from tallystick.gateways.registry import GatewayNotEnabled, NoMethodsStored
from tallystick.payments import queries as payments
from tallystick.payments.models import MethodSetup
from tallystick.usecases import method_setups, methods
from tallystick.usecases.keep_method import keep_method
from tallystick.usecases.roles import Permission
from tests.sandbox_service import VISITOR, pay, shape
from tests.scenarios.conftest import uid
from tests.stored_cards import stored_card
from tests.trails import trail_of
from tests.usecases.autopay_stories import card, letters, write_mails
from tests.usecases.shop import DECLINED, VISA, YESTERDAY, Shop, at

pytestmark = pytest.mark.django_db

CHALLENGE = "4000002760003184"
MASTERCARD = "5555555555554444"
BACK = "http://127.0.0.1:9/stored/{setup}"


def begin(shop: Shop, customer: UUID, **more: Any) -> dict[str, Any]:
    """This function will begin to store a card of a customer."""
    told = {"actor": shop.staff, "at": at(), "account_id": shop.account_id, "return_url": BACK}
    return dict(method_setups.begin_setup(**{**told, "customer_id": customer, **more}))


def ask(setup: dict[str, Any], **later: float) -> str:
    """This function will ask what became of a set-up, as the return page does, and return its state."""
    setup_id = uid("pms", setup["id"])
    method_setups.ask(setup_id=setup_id, at=at(**later))
    return str(MethodSetup.objects.get(id=setup_id).state)


def stored(customer: UUID) -> list[tuple[str, bool]]:
    """This function will return the last digits of a customer's cards and whether each is the default one."""
    return [(row["last_four"], row["is_default"]) for row in payments.methods(customer)]


def test_a_card_is_stored_once_however_often_it_is_told_and_can_be_charged(shop: Shop) -> None:
    customer, invoice = shop.bill()
    setup = begin(shop, customer)
    assert (setup["state"], setup["payment_method"], stored(customer)) == ("action_required", None, [])
    assert setup["action_url"].startswith(shop.merchant.base_url)
    back = pay(setup["action_url"], VISA)
    assert back.headers["Location"].startswith(f"http://127.0.0.1:9/stored/{setup['id']}?setup=")

    # The message, the return, the return again, the message again, and the sweeper.
    shop.deliver()
    (post,) = shop.receiver.posts
    assert [ask(setup), ask(setup)] == ["succeeded", "succeeded"]
    shop.receive(post)
    shop.sweep()
    assert method_setups.sweep(at=at(hours=30)) == 0
    assert stored(customer) == [("4242", True)]
    write_mails("mail.method_added")
    (letter,) = letters("method_added")
    assert "Visa •••• 4242 is stored" in letter.text_body
    assert shop.inbox() == [("setup.succeeded", "handled")]
    (row,) = payments.methods(customer)
    assert (row["brand"], row["expiry_month"], row["expiry_year"]) == ("visa", 12, 2040)
    entries = [entry for entry in trail_of(customer) if "method" in entry["action"]]
    assert [entry["action"] for entry in entries] == ["begin_method_setup", "store_method"]
    assert entries[1]["after"]["method"] == public_id("pmt", row["id"])

    # No money moved, and the card pays while its holder is away.
    assert shop.charges() == []
    paid = shop.collect(customer, invoice, method_id=row["id"], off_session=True)
    assert (paid["status"], shop.charges()) == ("completed", [10680])


def test_who_closes_the_page_after_storing_a_card_has_it_stored(deaf: Shop) -> None:
    customer = deaf.customer(day=YESTERDAY)
    by_asking, by_change = begin(deaf, customer), begin(deaf, customer)
    pay(by_asking["action_url"], VISA)
    assert method_setups.sweep(at=at()) == 0, "not before two minutes"
    assert method_setups.sweep(at=at(minutes=3)) == 2
    assert stored(customer) == [("4242", True)]
    pay(by_change["action_url"], MASTERCARD)
    deaf.sweep()
    assert stored(customer) == [("4242", True), ("4444", False)]
    assert deaf.inbox() == [("setup.succeeded", "handled"), ("setup.succeeded", "handled")]


def test_the_bank_asks_before_the_card_is_stored(shop: Shop) -> None:
    customer = shop.customer(day=YESTERDAY)
    rejected, approved = begin(shop, customer), begin(shop, customer)
    pay(rejected["action_url"], CHALLENGE, bank="reject")
    assert (ask(rejected), stored(customer)) == ("declined", [])
    pay(approved["action_url"], CHALLENGE)
    assert (ask(approved), stored(customer)) == ("succeeded", [("3184", True)])


def test_what_is_declined_or_given_up_keeps_nothing(shop: Shop) -> None:
    customer = shop.customer(day=YESTERDAY)
    declined, cancelled = begin(shop, customer), begin(shop, customer)
    pay(declined["action_url"], DECLINED)
    VISITOR.post(f"{cancelled['action_url']}/cancel")
    shop.deliver()
    assert shop.inbox() == [("setup.failed", "handled"), ("setup.cancelled", "handled")]
    assert (ask(declined), ask(cancelled), stored(customer)) == ("declined", "not_performed", [])
    assert MethodSetup.objects.get(id=uid("pms", declined["id"])).decline_code == "card_declined"
    told = [entry["after"]["state"] for entry in trail_of(customer) if entry["action"] == "settle_method_setup"]
    assert told == ["declined", "not_performed"]


def test_a_page_that_nobody_used_for_a_day_is_given_up_at_the_gateway(shop: Shop) -> None:
    customer = shop.customer(day=YESTERDAY)
    setup = begin(shop, customer)
    assert method_setups.sweep(at=at(hours=23)) == 1
    assert ask(setup) == "action_required"
    assert method_setups.sweep(at=at(hours=25)) == 1
    assert ask(setup) == "not_performed"
    pay(setup["action_url"], VISA)
    assert (ask(setup), stored(customer)) == ("not_performed", []), "its page is over"


def test_a_card_becomes_the_default_one_where_that_is_wanted(shop: Shop) -> None:
    customer = shop.customer(day=YESTERDAY)
    card(shop, customer)
    beside, instead = begin(shop, customer), begin(shop, customer, makes_default=True)
    pay(beside["action_url"], MASTERCARD)
    ask(beside)
    assert stored(customer) == [("4242", True), ("4444", False)]
    pay(instead["action_url"], "378282246310005")
    ask(instead)
    assert stored(customer)[0] == ("0005", True)


@pytest.mark.parametrize("fault", ["cut_before", "cut_after"])
def test_an_order_whose_answer_is_lost_is_asked_for(shop: Shop, fault: str) -> None:
    customer = shop.customer(day=YESTERDAY)
    shop.fault(fault)
    setup = begin(shop, customer)
    assert (setup["state"], setup["action_url"]) == ("unknown", "")
    assert ask(setup) == ("not_performed" if fault == "cut_before" else "action_required")


def test_a_repeat_under_the_same_key_is_the_same_page(shop: Shop) -> None:
    customer = shop.customer(day=YESTERDAY)
    first = begin(shop, customer, idempotency_key="k")
    assert begin(shop, customer, idempotency_key="k") == first
    assert MethodSetup.objects.count() == 1


def test_a_setup_of_another_program_is_nothing_to_us(shop: Shop) -> None:
    known = begin(shop, shop.customer(day=YESTERDAY))
    # One that looks like ours and is not, and one of ours, told through another account.
    shop.merchant.stored_card(reference=public_id("pms", new_id()))
    stranger = shop.service.create_merchant(f"Beside {shop.merchant.id}")
    stranger.stored_card(reference=known["id"])
    other = shop.open_account(stranger)
    shop.deliver()
    shop.sweep()
    assert shop.inbox() == [("setup.succeeded", "ignored")]
    assert [row.state for row in InboxMessage.objects.filter(account_id=other)] == ["ignored"]
    assert MethodSetup.objects.get().state == "action_required"


def test_refusals_leave_no_trace(shop: Shop) -> None:
    customer, other = shop.customer(day=YESTERDAY), shop.customer("Other Ltd", day=YESTERDAY)
    may, scope = frozenset({Permission.MANAGE_METHODS}), ("customer", other)
    stranger = Actor(kind="contact", id="1", label="Al", permissions=may, scope=scope)
    payer = Actor(
        kind="contact",
        id="2",
        label="Jo",
        permissions=frozenset({Permission.COLLECT_PAYMENTS}),
        scope=("customer", customer),
    )
    before = trail_of(customer)
    refused: list[tuple[type[Exception], dict[str, Any]]] = [
        (NotFound, {"actor": stranger}),
        (NotAllowed, {"actor": payer}),
        (NotFound, {"customer_id": new_id()}),
        (NotFound, {"account_id": new_id()}),
    ]
    for error, change in refused:
        with pytest.raises(error):
            begin(shop, customer, **change)
    account = GatewayAccount.objects.get(id=shop.account_id)
    for error, values in (
        (NoMethodsStored, {"configuration": {**account.configuration, "stores_methods": False}}),
        (GatewayNotEnabled, {"enabled": False}),
    ):
        GatewayAccount.objects.filter(id=shop.account_id).update(**values)
        with pytest.raises(error) as caught:
            begin(shop, customer)
        assert isinstance(caught.value, Conflict)
    with pytest.raises(NotFound):
        method_setups.ask(setup_id=new_id(), at=at())
    assert (trail_of(customer), MethodSetup.objects.count()) == (before, 0)
    assert shape(shop.merchant.get("/v1/setups"))["data"] == []


def test_a_card_that_was_removed_is_stored_again_and_told_of_again(shop: Shop) -> None:
    customer = shop.customer(day=YESTERDAY)
    token = shop.merchant.stored_card(VISA)
    method = stored_card(customer, shop.account_id, token=token)
    methods.remove(actor=shop.staff, at=at(), method_id=method)
    assert stored(customer) == []
    again = at(minutes=1)
    card_facts = CardFacts(brand="visa", last_four="4242", expiry_month=1, expiry_year=2041)
    told: dict[str, Any] = {"customer_id": customer, "account_id": shop.account_id, "token": token}
    with transaction():
        assert keep_method(**told, card=card_facts, at=again) == method
        assert keep_method(**told, card=card_facts, at=again) == method
    assert stored(customer) == [("4242", True)]
    assert payments.method(method)["expiry_year"] == 2041
    assert shop.mails("mail.method_added") == [{"method_id": str(method)}], "once"


def test_a_card_of_another_customer_is_never_moved(shop: Shop) -> None:
    owner, other = shop.customer("Owner Ltd", day=YESTERDAY), shop.customer(day=YESTERDAY)
    token = shop.merchant.stored_card(VISA)
    method = stored_card(owner, shop.account_id, token=token)
    card_facts = CardFacts(brand="visa", last_four="4242", expiry_month=12, expiry_year=2040)
    told: dict[str, Any] = {"customer_id": other, "account_id": shop.account_id, "token": token, "card": card_facts}
    for removed in (False, True):
        if removed:
            methods.remove(actor=shop.staff, at=at(), method_id=method)
        before = payments.any_method(method)
        with transaction():
            assert keep_method(**told, at=at()) is None
        assert (payments.any_method(method), stored(other)) == (before, [])
    assert shop.mails("mail.method_added") == []
    told_by = [entry for entry in trail_of(other) if entry["action"] == "refuse_method"]
    assert [entry["after"]["method"] for entry in told_by] == [public_id("pmt", method)] * 2


def test_a_setup_that_brings_a_card_of_another_customer_is_declined(shop: Shop) -> None:
    owner, other = shop.customer("Owner Ltd", day=YESTERDAY), shop.customer(day=YESTERDAY)
    setup = begin(shop, other)
    pay(setup["action_url"], VISA)
    answer = shop.gateway.ask_setup(setup["id"])
    stored_card(owner, shop.account_id, token=answer.token)
    assert (ask(setup), ask(setup), stored(other), stored(owner)) == ("declined", "declined", [], [("4242", True)])
