"""Vouchers, told by date: made, sold, redeemed once, refused in clear words, guessed in vain (B14, B17; model 21)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tallystick.foundation.card_numbers import CardNumberNotAccepted
from tallystick.foundation.errors import Conflict, InvalidField, NotAllowed, NotFound
from tallystick.payments import queries as payments
from tallystick.payments.operations import PaymentNotCompleted
from tallystick.usecases import allocate, charge, expire, make_vouchers, redeem, refund
from tallystick.usecases.record import Part
from tallystick.wallets import redeeming, voucher_codes
from tallystick.wallets.models import Voucher, VoucherBatch, WrongCode
from tallystick.wallets.vouchers import BatchDeactivated, BatchNotSellable
from tests.scenarios.conftest import World, actor, at, uid
from tests.scenarios.prepaid import Prepaid

pytestmark = pytest.mark.django_db


@pytest.fixture
def prepaid(world: World) -> Prepaid:
    return Prepaid(world)


def test_a_free_voucher_is_promotional_credit_and_works_once(world: World, prepaid: Prepaid, posted: Any) -> None:
    customer, other = prepaid.customer(), prepaid.customer("Others Ltd")
    batch = prepaid.batch(amount_minor=1000, quantity=3, lifetime_days=30, name="Spring")
    first, second, _third = prepaid.codes(batch)
    told = prepaid.redeem(customer, first.lower().replace("-", " "), day="2026-01-05")
    assert (told["total_minor"], told["left_minor"], told["expires_date"]) == (1000, 1000, "2026-02-04")
    assert told["voucher"] == "VB-00001-1"

    payment = uid("pay", told["payment"])
    row = payments.payment(payment)
    assert (row["kind"], row["status"], row["total_minor"], row["description"]) == (
        *("voucher", "completed", 1000),
        "Spring",
    )
    assert (prepaid.wallet(customer), world.credit(customer)) == (1000, 0)
    assert posted(uid("lot", told["lot"])) == [("J23", [("4900", "D", 1000), ("2210", "C", 1000)])]
    for refuses in (customer, other):
        with pytest.raises(redeeming.VoucherUsed):
            prepaid.redeem(refuses, first)
    prepaid.redeem(other, second)
    # It is no money: it pays no invoice, and is never paid out.
    invoice = world.invoice(customer, 100, day="2026-01-05")
    with pytest.raises(PaymentNotCompleted):
        allocate.allocate_payment(
            actor=world.staff, at=at("2026-01-06"), payment_id=payment, parts=[Part(invoice_id=invoice)]
        )
    with pytest.raises(InvalidField):
        refund.refund_payment(
            actor=world.staff,
            at=at("2026-01-06"),
            payment_id=payment,
            amount_minor=1,
            reason="Any",
            still_owed=False,
            method="cash",
        )


def test_codes_are_drawn_by_chance_and_only_their_hash_is_kept(prepaid: Prepaid) -> None:
    one, two = prepaid.batch(quantity=50), prepaid.batch(quantity=50, code_alphabet="digits", code_length=25)
    letters, digits = prepaid.codes(one), prepaid.codes(two)
    assert len({*letters, *digits}) == 100
    assert letters == prepaid.codes(one), "they can be printed again"
    assert {len(voucher_codes.read(code)) for code in letters} == {20}
    assert {len(voucher_codes.read(code)) for code in digits} == {25}
    assert set("".join(letters)) - {"-"} <= set(voucher_codes.ALPHABETS["letters"])
    stored = [bytes(each) for each in Voucher.objects.values_list("code_sha256", flat=True)]
    assert sorted(stored) == sorted(voucher_codes.digest(voucher_codes.read(code)) for code in [*letters, *digits])
    assert VoucherBatch.objects.get(id=one).sealed_secret.startswith("sealed:")
    # What people take for one another is read as what it is.
    assert voucher_codes.read("o-iL 7") == "0117"


@pytest.mark.parametrize("wrong", [
    {"amount_minor": 0},
    {"gives": "multiplier"},
    {"gives": "multiplier", "multiplier": Decimal(1)},
    {"multiplier": Decimal(2)},
    {"minimum_topup_minor": 100},
    {"quantity": 0},
    {"quantity": 10_001},
    {"code_length": 15},
    {"code_alphabet": "digits", "code_length": 24},
    {"code_alphabet": "emoji"},
    {"uses_per_customer": 0},
    {"valid_from": date(2026, 3, 2), "valid_until": date(2026, 3, 1)},
    {"is_sold": True},
    {"is_sold": True, "reseller": "Kiosk", "uses_per_voucher": 2},
    {"is_sold": True, "reseller": "Kiosk", "gives": "additional"},
    {"name": " "},
    {"currency": "XXX"},
], ids=str)  # fmt: skip
def test_a_batch_whose_terms_do_not_go_together_is_not_made(prepaid: Prepaid, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidField):
        prepaid.batch(**wrong)
    assert not VoucherBatch.objects.exists()


def test_a_voucher_that_cannot_be_redeemed_says_why_and_leaves_no_trace(prepaid: Prepaid) -> None:
    customer, friend = prepaid.customer(), prepaid.customer("Friends Ltd")
    spring = prepaid.code(valid_from=date(2026, 3, 1), valid_until=date(2026, 3, 31))
    gone, dollars, own = prepaid.batch(), prepaid.code(currency="USD"), prepaid.code(customer_ids=[friend])
    code = prepaid.codes(gone)[0]
    make_vouchers.deactivate_voucher_batch(
        actor=prepaid.world.staff, at=at("2026-01-04"), batch_id=gone, reason="Leaked"
    )
    with pytest.raises(BatchDeactivated):
        prepaid.codes(gone)
    unsold = prepaid.code(is_sold=True, reseller="Kiosk")
    for number, error in {
        spring: redeeming.VoucherNotInTime,
        code: redeeming.VoucherNotActive,
        unsold: redeeming.VoucherNotActive,
        dollars: redeeming.VoucherOfOtherCurrency,
        own: redeeming.VoucherNotForYou,
    }.items():
        with pytest.raises(error):
            prepaid.redeem(customer, number)
    with pytest.raises(redeeming.VoucherNotInTime, match="from 2026-03-01 until 2026-03-31"):
        prepaid.redeem(customer, spring, day="2026-04-01")
    assert (charge.queries.wallets_of(customer), WrongCode.objects.count()) == ([], 0)
    assert prepaid.redeem(friend, own)["total_minor"] == 1000
    assert prepaid.redeem(customer, spring, day="2026-03-31")["total_minor"] == 1000


def test_one_customer_redeems_as_many_as_the_batch_says(prepaid: Prepaid) -> None:
    customer, other = prepaid.customer(), prepaid.customer("Others Ltd")
    shared = prepaid.code(uses_per_voucher=3, uses_per_customer=2)
    prepaid.redeem(customer, shared)
    prepaid.redeem(customer, shared)
    with pytest.raises(redeeming.VoucherLimitReached):
        prepaid.redeem(customer, shared)
    prepaid.redeem(other, shared)
    with pytest.raises(redeeming.VoucherUsed):
        prepaid.redeem(other, shared)
    assert (prepaid.wallet(customer), prepaid.wallet(other)) == (2000, 1000)


def test_a_bonus_is_added_to_a_top_up_that_is_large_enough_and_once(prepaid: Prepaid, posted: Any) -> None:
    customer = prepaid.customer()
    half = prepaid.batch(
        gives="multiplier", multiplier=Decimal("1.5"), amount_minor=9000, minimum_topup_minor=2000, quantity=2
    )
    first, second = prepaid.codes(half)
    prepaid.receive(customer, 1999)
    with pytest.raises(redeeming.VoucherNeedsTopup):
        prepaid.redeem(customer, first)
    large = prepaid.receive(customer, 2001, day="2026-01-04")
    told = prepaid.redeem(customer, first)
    assert told["total_minor"] == 1001, "half of the top-up, half up"
    assert posted(uid("lot", told["lot"])) == [("J23", [("4900", "D", 1001), ("2210", "C", 1001)])]
    with pytest.raises(redeeming.VoucherNeedsTopup):
        prepaid.redeem(customer, second)
    assert prepaid.wallet(customer) == 1999 + 2001 + 1001

    # The top-up is taken back: what is left of its bonus goes with it.
    prepaid.buy(customer, 1)
    allocate.reverse_payment(actor=prepaid.world.staff, at=at("2026-01-12"), payment_id=large, reason="Wrong")
    assert posted(uid("lot", told["lot"]))[-1] == ("J25", [("2210", "D", 1000), ("4900", "C", 1000)])
    assert prepaid.wallet(customer) == 1999

    capped = prepaid.code(gives="multiplier", multiplier=Decimal(3), amount_minor=500)
    plus = prepaid.code(gives="additional", amount_minor=250)
    prepaid.receive(customer, 4000, day="2026-01-13")
    assert prepaid.redeem(customer, capped, day="2026-01-13")["total_minor"] == 500
    with pytest.raises(redeeming.VoucherNeedsTopup):
        prepaid.redeem(prepaid.customer("Others Ltd"), plus)


def test_sold_vouchers_are_a_liability_until_they_are_redeemed(world: World, prepaid: Prepaid, posted: Any) -> None:
    customer = prepaid.customer()
    batch = prepaid.batch(is_sold=True, reseller="Kiosk am Eck", amount_minor=2500, quantity=4)
    prepaid.sell(batch, day="2026-01-03")
    assert posted(batch) == [("J24", [("1100", "D", 10000), ("2220", "C", 10000)])]
    for refuses in (batch, prepaid.batch()):
        with pytest.raises(BatchNotSellable):
            prepaid.sell(refuses)

    prepaid.buy(customer, 300, day="2026-01-04")
    told = prepaid.redeem(customer, prepaid.codes(batch)[0])
    assert posted(uid("pay", told["payment"])) == [
        ("J24", [("2220", "D", 2500), ("2200", "C", 300), ("2200", "C", 2200)])
    ]
    assert prepaid.lots(customer) == [("paid", 2200, 2500)]
    assert world.credit(customer) == 0
    # It is paid money: purchases from it are taxed.
    bought = prepaid.buy(customer, 1200)
    assert posted(bought) == [("J18", [("2200", "D", 1200), ("4010", "C", 1000), ("2300", "C", 200)])]


def test_what_nobody_used_in_time_expires_once_and_is_shown_until_then(
    world: World, prepaid: Prepaid, posted: Any
) -> None:
    customer, other = prepaid.customer(), prepaid.customer("Others Ltd")
    sold = prepaid.batch(is_sold=True, reseller="Kiosk", amount_minor=2500, lifetime_days=10)
    prepaid.sell(sold)
    gift = uid("lot", prepaid.redeem(customer, prepaid.code(lifetime_days=10))["lot"])
    paid = uid("lot", prepaid.redeem(customer, prepaid.codes(sold)[0])["lot"])
    prepaid.redeem(other, prepaid.code())
    bought = prepaid.buy(customer, 1500, day="2026-01-15")
    assert expire.expire_lots(at=at("2026-01-15", 23)) == 0, "the last day counts"
    assert prepaid.wallet(customer) == 2000

    prepaid.buy(customer, 1, day="2026-01-16")
    assert prepaid.wallet(customer) == 1999, "what is over is not drawn on, expired or not yet"
    assert expire.expire_lots(at=at("2026-01-16", 0), step=1) == 1
    assert expire.expire_lots(at=at("2026-01-16", 0)) == 0, "it may run twice"
    assert posted(paid)[-1] == ("J25", [("2200", "D", 2000), ("4910", "C", 2000)])
    assert (prepaid.wallet(customer), prepaid.wallet(other)) == (-1, 1000)

    # What comes back into a lot after its last day expires with the next run.
    prepaid.credit(bought, day="2026-01-20")
    assert prepaid.wallet(customer) == 1499
    assert expire.expire_lots(at=at("2026-01-21")) == 2
    assert posted(gift)[-1] == ("J25", [("2210", "D", 1000), ("4900", "C", 1000)])
    assert prepaid.wallet(customer) == 0


def test_who_guesses_numbers_waits(world: World, prepaid: Prepaid) -> None:
    customer, other = prepaid.customer(), prepaid.customer("Others Ltd")
    good, guess = prepaid.code(), "0" * 20
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(redeeming.VoucherUnknown) as told:
            prepaid.redeem(customer, guess)
        assert told.value.tries_left == left
    for number in (guess, good):
        with pytest.raises(redeeming.VoucherHeldBack, match="60 minutes"):
            prepaid.redeem(customer, number)
    assert WrongCode.objects.count() == 5, "who waits tries nothing"
    assert prepaid.redeem(other, prepaid.code())["total_minor"] == 1000, "nobody else waits"
    redeem.redeem_voucher(
        actor=world.staff,
        at=at("2026-01-05") + timedelta(hours=1),
        customer_id=customer,
        number=good,
        currency="EUR",
    )
    with pytest.raises(CardNumberNotAccepted):
        prepaid.redeem(other, "4242 4242 4242 4242")
    with pytest.raises(InvalidField):
        prepaid.redeem(other, " - ")


def test_who_may_not_makes_and_redeems_nothing(world: World, prepaid: Prepaid) -> None:
    customer, other = prepaid.customer(), prepaid.customer("Others Ltd")
    code = prepaid.code()
    for who, error in (
        (actor("Read-only"), NotAllowed),
        (replace(actor("Support"), scope=("customer", other)), NotFound),
    ):
        with pytest.raises(error):
            prepaid.redeem(customer, code, actor=who)
    with pytest.raises(NotAllowed):
        prepaid.batch(actor=replace(world.staff, scope=("customer", other)))
    assert (VoucherBatch.objects.count(), WrongCode.objects.count()) == (1, 0)
    assert charge.queries.wallets_of(customer) == []
    with pytest.raises(Conflict):
        prepaid.redeem(customer, "0" * 20)
