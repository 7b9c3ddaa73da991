"""A customer who confirms a transfer while staff complete it, and another contact takes it back: one of them does."""

from functools import partial
from typing import Any

from tallystick.foundation import business, settings_store
from tallystick.foundation.ids import new_id
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.payments import queries as payments
from tallystick.usecases import enrol, promise, record
from tests.concurrency.race import race
from tests.scenarios.conftest import uid
from tests.usecases.shop import Shop, at

EACH = 6


def test_many_settle_one_transfer_at_once_and_it_posts_once(shop: Shop) -> None:
    customer, invoice = shop.bill()
    with transaction():
        settings_store.put(business.BANK_IBAN, "DE89370400440532013000")
    trust = {"completes_own_transfers": True, "own_transfer_cap_minor": 10680, "own_transfer_cap_currency": "EUR"}
    enrol.change_customer(actor=shop.staff, at=at(), customer_id=customer, changes=trust)
    contact = Actor(
        kind="contact",
        id=str(new_id()),
        label="Mary",
        permissions=frozenset({"payments.collect"}),
        scope=("customer", customer),
    )
    shape = promise.promise_transfer(actor=contact, at=at(), customer_id=customer, amounts={invoice: None})
    told: dict[str, Any] = {"at": at(), "payment_id": uid("pay", shape["id"])}
    by_staff = {**told, "actor": shop.staff, "received_date": at().date(), "method": "bank_transfer"}
    finish = race(
        *[
            partial(promise.complete_own_transfer, actor=contact, **told),
            partial(record.mark_paid, **by_staff),
            partial(promise.withdraw_promise, actor=contact, **told),
        ]
        * EACH
    )
    row = payments.payment(told["payment_id"])
    done = [each for each in finish.results if each["status"] == "completed"]
    # What was taken back before is expected again, and staff complete that, too.
    assert (row["status"], row["allocated_minor"], len(done)) == ("completed", 10680, 1)
    assert set(finish.refusals) <= {"TransferNotPromised", "PaymentTransitionRefused"}
    assert shop.standing(invoice) == ("issued", 0)
