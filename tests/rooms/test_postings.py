"""Each rule of the chart that the code posts: what an act of the product posted is compared with its row.

**A new rule needs a test that reads its row**, or `test_no_rule_is_without_its_test` fails. Either one function here
(or in `invoice_stories.py` or `money_out_stories.py`):

    @posts("J08", ("2100", "D", 12000, 10800), ("1200", "C", 12000, 11040), ("6810", "D", 0, 240))
    def allocate(story: Story) -> None:
        story.pays(story.bills())

It acts through use cases, and is told once in euro and once in dollars; the lines are all that the rule posts in it:
account, side, minor units, and what the books carry that at when it is in dollars. The accounts must be those of the
row, and stories of one rule must together use every account that its cells name. Or, where nothing can be told like
that, a test of its own in this folder which calls `row("J50")` or `listed("J50")` of `tests/chart.py`.
"""

import ast
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection

from tallystick.allocations import posting_rules as allocations
from tallystick.foundation import settings_store
from tallystick.foundation.ids import new_id
from tallystick.foundation.transactions import transaction
from tallystick.invoices.write_off_queries import TAX_RELIEF
from tallystick.ledger.entries import Worth
from tallystick.payments.posting_rules import GATEWAY
from tallystick.usecases import allocate, deposit, expire, record, write_off
from tests.chart import codes, listed, money_in, row, rules
from tests.rooms import invoice_stories, money_out_stories
from tests.rooms.posting_stories import FEBRUARY, JANUARY, STORIES, Posted, Story, posts
from tests.rooms.test_chart import rules_in_code
from tests.scenarios.conftest import at

__all__ = ["invoice_stories", "money_out_stories"]


# Money in, whose it is, and what it settles


def come_by(method: str, account: str) -> None:
    """This function will enter the stories of money that comes by a method."""

    @posts("J04", (account, "D", 12000, 10800), ("2100", "C", 12000, 10800), by=method)
    def receive(story: Story) -> None:
        receive_by(story, method, FEBRUARY)

    @posts("J05", (account, "D", 12000, 10800), ("2000", "C", 12000, 10800), by=method)
    def receive_from_nobody(story: Story) -> None:
        receive_by(story, method, FEBRUARY, known=False)


def receive_by(story: Story, method: str, day: str, *, known: bool = True) -> UUID:
    """This function will receive 120.00 by a method."""
    if method == GATEWAY:
        return story.receives_by_gateway(day, known=known)
    return story.receives(day, known=known, method=method)


for each, its_account in (("cash", "1000"), ("cheque", "1110"), ("bank_transfer", "1100"), (GATEWAY, "1120")):
    come_by(each, its_account)


@posts("J06", ("2000", "D", 12000, 11040), ("2100", "C", 12000, 11040))
def assign(story: Story) -> UUID:
    payment_id = story.receives(JANUARY, known=False)
    allocate.assign_payment(actor=story.staff, at=at(FEBRUARY), payment_id=payment_id, customer_id=story.payer)
    return payment_id


@posts("J07", ("2100", "D", 12000, 11040), ("2000", "C", 12000, 11040))
def unassign(story: Story) -> None:
    allocate.unassign_payment(actor=story.staff, at=at(FEBRUARY), payment_id=assign(story))


@posts("J08", ("2100", "D", 12000, 10800), ("1200", "C", 12000, 11040), ("6810", "D", 0, 240))
def pay(story: Story) -> None:
    story.pays(story.bills())


@posts("J09", ("1200", "D", 12000, 11040), ("2100", "C", 12000, 10800), ("6810", "C", 0, 240))
def release(story: Story) -> None:
    story.releases(story.pays(story.bills()))


@posts(
    "J10",
    *(("1100", "D", 12000, 10800), ("2100", "C", 12000, 10800)),
    *(("2100", "D", 12000, 10800), ("1200", "C", 12000, 11040), ("6810", "D", 0, 240)),
)
def mark_as_paid(story: Story) -> None:
    record.mark_paid(
        actor=story.staff,
        at=at(FEBRUARY),
        payment_id=story.expected_payment(story.bills())["id"],
        received_date=at(FEBRUARY).date(),
        method="bank_transfer",
    )


def undo(story: Story, payment_id: UUID) -> None:
    """This function will reverse a payment in February."""
    allocate.reverse_payment(actor=story.staff, at=at(FEBRUARY), payment_id=payment_id, reason="Counted twice")


@posts("J11", ("2100", "D", 12000, 11040), ("1000", "C", 12000, 11040))
def reverse(story: Story) -> None:
    undo(story, story.receives(JANUARY, method="cash"))


@posts("J11", ("2000", "D", 12000, 11040), ("1110", "C", 12000, 11040))
def reverse_what_nobody_paid(story: Story) -> None:
    undo(story, story.receives(JANUARY, method="cheque", known=False))


@posts("J33", ("1100", "D", 12000, 11040), ("1110", "C", 12000, 11040))
def bring_a_cheque_to_the_bank(story: Story) -> None:
    in_hand = story.receives(JANUARY, method="cheque")
    deposit.deposit_cheque(actor=story.staff, at=at(FEBRUARY), payment_id=in_hand)


@posts("J12", ("6200", "D", 12000, 11040), ("1200", "C", 12000, 11040))
def give_up(story: Story) -> UUID:
    return story.gives_up(story.bills())


@posts("J12", ("6200", "D", 10000, 9200), ("2300", "D", 2000, 1840), ("1200", "C", 12000, 11040))
def give_up_without_the_tax(story: Story) -> UUID:
    with transaction():
        settings_store.put(TAX_RELIEF, True)
    return give_up(story)


@posts("J12", ("6200", "D", 12600, 11592), ("1200", "C", 12600, 11592))
def give_up_what_was_earned(story: Story) -> None:
    story.gives_up(story.bills_all_kinds())


@posts("J26", ("2400", "D", 30000, 27600), ("2300", "D", 6000, 5520), ("2100", "C", 36000, 33120))
def credit_first_what_was_not_earned(story: Story) -> None:
    story.gives_up(story.bills_all_kinds())


@posts("J13", ("1200", "D", 12000, 11040), ("6200", "C", 12000, 11040))
def owe_again(story: Story) -> None:
    write_off.recover_invoice(actor=story.staff, at=at(FEBRUARY), invoice_id=give_up(story), reason="They pay")


@posts("J13", ("1200", "D", 6001, 5521), ("6200", "C", 5001, 4601), ("2300", "C", 1000, 920))
def owe_a_part_again_with_its_tax(story: Story) -> None:
    invoice = give_up_without_the_tax(story)
    common = {"actor": story.staff, "at": at(FEBRUARY), "reason": "They pay"}
    write_off.recover_invoice(**common, invoice_id=invoice, amount_minor=6001)


@posts("J14", ("6800", "D", 25, 23), ("1200", "C", 25, 23))
def write_short(story: Story) -> None:
    told = {"amount_minor": 25, "reason": "Fee of their bank"}
    allocate.write_small_difference(actor=story.staff, at=at(FEBRUARY), invoice_id=story.bills(), **told)


@posts("J14", ("2100", "D", 20, 18), ("6800", "C", 20, 18))
def write_over(story: Story) -> None:
    told = {"amount_minor": 20, "reason": "Rounded up"}
    allocate.write_small_difference(actor=story.staff, at=at(FEBRUARY), payment_id=story.receives(), **told)


# The wallet


@posts("J16", ("2100", "D", 12000, 10800), ("2200", "C", 12000, 10800))
def top_up(story: Story) -> UUID:
    return story.receives(invoice=story.prepaid.request(story.payer, 12000, currency=story.currency))


@posts("J16", ("2100", "D", 12000, 10800), ("2200", "C", 1500, 1380), ("2200", "C", 10500, 9450), ("6810", "D", 0, 30))
def top_up_what_was_used_beyond_prepaid(story: Story) -> None:
    story.prepaid.buy(story.payer, 1500, currency=story.currency)
    top_up(story)


@posts("J16", ("2100", "D", 12000, 10800), ("2200", "C", 10000, 9000), ("2300", "C", 2000, 1800))
def top_up_with_tax(story: Story) -> UUID:
    assert "Tax on top-up: 2200 net, 2300 tax" in row("J16").remarks
    request = story.prepaid.request(story.payer, 12000, currency=story.currency, tax=story.vat)
    return story.receives(invoice=request)


# What was used beyond prepaid was taxed then: only what is left of the money is taxed now.
@posts(
    "J16",
    *(("2100", "D", 1500, 1350), ("2200", "C", 1500, 1380), ("6810", "D", 0, 30)),
    *(("2100", "D", 10500, 9450), ("2200", "C", 8750, 7875), ("2300", "C", 1750, 1575)),
)
def top_up_with_tax_what_was_used_beyond_prepaid(story: Story) -> None:
    story.prepaid.buy(story.payer, 1500, currency=story.currency)
    top_up_with_tax(story)


@posts("J17", ("2200", "D", 12000, 10800), ("2100", "C", 12000, 10800))
def take_back(story: Story) -> None:
    story.releases(top_up(story))


@posts("J17", ("2200", "D", 10000, 9000), ("2300", "D", 2000, 1800), ("2100", "C", 12000, 10800))
def take_back_with_tax(story: Story) -> None:
    story.releases(top_up_with_tax(story))


@posts("J18", ("2210", "D", 300, 276), ("2200", "D", 600, 552), ("4010", "C", 800, 736), ("2300", "C", 100, 92))
def charge(story: Story) -> UUID:
    request = story.prepaid.request(story.payer, 1000, currency=story.currency)
    story.receives(JANUARY, minor=1000, invoice=request)
    story.prepaid.give(story.payer, 300, day=JANUARY, currency=story.currency, expires=date(2026, 3, 31))
    return story.prepaid.buy(story.payer, 900, day=FEBRUARY, currency=story.currency)


@posts("J18", ("2210", "D", 300, 270), ("2200", "D", 600, 540), ("4010", "C", 900, 810))
def charge_what_was_taxed(story: Story) -> UUID:
    assert "or from lots taxed at top-up" in row("J18").remarks
    top_up_with_tax(story)
    story.prepaid.give(story.payer, 300, day=FEBRUARY, currency=story.currency, expires=date(2026, 3, 31))
    return story.prepaid.buy(story.payer, 900, day=FEBRUARY, currency=story.currency)


@posts("J19", ("4010", "D", 900, 810), ("2200", "C", 600, 540), ("2210", "C", 300, 270))
def credit_back_what_was_taxed(story: Story) -> None:
    story.prepaid.credit(charge_what_was_taxed(story), day=FEBRUARY)


@posts("J19", ("4010", "D", 800, 736), ("2300", "D", 100, 92), ("2200", "C", 600, 552), ("2210", "C", 300, 276))
def credit_back(story: Story) -> None:
    story.prepaid.credit(charge(story), day=FEBRUARY)


@posts("J23", ("4900", "D", 1000, 900), ("2210", "C", 1000, 900))
def redeem_a_gift(story: Story) -> None:
    code = story.prepaid.code(day=JANUARY, currency=story.currency)
    story.prepaid.redeem(story.payer, code, day=FEBRUARY, currency=story.currency)


SOLD = (("1100", "D", 24000, 22080), ("2220", "C", 24000, 22080), ("2220", "D", 12000, 11040))


@posts("J24", *SOLD, ("2200", "C", 12000, 11040))
def redeem_what_was_sold(story: Story) -> None:
    terms = {"is_sold": True, "reseller": "Kiosk", "quantity": 2, "amount_minor": 12000, "lifetime_days": 10}
    batch = story.prepaid.batch(day=JANUARY, currency=story.currency, **terms)
    story.prepaid.sell(batch, day=JANUARY)
    code = story.prepaid.codes(batch)[0]
    story.prepaid.redeem(story.payer, code, day=FEBRUARY, currency=story.currency)


@posts("J24", *SOLD, ("2200", "C", 1500, 1350), ("2200", "C", 10500, 9660), ("6810", "C", 0, 30))
def redeem_what_was_sold_into_a_wallet_below_zero(story: Story) -> None:
    story.prepaid.buy(story.payer, 1500, day=FEBRUARY, currency=story.currency)
    redeem_what_was_sold(story)


@posts("J20", ("1200", "D", 1500, 1350), ("2200", "C", 1500, 1380), ("6810", "D", 0, 30))
def invoice_usage(story: Story) -> None:
    story.prepaid.buy(story.payer, 1500, day=JANUARY, currency=story.currency)
    story.prepaid.invoice_usage(story.payer, day=FEBRUARY, currency=story.currency)


@posts("J21", ("2200", "D", 12000, 10800), ("1200", "C", 12000, 11040), ("6810", "D", 0, 240))
def pay_from_the_wallet(story: Story) -> None:
    top_up(story)
    story.prepaid.pay_from_wallet(story.bills(), day=FEBRUARY)


@posts(
    "J25",
    *(("2210", "D", 300, 276), ("4900", "C", 300, 276)),
    *(("2200", "D", 12000, 11040), ("4910", "C", 12000, 11040)),
)
def expire_what_nobody_used(story: Story) -> None:
    story.prepaid.give(story.payer, 300, day=JANUARY, currency=story.currency, expires=date(2026, 2, 9))
    redeem_what_was_sold(story)
    expire.expire_lots(at=at("2026-02-21"))


# What is compared


def of_one_act(rule: str) -> list[str]:
    """This function will return the rules whose entries a rule is made of: its own, or those that its cells name."""
    debit, credit = row(rule)[1:3]
    return [rule] if rule in rules_in_code() else rules(debit) + rules(credit)


def written(named: list[str]) -> tuple[list[str], set[str], list[Posted]]:
    """This function will return which of the rules posted, in their order, in which currencies, and all their lines."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rule, currency, account, side, amount_minor, base_minor FROM ledger_posting"
            " JOIN ledger_journalentry ON ledger_journalentry.id = entry_id WHERE rule = ANY(%s) ORDER BY entry_id",
            [named],
        )
        rows = cursor.fetchall()
    in_order = list(dict.fromkeys(rule for rule, *_ in rows))
    return in_order, {currency for _, currency, *_ in rows}, sorted(tuple(line) for _, _, *line in rows)


@pytest.mark.django_db
@pytest.mark.parametrize("currency", ["EUR", "USD"])
@pytest.mark.parametrize("name", sorted(STORIES))
def test_an_act_posts_these_lines(name: str, currency: str) -> None:
    told = STORIES[name]
    told.act(Story(currency))
    named = of_one_act(told.rule)
    assert written(named) == (named, {currency}, told.in_currency(currency))


@pytest.mark.parametrize("rule", sorted({told.rule for told in STORIES.values()}))
def test_these_lines_are_on_the_accounts_of_the_row(rule: str) -> None:
    # What is realised when two sides are carried at different base amounts is J51, in the same entry.
    exchanged = codes(row("J51").remarks)
    lines = [line for told in STORIES.values() if told.rule == rule for line in told.lines if line[2]]
    remarks = row(rule).remarks
    if remarks.startswith("mirror of "):
        # All that the mirrored rule may post, it takes back.
        remarks += row(rules(remarks)[0]).remarks
    for place, side in enumerate("DC"):
        used = {account for account, of, *_ in lines if of == side}
        assert codes(row(rule)[1 + place]) <= used
        may = codes(remarks).union(*(listed(each)[place] for each in of_one_act(rule)))
        assert used <= may
    assert {account for told in STORIES.values() for account, _, minor, _ in told.lines if not minor} == exchanged


def test_money_comes_in_by_all_accounts_of_the_chart() -> None:
    for rule in ("J04", "J05"):
        lines = [line for told in STORIES.values() if told.rule == rule for line in told.lines]
        assert {account for account, side, *_ in lines if side == "D"} == money_in()


def test_j51_is_posted_with_the_rules_that_its_row_names_and_as_in_its_example() -> None:
    _, with_rules, difference, example = row("J51")
    for rule in set(rules(with_rules)) & set(rules_in_code()):
        assert any(line[2] == 0 for told in STORIES.values() if told.rule == rule for line in told.lines), rule
    assert "6810 takes the difference, amount 0" in difference
    assert example == "100 EUR invoiced at 85, paid at 80: 6810 debit 500 in base"
    entry = allocations.allocate(
        allocation_id=new_id(),
        customer_id=new_id(),
        source_id=new_id(),
        invoice_id=new_id(),
        credit_worth=Worth(10000, "EUR", 8000),
        claim_worth=Worth(10000, "EUR", 8500),
    )
    (line,) = [line for line in entry.lines if line.account.code == "6810"]
    assert (line.side, line.worth) == ("D", Worth(0, "EUR", 500))


def test_no_rule_is_without_its_test() -> None:
    """Each rule that code gives to an entry has a story here, or its row is read by a test of this folder."""
    read = {told.rule for told in STORIES.values()}
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"row", "listed"}:
                read |= {str(value.value) for value in node.args if isinstance(value, ast.Constant)}
    missing = set(rules_in_code()) - read
    assert not missing, f"Posted, and no test reads their row of the chart: {sorted(missing)}"
