"""J40 to J43 post what their rows of the chart of accounts say; and the database holds what must never be."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection

from tallystick.ledger.entries import EntryDraft, Worth
from tallystick.payments import dispute_states as states
from tallystick.payments import posting_rules
from tallystick.payments.posting_rules import Lost
from tests.chart import codes, row
from tests.rooms.test_database_rules import refused, run
from tests.scenarios.conftest import World, at

DISPUTE, PAYMENT, CUSTOMER, ACCOUNT = (uuid4() for _ in range(4))


def sides(draft: EntryDraft) -> tuple[dict[str, int], dict[str, int]]:
    """This function will return the accounts of an entry: what is debited and credited, in minor units."""
    assert draft.lines
    of_side = {"D": dict[str, int](), "C": dict[str, int]()}
    for line in draft.lines:
        of_side[line.side][line.account.code] = of_side[line.side].get(line.account.code, 0) + line.worth.minor
    base = {side: sum(each.worth.base_minor for each in draft.lines if each.side == side) for side in "DC"}
    assert base["D"] == base["C"]
    assert sum(of_side["D"].values()) == sum(of_side["C"].values())
    return of_side["D"], of_side["C"]


def worth(minor: int, base: int | None = None) -> Worth:
    return Worth(minor, "USD", minor if base is None else base)


def lost(*, taken: int, loss: int = 0, customer: bool = True, base: int | None = None) -> Lost:
    return Lost(
        dispute_id=DISPUTE,
        payment_id=PAYMENT,
        customer_id=CUSTOMER if customer else None,
        taken=worth(taken, base),
        gone=worth(taken),
        loss=worth(loss),
    )


def test_j40_takes_funds_and_fee_as_the_chart_says() -> None:
    event, debit, credit, _ = row("J40")
    assert "takes the funds" in event
    assert "fee" in event
    funds = posting_rules.take_funds(dispute_id=DISPUTE, gateway_account_id=ACCOUNT, worth=worth(500))
    fee = posting_rules.charge_dispute_fee(dispute_id=DISPUTE, gateway_account_id=ACCOUNT, worth=worth(15))
    # Funds stand before the stroke, the fee behind it.
    for draft, place in ((funds, 0), (fee, 1)):
        debited, credited = sides(draft)
        assert set(debited) == codes(debit.split("/")[place])
        assert set(credited) == codes(credit.split("/")[place])
        assert (draft.rule, draft.subject_id) == ("J40", DISPUTE)
    assert [line.per for line in (*funds.lines, *fee.lines)] == [DISPUTE, ACCOUNT] * 2


def test_j41_is_the_mirror_of_j40() -> None:
    _, debit, credit, _ = row("J41")
    won = posting_rules.win_dispute(dispute_id=DISPUTE, gateway_account_id=ACCOUNT, funds=worth(500), fee=worth(15))
    assert sides(won) == ({"1120": 515}, {"1130": 500, "6110": 15})
    assert (codes(debit), codes(credit)) == ({"1120"}, {"1130", "6110"})
    only_funds = posting_rules.win_dispute(dispute_id=DISPUTE, gateway_account_id=ACCOUNT, funds=worth(500), fee=None)
    assert sides(only_funds) == ({"1120": 500}, {"1130": 500})
    # An inquiry that ended well: nothing was taken, nothing comes back.
    assert not posting_rules.win_dispute(dispute_id=DISPUTE, gateway_account_id=ACCOUNT, funds=None, fee=None).lines


@pytest.mark.parametrize("customer", [True, False])
def test_j42_takes_credit_or_suspense_and_the_rest_is_a_loss(*, customer: bool) -> None:
    _, debit, credit, remarks = row("J42")
    holder = "2100" if customer else "2000"
    assert holder in codes(debit)
    assert re.search(r"refunded before: 6110", remarks)
    draft = posting_rules.lose_dispute(lost(taken=400, loss=100, customer=customer))
    assert sides(draft) == ({holder: 400, "6110": 100}, dict.fromkeys(codes(credit), 500))
    assert sides(posting_rules.lose_dispute(lost(taken=0, loss=100)))[0] == {"6110": 100}


@pytest.mark.parametrize(
    ("method", "account", "per"),
    [("cheque", "1110", PAYMENT), ("bank_transfer", "1100", DISPUTE), ("direct_debit", "1100", DISPUTE)],
)
def test_j43_takes_as_j42_from_where_the_money_was(method: str, account: str, per: object) -> None:
    _, debit, credit, _ = row("J43")
    assert debit == "as J42"
    assert account in codes(credit)
    draft = posting_rules.return_to_bank(lost(taken=500), method=method)
    assert (draft.rule, sides(draft)) == ("J43", ({"2100": 500}, {account: 500}))
    assert draft.lines[-1].per == per


@pytest.mark.parametrize(("base", "side"), [(450, "D"), (550, "C")])
def test_j51_levels_what_is_carried_at_another_rate(base: int, side: str) -> None:
    draft = posting_rules.lose_dispute(lost(taken=500, base=base))
    sides(draft)
    (difference,) = [line for line in draft.lines if line.account.code == "6810"]
    assert (difference.side, difference.worth.minor, difference.worth.base_minor) == (side, 0, 50)


def test_the_table_of_changes() -> None:
    for state in states.STATES:
        for event in states.EVENTS:
            if (state, event) in states.TRANSITIONS:
                assert states.next_state(dispute_id=DISPUTE, state=state, event=event) in states.STATES
            else:
                with pytest.raises(states.DisputeTransitionRefused) as error:
                    states.next_state(dispute_id=DISPUTE, state=state, event=event)
                assert (error.value.state, error.value.event) == (state, event)
    decided = {state for state in states.STATES if state not in states.OPEN}
    assert not [step for step in states.TRANSITIONS if step[0] in decided], "what is decided stays decided"
    assert set(states.BORN) == set(states.KINDS)


# What the database refuses, whoever writes


@pytest.fixture
def paid(world: World) -> str:
    """A completed payment of 50.00 EUR, of which nothing is allocated."""
    from tallystick.usecases import record

    record.record_payment(
        actor=world.staff, at=at("2026-01-02"), customer_id=world.customer(), total_minor=5000, currency="EUR"
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM payments_payment")
        return str(cursor.fetchone()[0])


INSERT = (
    "INSERT INTO payments_dispute (id, payment_id, kind, state, external_id, amount_minor, currency, fee_minor, "
    "fee_currency, fee_returned, reason_code, sort_date, opened_at, closed_at, taken_minor, loss_minor) "
    "VALUES (gen_random_uuid(), %s, 'chargeback', %s, '', %s, 'EUR', %s, %s, false, '', now(), now(), %s, %s, %s)"
)


@pytest.mark.django_db
def test_money_in_dispute_that_would_not_be_there(paid: str) -> None:
    update = "UPDATE payments_payment SET "

    def change(columns: str) -> Callable[[], None]:
        return lambda: run(f"{update}{columns}")

    refused("disputed_money_stays", change("disputed_minor = 5001"))
    refused("disputed_money_stays", change("disputed_minor = -1"))
    refused("disputed_money_stays", change("disputed_minor = 4000, refund_reserved_minor = 1001"))
    refused("disputed_money_stays", change("disputed_minor = 4000, refunded_minor = 1001"))
    refused("disputed_money_stays", change("disputed_minor = 4000, lost_minor = 1001"))
    refused("disputed_money_stays", change("disputed_minor = 4000, difference_minor = 1001"))
    refused("disputed_money_stays", change("disputed_minor = 1, reversed_at = now()"))


@pytest.mark.django_db
def test_a_dispute_that_is_none(paid: str) -> None:
    def insert(*values: object) -> Callable[[], None]:
        return lambda: run(INSERT, paid, *values)

    # State, amount, fee, its currency, closed, taken, loss.
    refused("dispute_amount_is_positive", insert("opened", 0, 0, "", None, 0, 0))
    refused("dispute_fee_has_its_currency", insert("opened", 500, 15, "", None, 0, 0))
    refused("lost_dispute_was_taken", insert("lost", 500, 0, "", at("2026-01-03"), 400, 99))
    refused("lost_dispute_was_taken", insert("won", 500, 0, "", at("2026-01-03"), 500, 0))
    refused("decided_dispute_is_closed", insert("opened", 500, 0, "", at("2026-01-03"), 0, 0))
    refused("decided_dispute_is_closed", insert("won", 500, 0, "", None, 0, 0))
