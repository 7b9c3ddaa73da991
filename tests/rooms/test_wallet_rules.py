"""What wallets post is what rows J16 to J19 and J23 to J25 of the chart say: on these accounts and sides, no other.

Here are the pure rules; what acts of the product post, in one currency and in two, is told in `test_postings.py`, where
every rule that code posts has its place.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tallystick.ledger.accounts import Account
from tallystick.ledger.entries import EntryDraft, Worth
from tallystick.payments.posting_rules import MONEY_IN
from tallystick.wallets import posting_rules
from tallystick.wallets.drawing import Part, draw, give_back, tax_of_credit, tax_within, taxed
from tallystick.wallets.posting_rules import Bought, Held
from tests.chart import listed, money_in

CUSTOMER, PAYMENT, LOT, GIFT, WALLET, CHARGE, RATE, BATCH = (UUID(int=number) for number in range(1, 9))


def sides(draft: EntryDraft) -> tuple[set[str], set[str]]:
    """This function will return the accounts that an entry debits, and those that it credits."""
    assert sum(line.worth.minor * (1 if line.side == "D" else -1) for line in draft.lines) == 0
    assert sum(line.worth.base_minor * (1 if line.side == "D" else -1) for line in draft.lines) == 0
    return tuple({line.account.code for line in draft.lines if line.side == side} for side in "DC")  # type: ignore[return-value]


def euro(minor: int) -> Worth:
    return Worth(minor, "EUR", minor)


def lines(draft: EntryDraft) -> list[tuple[str, str, int, UUID | None]]:
    return [(line.account.code, line.side, line.worth.minor, line.per) for line in draft.lines]


def test_j16_a_top_up_fills_what_was_used_beyond_prepaid_first() -> None:
    draft = posting_rules.provision(
        allocation_id=UUID(int=9),
        customer_id=CUSTOMER,
        payment_id=PAYMENT,
        given=euro(5000),
        parts=[
            Held(per=WALLET, is_promotional=False, worth=euro(310)),
            Held(per=LOT, is_promotional=False, worth=euro(4690)),
        ],
    )
    assert (draft.rule, sides(draft)) == ("J16", listed("J16"))
    assert lines(draft) == [
        ("2100", "D", 5000, PAYMENT),
        ("2200", "C", 310, WALLET),
        ("2200", "C", 4690, LOT),
    ]


def test_j16_in_a_foreign_currency_levels_what_was_carried_at_another_rate() -> None:
    draft = posting_rules.provision(
        allocation_id=UUID(int=9),
        customer_id=CUSTOMER,
        payment_id=PAYMENT,
        given=Worth(1000, "USD", 900),
        parts=[Held(per=WALLET, is_promotional=False, worth=Worth(1000, "USD", 850))],
    )
    assert [(line.account.code, line.side, line.worth.minor, line.worth.base_minor) for line in draft.lines] == [
        ("2100", "D", 1000, 900),
        ("2200", "C", 1000, 850),
        ("6810", "C", 0, 50),
    ]


def test_j17_is_the_mirror_of_j16() -> None:
    draft = posting_rules.take_back(
        allocation_id=UUID(int=9),
        customer_id=CUSTOMER,
        payment_id=PAYMENT,
        parts=[Held(per=LOT, is_promotional=False, worth=euro(5000))],
        entry_id=UUID(int=10),
    )
    assert (draft.rule, sides(draft)) == ("J17", listed("J17"))
    assert listed("J17") == listed("J16")[::-1]
    assert lines(draft) == [("2200", "D", 5000, LOT), ("2100", "C", 5000, PAYMENT)]


def bought(parts: Sequence[Held], *, net: int, tax: int) -> Bought:
    return Bought(charge_id=CHARGE, customer_id=CUSTOMER, tax_rate_id=RATE, parts=parts, net=euro(net), tax=euro(tax))


def test_j18_and_j19_are_each_other_s_mirror() -> None:
    parts = [
        Held(per=GIFT, is_promotional=True, worth=euro(200)),
        Held(per=LOT, is_promotional=False, worth=euro(1000)),
        Held(per=WALLET, is_promotional=False, worth=euro(200)),
    ]
    charge = posting_rules.charge(bought(parts, net=1200, tax=200))
    back = posting_rules.credit_charge(bought(parts, net=1200, tax=200))
    assert (charge.rule, sides(charge)) == ("J18", listed("J18"))
    assert (back.rule, sides(back)) == ("J19", listed("J19"))
    assert lines(charge) == [
        ("2210", "D", 200, GIFT),
        ("2200", "D", 1000, LOT),
        ("2200", "D", 200, WALLET),
        ("4010", "C", 1200, CHARGE),
        ("2300", "C", 200, RATE),
    ]
    mirrored = [(account, "C" if side == "D" else "D", minor, per) for account, side, minor, per in lines(charge)]
    assert sorted(mirrored, key=str) == sorted(lines(back), key=str)


def test_the_undo_of_j21_is_its_mirror_and_fills_the_wallet_first() -> None:
    parts = [Held(per=LOT, is_promotional=False, worth=euro(1000))]
    about: dict[str, Any] = {"draw_id": CHARGE, "invoice_id": PAYMENT, "customer_id": CUSTOMER, "claim": euro(1000)}
    paid = posting_rules.pay_invoice(**about, parts=parts)
    assert (paid.rule, sides(paid)) == ("J21", listed("J21"))
    filled = Held(per=WALLET, is_promotional=False, worth=euro(310))
    rest = Held(per=LOT, is_promotional=False, worth=euro(690))
    back = posting_rules.take_back_from_invoice(**about, parts=[filled, rest], entry_id=UUID(int=10))
    assert (back.rule, back.reverses_id, sides(back)) == ("J21", UUID(int=10), listed("J21")[::-1])
    assert lines(back) == [("1200", "D", 1000, PAYMENT), ("2200", "C", 310, WALLET), ("2200", "C", 690, LOT)]


def test_j23_a_gift_is_no_income() -> None:
    draft = posting_rules.grant(lot_id=GIFT, customer_id=CUSTOMER, worth=euro(500))
    assert (draft.rule, sides(draft)) == ("J23", listed("J23"))
    assert lines(draft) == [("4900", "D", 500, GIFT), ("2210", "C", 500, GIFT)]


@pytest.mark.parametrize("account", MONEY_IN.values(), ids=MONEY_IN)
def test_j24_what_a_reseller_pays_is_owed_until_the_vouchers_are_redeemed(account: Account) -> None:
    sold = posting_rules.sell_vouchers(batch_id=BATCH, money_in=account, worth=euro(100000))
    redeemed = posting_rules.redeem_sold(
        payment_id=PAYMENT,
        customer_id=CUSTOMER,
        batch_id=BATCH,
        given=euro(1000),
        parts=[
            Held(per=WALLET, is_promotional=False, worth=euro(310)),
            Held(per=LOT, is_promotional=False, worth=euro(690)),
        ],
    )
    assert (sold.rule, redeemed.rule) == ("J24", "J24")
    assert listed("J24") == ({*money_in(), "2220"}, {"2220", "2200"})
    assert lines(sold) == [(account.code, "D", 100000, BATCH), ("2220", "C", 100000, BATCH)]
    assert sides(redeemed) == ({"2220"}, {"2200"})
    assert lines(redeemed) == [("2220", "D", 1000, BATCH), ("2200", "C", 310, WALLET), ("2200", "C", 690, LOT)]


@pytest.mark.parametrize(("is_promotional", "accounts"), [(True, ("2210", "4900")), (False, ("2200", "4910"))])
def test_j25_a_lot_expires_into_what_its_kind_says(is_promotional: bool, accounts: tuple[str, str]) -> None:
    draft = posting_rules.expire(
        customer_id=CUSTOMER, lot=Held(per=LOT, is_promotional=is_promotional, worth=euro(120))
    )
    assert (draft.rule, listed("J25")) == ("J25", ({"2210", "2200"}, {"4900", "4910"}))
    assert lines(draft) == [(accounts[0], "D", 120, LOT), (accounts[1], "C", 120, LOT)]


def test_what_promotional_credit_pays_is_not_taxed() -> None:
    parts = draw(
        1500,
        [Part(lot_id=GIFT, is_promotional=True, minor=300), Part(lot_id=LOT, is_promotional=False, minor=1000)],
    )
    assert [(part.lot_id, part.minor) for part in parts] == [(GIFT, 300), (LOT, 1000), (None, 200)]
    assert taxed(parts) == 1200
    assert tax_within(taxed(parts), Decimal(20)) == 200
    assert [(part.lot_id, part.minor) for part in give_back(250, parts)] == [(None, 200), (LOT, 50)]


@pytest.mark.parametrize("split", [[1200], [1, 1199], [400, 400, 400], [7] * 171 + [3]])
def test_credits_of_all_give_back_all_of_the_tax(split: list[int]) -> None:
    before, given = 0, 0
    for part in split:
        given += tax_of_credit(tax_minor=199, taxed_minor=1200, returned_minor=part, before_minor=before)
        before += part
    assert (before, given) == (1200, 199)
