"""What was paid of an invoice is split over its lines without loss (E6)."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tallystick.money.rounding import half_up
from tallystick.subscriptions.proration import split_income

NETS = st.lists(st.integers(-(10**7), 10**8), min_size=1, max_size=40)


@given(nets=NETS, tax=st.integers(0, 10**7), paid=st.integers(0, 10**10))
def test_the_shares_of_the_lines_add_up_to_what_was_paid_net_of_tax(nets: list[int], tax: int, paid: int) -> None:
    total = sum(nets) + tax
    if total <= 0:
        return
    paid = min(paid, total)
    shares = split_income(paid, total_minor=total, nets=nets)
    assert sum(shares) == half_up(Fraction(paid * sum(nets), total))
    if paid == total:
        assert shares == nets, "what is paid in full brings each line its own net amount"
    for share, net in zip(shares, nets, strict=True):
        assert abs(share - Fraction(paid * net, total)) <= 1


@given(nets=NETS)
def test_what_is_not_paid_brings_nothing(nets: list[int]) -> None:
    assert split_income(0, total_minor=max(sum(nets), 1), nets=nets) == [0] * len(nets)
    assert split_income(0, total_minor=0, nets=nets) == [0] * len(nets)
