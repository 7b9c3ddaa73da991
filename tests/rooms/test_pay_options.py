"""The four ways to say what to pay, as arithmetic (C5 to C10; `docs/model.md`, 22)."""

import uuid
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.allocations.pay_options import PayOption, Plan, plan

_OPEN = st.lists(st.tuples(st.uuids(version=4), st.integers(1, 10**9)), max_size=8, unique_by=lambda each: each[0])
_ONE, _TWO, _PAID = UUID(int=1), UUID(int=2), UUID(int=3)


def test_the_window_of_the_source() -> None:
    """Total Balance 60.85, Current Charges 0: the latest invoice is paid (C5)."""
    opened = [(_ONE, 4085), (_TWO, 2000)]
    assert plan(PayOption.TOTAL_BALANCE, opened, latest=_PAID).total_minor == 6085
    assert plan(PayOption.CURRENT_CHARGES, opened, latest=_PAID) == Plan(amounts={})
    assert plan(PayOption.CURRENT_CHARGES, opened, latest=_TWO).amounts == {_TWO: 2000}
    assert plan(PayOption.SELECTED_INVOICES, opened, selected={_TWO}).amounts == {_TWO: 2000}


@pytest.mark.parametrize(
    ("fixed", "amounts", "on_account"),
    [
        (0, {}, 0),
        (-5, {}, 0),
        (4000, {_ONE: 4000}, 0),
        (4085, {_ONE: 4085}, 0),
        (5000, {_ONE: 4085, _TWO: 915}, 0),
        (10000, {_ONE: 4085, _TWO: 2000}, 3915),
    ],
)
def test_a_fixed_amount_pays_the_oldest_first(fixed: int, amounts: dict[UUID, int], on_account: int) -> None:
    found = plan(PayOption.FIXED_AMOUNT, [(_ONE, 4085), (_TWO, 2000)], fixed_minor=fixed)
    assert found == Plan(amounts=amounts, on_account_minor=on_account)
    assert list(found.amounts) == list(amounts)


@given(opened=_OPEN, fixed=st.integers(0, 10**10), data=st.data())
def test_no_way_pays_more_than_is_open_or_other_than_it_says(
    opened: list[tuple[UUID, int]], fixed: int, data: st.DataObject
) -> None:
    ids = [each for each, _ in opened] or [uuid.uuid4()]
    latest, selected = data.draw(st.sampled_from(ids)), data.draw(st.sets(st.sampled_from(ids)))
    amounts = dict(opened)
    for option in PayOption:
        found = plan(option, opened, latest=latest, fixed_minor=fixed, selected=selected)
        assert all(0 < minor <= amounts[each] for each, minor in found.amounts.items())
        assert found.on_account_minor >= 0
        if option is PayOption.FIXED_AMOUNT:
            assert found.total_minor == fixed
            # Nothing is left on account while anything is open, and only the last that it reaches is paid in part.
            assert not found.on_account_minor or found.amounts == amounts
            parts = [each for each, minor in found.amounts.items() if minor < amounts[each]]
            assert parts in ([], list(found.amounts)[-1:])
        else:
            assert found.on_account_minor == 0
            wanted = {PayOption.TOTAL_BALANCE: set(amounts), PayOption.CURRENT_CHARGES: {latest}}.get(option, selected)
            assert found.amounts == {each: minor for each, minor in opened if each in wanted}
