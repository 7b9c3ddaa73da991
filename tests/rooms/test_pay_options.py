"""What a Total Balance and a Fixed Amount pay, as arithmetic (C5 to C10; `docs/model.md`, 22)."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.allocations.pay_options import Plan, plan

_OPEN = st.lists(st.tuples(st.uuids(version=4), st.integers(1, 10**9)), max_size=8, unique_by=lambda each: each[0])
_ONE, _TWO = UUID(int=1), UUID(int=2)


def test_the_window_of_the_source() -> None:
    """The Total Balance is all that is open (C5)."""
    assert plan([(_ONE, 4085), (_TWO, 2000)]) == Plan(amounts={_ONE: 4085, _TWO: 2000})
    assert plan([(_ONE, 4085), (_TWO, 2000)]).total_minor == 6085
    assert plan([]).total_minor == 0


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
    found = plan([(_ONE, 4085), (_TWO, 2000)], fixed_minor=fixed)
    assert found == Plan(amounts=amounts, on_account_minor=on_account)
    assert list(found.amounts) == list(amounts)


@given(opened=_OPEN, fixed=st.integers(0, 10**10))
def test_neither_pays_more_than_is_open_or_other_than_it_says(opened: list[tuple[UUID, int]], fixed: int) -> None:
    amounts = dict(opened)
    found = plan(opened, fixed_minor=fixed)
    assert all(0 < minor <= amounts[each] for each, minor in found.amounts.items())
    assert found.total_minor == fixed
    # Nothing is left on account while anything is open, and only the last that it reaches is paid in part.
    assert found.on_account_minor >= 0
    assert not found.on_account_minor or found.amounts == amounts
    parts = [each for each, minor in found.amounts.items() if minor < amounts[each]]
    assert parts in ([], list(found.amounts)[-1:])
    assert plan(opened) == Plan(amounts=amounts)
