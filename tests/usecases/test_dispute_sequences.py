"""Whatever is done with one payment, in any order: the equation and the books hold, a refusal leaves no trace."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tallystick.allocations.queries import standing_allocations
from tallystick.foundation.errors import ExpectedError
from tallystick.gateways.port import Answer, Outcome
from tallystick.payments import dispute_queries
from tallystick.payments import queries as payments
from tallystick.usecases import allocate, dispute, refund, settle
from tallystick.usecases.record import Part
from tests.conftest import check_books
from tests.scenarios.conftest import uid
from tests.usecases.disputing import counters
from tests.usecases.shop import Shop, at

pytestmark = pytest.mark.django_db

TOTAL = 6000
amounts = st.integers(1, TOTAL + 1)
acts = st.one_of(
    st.tuples(st.just("allocate"), amounts, st.integers(0, 1)),
    st.tuples(st.just("release"), st.integers(0, 3)),
    st.tuples(st.just("refund"), amounts, st.booleans()),
    st.tuples(st.just("dispute"), amounts),
    st.tuples(st.just("win"), st.integers(0, 3), st.booleans()),
    st.tuples(st.just("lose"), st.integers(0, 3)),
)


class Story:
    """One payment through a gateway, two invoices that it may pay, and what is done with them."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.customer = shop.customer()
        self.invoices = [shop.invoice(self.customer, net, tax=shop.no_tax) for net in (6000, 7000)]
        started = shop.collect(self.customer, self.invoices[0])
        (attempt,) = started["attempts"]
        # The gateway says what it says: no page is needed for that.
        paid = Answer(
            outcome=Outcome.SUCCEEDED, gateway_reference=f"spay_{attempt['id']}", amount_minor=6000, currency="EUR"
        )
        settle.settle_attempt(attempt_id=uid("att", attempt["id"]), answer=paid, at=at())
        self.payment = uid("pay", started["id"])

    def do(self, name: str, *values: Any) -> None:
        """This function will do one thing; what does not exist is not done."""
        common = {"actor": self.shop.staff, "at": at()}
        if name == "allocate":
            part = Part(invoice_id=self.invoices[values[1]], amount_minor=values[0])
            allocate.allocate_payment(**common, payment_id=self.payment, parts=[part])
        elif name == "refund":
            refund.refund_payment(
                **common,
                payment_id=self.payment,
                amount_minor=values[0],
                reason="Any",
                still_owed=values[1],
                method="cash",
            )
        elif name == "dispute":
            dispute.open_dispute(**common, payment_id=self.payment, amount_minor=values[0])
        elif name == "release" and (parts := standing_allocations(self.payment)):
            allocate.release_allocation(**common, allocation_id=parts[values[0] % len(parts)]["id"])
        elif name in {"win", "lose"} and (found := dispute_queries.disputes_of(self.payment)):
            chosen: UUID = found[values[0] % len(found)]["id"]
            if name == "win":
                dispute.win_dispute(**common, dispute_id=chosen, fee_returned=values[1])
            else:
                dispute.lose_dispute(**common, dispute_id=chosen)

    def standing(self) -> tuple[Any, ...]:
        """This function will return everything that a refused act must leave as it was."""
        return (
            payments.payment(self.payment),
            payments.timeline(self.payment),
            standing_allocations(self.payment),
            dispute_queries.disputes_of(self.payment),
            payments.refunds_of(self.payment),
            [self.shop.standing(invoice) for invoice in self.invoices],
            (self.shop.owes(self.customer), self.shop.credit(self.customer)),
        )


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(acts, min_size=1, max_size=8))
def test_the_equation_and_the_books_hold_after_every_step(shop: Shop, steps: list[tuple[Any, ...]]) -> None:
    story = Story(shop)
    for name, *values in steps:
        before = story.standing()
        try:
            story.do(name, *values)
        except ExpectedError:
            assert story.standing() == before
        allocated, unallocated, disputed, lost = counters(story.payment)
        assert min(allocated, unallocated, disputed, lost) >= 0
        found = dispute_queries.disputes_of(story.payment)
        open_minor = sum(row["amount_minor"] for row in found if row["state"] == "opened")
        assert disputed == min(open_minor, allocated + unallocated)
        assert lost == sum(row["taken_minor"] for row in found)
    check_books()
