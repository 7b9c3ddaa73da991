"""A group billed now, by hand: what the preview tells, what is billed, and that nothing is billed twice (E30, E38c)."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tallystick.catalog import queries as offered
from tallystick.customers import queries
from tallystick.customers.groups import GroupIsArchived
from tallystick.foundation.errors import InvalidField, NotAllowed, NotFound
from tallystick.foundation.ids import new_id
from tallystick.foundation.transactions import transaction
from tallystick.ledger import operations as ledger
from tallystick.payments import queries as payments
from tallystick.subscriptions import operations as subscriptions
from tallystick.subscriptions import plans
from tallystick.usecases import group_bill, grouping
from tallystick.usecases.group_bill import NothingToBill, PreviewOutOfDate
from tallystick.wire.group_bills import GroupBilledShape, GroupPreviewShape
from tests.api.conftest import row_counts
from tests.scenarios.conftest import actor, at, uid
from tests.scenarios.subscribers import Subscribers, bills, rows
from tests.trails import trail_of

pytestmark = pytest.mark.django_db


class Grouped(Subscribers):
    """A business with a group, billed on the 1st, and its payer, who has 14 days."""

    def __init__(self) -> None:
        super().__init__()
        with transaction():
            ledger.set_rate(currency="USD", valid_from=date(2025, 1, 1), rate=Decimal("0.9"), source="Test")
        self.payer = self.customer("Payer AG", terms_days=14)
        self.acme = self.group(self.payer, day=1, first="2026-02-01")

    def member(self, name: str, price: UUID, *, start: str = "2026-01-10", joined: str = "2026-01-01") -> UUID:
        """This function will add a member with a subscription, and return the subscription's id."""
        customer = self.customer(name)
        self.join(self.acme, customer, joined)
        return self.subscribe(customer, price, start=start)

    def preview(self, today: str, *, as_of: str = "") -> GroupPreviewShape:
        """This function will look at what would be billed on a day."""
        day = date.fromisoformat(as_of) if as_of else None
        return group_bill.preview_group_invoice(actor=self.staff, at=at(today), group_id=self.acme, as_of_date=day)

    def generate(self, today: str, *, as_of: str = "", version: str = "") -> GroupBilledShape:
        """This function will bill the group on a day, as the preview of now tells unless another one is named."""
        return group_bill.generate_group_invoice(
            actor=self.staff,
            at=at(today),
            group_id=self.acme,
            version=version or self.preview(today, as_of=as_of)["version"],
            as_of_date=date.fromisoformat(as_of) if as_of else None,
        )

    def next_date(self) -> str:
        """This function will return the group's next billing date."""
        return str(queries.group(self.acme)["next_billing_date"])


@pytest.fixture
def world(db: None) -> Grouped:
    """A business with a billing group."""
    return Grouped()


def reasons(preview: GroupPreviewShape) -> dict[str, Any]:
    """This function will return the reason why a member's first subscription, or the member, is not billed."""
    return {
        each["name"]: (each["unbilled"] or each["subscriptions"][0]["unbilled"] or {"code": "billed"})["code"]
        for each in preview["members"]
    }


def test_generate_bills_what_began_and_the_runs_of_later_days_bill_nothing_twice(world: Grouped) -> None:
    world.member("Ada Inc", world.price(8900))
    world.member("Bob Inc", world.price(2000), start="2026-01-25")

    made = world.generate("2026-01-20")

    (invoice,) = made["invoices"]
    assert (invoice["number"], invoice["invoice_date"], invoice["due_date"]) == (
        "INV-2026-00001",
        "2026-01-20",
        "2026-02-03",
    )
    assert [(line["member"], line["period_start"], line["net_minor"]) for line in rows_of(invoice)] == [
        ("Ada Inc", "2026-01-10", 8900)
    ]
    # What begins from tomorrow on is still to come on the billing date.
    assert world.next_date() == "2026-02-01"
    world.run("2026-01-20")
    world.run("2026-02-01")
    world.run("2026-02-10")
    assert [str(line[3]) for line in bills(world.payer)] == ["2026-01-10", "2026-01-25"]
    assert world.next_date() == "2026-03-01"
    assert world.owes(world.payer) == 10680 + 2400


def rows_of(invoice: Any) -> list[dict[str, Any]]:
    found = rows(
        "SELECT member_name, period_start, net_minor FROM invoices_invoiceline WHERE invoice_id = %s ORDER BY position",
        uid("inv", invoice["id"]),
    )
    return [dict(zip(("member", "period_start", "net_minor"), (a, str(b), c), strict=True)) for a, b, c in found]


@pytest.mark.parametrize(
    ("today", "following"),
    [
        # The day after is the billing date: what a run would bill then is billed.
        ("2026-01-31", "2026-03-01"),
        ("2026-01-30", "2026-02-01"),
        # Missed for a while: one invoice for all of it.
        ("2026-03-20", "2026-04-01"),
    ],
)
def test_the_next_billing_date_moves_when_it_is_reached(world: Grouped, today: str, following: str) -> None:
    world.member("Ada Inc", world.price())
    told = world.preview(today)
    assert len(world.generate(today)["invoices"]) == 1
    assert (told["next_billing_date"], world.next_date()) == (following, following)
    before = bills()
    world.run(today)
    assert bills() == before


def test_both_ways_give_the_same_invoice(world: Grouped) -> None:
    price = world.price(3333)
    world.member("Ada Inc", price)
    world.member("Bob Inc", price, start="2026-01-15")
    other = world.group(world.payer, day=1, first="2026-02-01", name="Other")
    for name, start in (("Ada Inc", "2026-01-10"), ("Bob Inc", "2026-01-15")):
        member = world.customer(name)
        world.join(other, member, "2026-01-01")
        world.subscribe(member, price, start=start)
    by_hand = world.generate("2026-02-01", as_of="2026-01-31")["invoices"][0]
    world.run("2026-02-01")

    def told(number: str) -> list[tuple[Any, ...]]:
        return rows(
            "SELECT line.position, description, quantity, unit_price_minor, line.net_minor, line.tax_minor, "
            "member_name, period_start, period_end, invoice_date, due_date, total_minor FROM invoices_invoiceline "
            "AS line JOIN invoices_invoice AS invoice ON invoice.id = invoice_id WHERE number = %s ORDER BY position",
            number,
        )

    assert by_hand["number"] == "INV-2026-00001"
    assert told("INV-2026-00001") == told("INV-2026-00002")
    assert len(told("INV-2026-00001")) == 2


def test_members_with_their_own_days_and_currencies_join_and_leave_midway(world: Grouped) -> None:
    world.member("Ada Inc", world.price(8900), start="2026-01-10")
    world.member("Dora LLC", world.price(1000, currency="USD"), start="2026-01-31")
    late = world.customer("Late Ltd")
    world.subscribe(late, world.price(500), start="2026-01-15")
    world.run("2026-01-15")
    world.join(world.acme, late, "2026-01-20")
    gone = world.member("Gone GmbH", world.price(700), start="2026-01-12")
    world.leave(world.acme, world.column(gone, "customer_id"), "2026-02-05")

    preview = world.preview("2026-02-15")

    assert [(each["currency"], each["lines"], each["total_minor"]) for each in preview["invoices"]] == [
        ("EUR", 4, (8900 * 2 + 500 + 700) * 12 // 10),
        ("USD", 1, 1200),
    ]
    periods = {
        member["name"]: [(each["period_start"], each["currency"]) for each in member["subscriptions"][0]["periods"]]
        for member in preview["members"]
    }
    assert periods == {
        "Ada Inc": [("2026-01-10", "EUR"), ("2026-02-10", "EUR")],
        "Dora LLC": [("2026-01-31", "USD")],
        # January was billed to itself before it joined; of who left, what began before.
        "Gone GmbH": [("2026-01-12", "EUR")],
        "Late Ltd": [("2026-02-15", "EUR")],
    }
    assert [each["totals"] for each in preview["members"]][1] == [
        {"currency": "USD", "net_minor": 1000, "tax_minor": 200, "total_minor": 1200}
    ]
    assert preview["is_complete"]
    assert len(world.generate("2026-02-15")["invoices"]) == 2
    # What began after the leaving is billed to the customer alone, once.
    world.run("2026-02-15")
    assert [str(line[3]) for line in bills(world.column(gone, "customer_id"))] == ["2026-02-12"]
    assert world.preview("2026-02-15")["invoices"] == []


def test_the_preview_says_of_everything_why_it_is_not_billed(world: Grouped) -> None:
    price = world.price(1000)
    nobody = world.customer("A nobody")
    world.join(world.acme, nobody, "2026-01-01")
    drafted, trial = world.customer("B draft"), world.customer("C trial")
    for each in (drafted, trial):
        world.join(world.acme, each, "2026-01-01")
    terms = subscriptions.Terms(
        quantity=Decimal(1),
        start_date=date(2026, 1, 1),
        billing_start_date=date(2026, 1, 1),
        billing_day=None,
        contract_months=None,
        collection="autopay",
        early_return_fee_minor=None,
        remark="",
    )
    with transaction():
        subscriptions.create_draft(
            customer_id=drafted, price=offered.price(price), terms=terms, by="Ada", at=at("2026-01-01")
        )
    world.subscribe(trial, price, start="2026-01-01", billing_start="2026-03-01")
    paused, cancelled = world.member("D paused", price), world.member("E cancelled", price)
    with transaction():
        subscriptions.pause(
            subscriptions.locked(paused),
            from_date=date(2026, 1, 10),
            resume_date=date(2026, 5, 1),
            today=date(2026, 1, 10),
            by="Ada",
            at=at("2026-01-10"),
        )
    world.set(cancelled, state="cancelled", next_period_start=None)
    world.member("F earlier", price)
    world.generate("2026-01-10")
    world.member("G later", price, start="2026-03-01")
    world.member("H alone", price, start="2026-01-15", joined="2026-01-20")
    world.member("I no rate", world.price(1000, currency="JPY"), start="2026-01-15")
    world.member("J billed", price, start="2026-01-20")

    preview = world.preview("2026-01-20")

    assert reasons(preview) == {
        "A nobody": "no_subscription",
        "B draft": "draft",
        "C trial": "trial",
        "D paused": "paused",
        "E cancelled": "cancelled",
        "F earlier": "billed_already",
        "G later": "begins_later",
        "H alone": "billed_alone",
        "I no rate": "cannot_be_billed",
        "J billed": "billed",
    }
    told = {each["name"]: each["subscriptions"][0]["unbilled"] for each in preview["members"] if each["subscriptions"]}
    earlier, failing = told["F earlier"], told["I no rate"]
    assert earlier is not None
    assert failing is not None
    assert (earlier["invoice_number"], earlier["date"]) == ("INV-2026-00001", "2026-02-10")
    assert "JPY" in failing["detail"]
    assert not preview["is_complete"]
    # What fails keeps nothing else from being billed, but the group keeps its billing date for it.
    assert [each["number"] for each in world.generate("2026-01-31")["invoices"]] == ["INV-2026-00002"]
    assert world.next_date() == "2026-02-01"


def test_a_change_of_plan_that_was_reached_is_billed_at_its_new_price(world: Grouped) -> None:
    subscription, dearer = world.member("Ada Inc", world.price(1000)), world.price(1500)
    stranger = world.subscribe(world.customer("Stranger"), world.price(1000), start="2026-01-10")
    world.run("2026-01-10")
    world.generate("2026-01-10")
    with transaction():
        for each in (subscription, stranger):
            plans.plan(
                subscriptions.locked(each),
                price=offered.price(dearer),
                quantity=Decimal(1),
                today=date(2026, 1, 12),
                by="Ada",
                at=at("2026-01-12"),
            )
    preview = world.preview("2026-02-10")
    assert preview["invoices"][0]["net_minor"] == 1500
    # A preview changes nothing, and billing a group changes only what is the members'.
    assert world.column(subscription, "unit_price_minor") == 1000
    world.generate("2026-02-10")
    assert world.column(subscription, "unit_price_minor") == 1500
    assert world.column(stranger, "unit_price_minor") == 1000


def test_a_preview_that_is_out_of_date_bills_nothing(world: Grouped) -> None:
    subscription = world.member("Ada Inc", world.price())
    seen = world.preview("2026-01-20")
    assert world.preview("2026-01-20")["version"] == seen["version"]
    world.set(subscription, quantity=2)
    before = row_counts()
    for today, version in (("2026-01-20", seen["version"]), ("2026-01-21", world.preview("2026-01-20")["version"])):
        with pytest.raises(PreviewOutOfDate):
            world.generate(today, version=version)
    assert row_counts() == before
    assert world.next_date() == "2026-02-01"


def test_what_cannot_be_is_refused_and_leaves_no_trace(world: Grouped) -> None:
    world.member("Ada Inc", world.price())
    world.generate("2026-01-20")
    version = world.preview("2026-01-20")["version"]
    before = row_counts()
    with pytest.raises(NothingToBill):
        world.generate("2026-01-20")
    with pytest.raises(InvalidField):
        world.preview("2026-01-20", as_of="2026-01-21")
    with pytest.raises(InvalidField):
        world.generate("2026-01-20", as_of="2026-01-21", version=version)
    with pytest.raises(NotFound):
        group_bill.preview_group_invoice(actor=world.staff, at=at("2026-01-20"), group_id=new_id())
    for role in ("Support", "Read-only", "Engineer"):
        with pytest.raises(NotAllowed):
            group_bill.preview_group_invoice(actor=actor(role), at=at("2026-01-20"), group_id=world.acme)
        with pytest.raises(NotAllowed):
            group_bill.generate_group_invoice(
                actor=actor(role), at=at("2026-01-20"), group_id=world.acme, version=version
            )
    assert row_counts() == before


def test_an_archived_group_is_billed_no_more_and_its_members_alone(world: Grouped) -> None:
    subscription = world.member("Ada Inc", world.price())
    member = world.column(subscription, "customer_id")
    shape = grouping.archive_group(actor=world.staff, at=at("2026-01-20"), group_id=world.acme)
    assert (shape["is_archived"], shape["members"]) == (True, 0)
    assert [entry["action"] for entry in trail_of(world.acme)] == ["archive_group"]
    assert trail_of(member)[-1]["action"] == "leave_group"
    before = row_counts()
    with pytest.raises(GroupIsArchived):
        world.preview("2026-01-20")
    with pytest.raises(GroupIsArchived):
        world.generate("2026-01-20", version="x")
    with pytest.raises(GroupIsArchived):
        grouping.archive_group(actor=world.staff, at=at("2026-01-20"), group_id=world.acme)
    with pytest.raises(NotAllowed):
        grouping.archive_group(actor=actor("Support"), at=at("2026-01-20"), group_id=world.acme)
    assert row_counts() == before
    world.run("2026-01-20")
    assert (len(bills(member)), bills(world.payer)) == (1, [])


def test_the_invoice_expects_one_payment_and_its_mail_waits(world: Grouped) -> None:
    world.member("Ada Inc", world.price())
    (invoice,) = world.generate("2026-01-20")["invoices"]
    live = payments.live_scheduled(uid("inv", invoice["id"]))
    assert live is not None
    assert (live["total_minor"], live["customer_id"]) == (10680, world.payer)
    jobs = rows("SELECT args FROM procrastinate_jobs WHERE task_name = 'mail.invoices'")
    assert len(jobs) == 1
    (entry,) = [each for each in trail_of(world.acme) if each["action"] == "generate_group_invoice"]
    assert entry["after"]["invoices"] == [invoice["number"]]
