"""The database itself refuses what must never be, whoever writes: shown by raw SQL."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection

from tallystick.foundation import settings_store
from tallystick.foundation.transactions import transaction, undone
from tallystick.ledger import operations as ledger
from tallystick.ledger.accounts import BANK_CLEARING, CASH
from tallystick.ledger.entries import EntryDraft, Worth, credit, debit
from tallystick.payments.queries import ASSIGNMENT_EDITS
from tallystick.usecases import record
from tests.scenarios.conftest import World, at, uid
from tests.scenarios.prepaid import Prepaid

pytestmark = pytest.mark.django_db
AT = datetime(2026, 1, 1, tzinfo=UTC)


def run(sql: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def refused(constraint: str, act: Callable[[], None]) -> None:
    """The act, in a transaction of its own, is refused by exactly this constraint."""
    with pytest.raises(IntegrityError) as error, transaction():
        act()
    cause = error.value.__cause__
    assert cause is not None
    assert cause.diag.constraint_name == constraint  # type: ignore[attr-defined]


@pytest.fixture
def entry(db: None) -> UUID:
    worth = Worth(500, "EUR", 500)
    draft = EntryDraft(
        rule="J32", subject_kind="test", subject_id=uuid4(), lines=(debit(CASH, worth), credit(BANK_CLEARING, worth))
    )
    with transaction():
        return ledger.post([draft], effective_date=date(2026, 1, 1), at=AT)[0]


INSERT_ENTRY = (
    "INSERT INTO ledger_journalentry (id, rule, effective_date, recorded_at, subject_kind, subject_id, rate_source) "
    "VALUES (%s, 'J32', '2026-01-01', now(), 'test', %s, '')"
)
INSERT_POSTING = (
    "INSERT INTO ledger_posting (entry_id, account, side, amount_minor, currency, base_minor) "
    "VALUES (%s, %s, %s, %s, %s, %s)"
)


def new_entry(*postings: tuple[str, str, int, str, int]) -> None:
    entry_id = uuid4()
    run(INSERT_ENTRY, entry_id, uuid4())
    for account, side, amount, currency, base in postings:
        run(INSERT_POSTING, entry_id, account, side, amount, currency, base)


def test_an_empty_entry() -> None:
    refused("entry_is_not_empty", new_entry)


@pytest.mark.parametrize(
    "postings",
    [
        [("1000", "D", 500, "EUR", 500)],
        [("1000", "D", 500, "EUR", 500), ("1100", "C", 499, "EUR", 499)],
        [("1000", "D", 500, "EUR", 500), ("1100", "C", 500, "USD", 500)],
        [("1000", "D", 500, "EUR", 500), ("1100", "C", 500, "EUR", 499)],
    ],
)
def test_an_entry_that_does_not_balance(postings: list[tuple[str, str, int, str, int]]) -> None:
    refused("entry_balances", lambda: new_entry(*postings))


def test_account_1900_that_is_not_level_in_base() -> None:
    refused(
        "exchange_is_level",
        lambda: new_entry(("1000", "D", 500, "USD", 460), ("1900", "C", 500, "USD", 460)),
    )


@pytest.mark.parametrize("verb", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
@pytest.mark.parametrize(("table", "column"), [("ledger_journalentry", "rule"), ("ledger_posting", "side")])
def test_an_entry_or_posting_that_is_edited_or_deleted(entry: UUID, table: str, column: str, verb: str) -> None:
    refused(f"{table}_is_append_only", lambda: run(verb.format(table, column, column)))


@pytest.mark.parametrize("table", ["ledger_journalentry", "ledger_posting", "foundation_auditentry"])
def test_a_table_of_the_books_that_is_emptied(entry: UUID, table: str) -> None:
    refused(f"{table}_is_append_only", lambda: run(f"TRUNCATE {table} CASCADE"))


def test_an_audit_entry_that_is_edited(world: World) -> None:
    world.customer()
    refused("foundation_auditentry_is_append_only", lambda: run("UPDATE foundation_auditentry SET actor_label = 'x'"))
    refused("foundation_auditentry_is_append_only", lambda: run("DELETE FROM foundation_auditentry"))


@pytest.mark.parametrize(
    ("account", "amount", "base", "constraint"),
    [
        ("1234", 5, 5, "posting_is_on_the_chart"),
        ("1000", -5, 5, "posting_amount_is_positive"),
        ("1000", 0, 5, "posting_amount_is_positive"),
        ("1200", 5, 5, "posting_names_its_customer"),
    ],
)
def test_a_posting_that_is_none(account: str, amount: int, base: int, constraint: str) -> None:
    refused(constraint, lambda: new_entry((account, "D", amount, "EUR", base)))


INSERT_ALLOCATION = (
    "INSERT INTO allocations_allocation (id, payment_id, invoice_id, customer_id, amount_minor, currency, entry_id, "
    "allocated_at) VALUES (%s, %s, %s, %s, %s, 'EUR', %s, now())"
)


def test_an_allocation_above_the_payment_or_the_invoice(world: World) -> None:
    customer = world.customer()
    invoice = world.invoice(customer, 10000)
    receipt = record.record_payment(
        actor=world.staff, at=at("2026-01-02"), customer_id=customer, total_minor=5000, currency="EUR"
    )
    payment = uid("pay", receipt["id"])

    def allocate(amount: int, *, on_payment: int, on_invoice: int) -> None:
        run("UPDATE payments_payment SET allocated_minor = allocated_minor + %s WHERE id = %s", on_payment, payment)
        run("UPDATE invoices_invoice SET allocated_minor = allocated_minor + %s WHERE id = %s", on_invoice, invoice)
        run(INSERT_ALLOCATION, uuid4(), payment, invoice, customer, amount, uuid4())

    refused("payment_is_not_overspent", lambda: allocate(5001, on_payment=5001, on_invoice=5001))
    refused("invoice_is_not_overpaid", lambda: allocate(5000, on_payment=5000, on_invoice=12001))
    refused("allocations_match_counters", lambda: allocate(5000, on_payment=0, on_invoice=0))
    refused("allocations_match_counters", lambda: allocate(5000, on_payment=5000, on_invoice=4999))
    refused("allocation_is_positive", lambda: allocate(0, on_payment=0, on_invoice=0))


def test_an_allocation_that_joins_two_payers_or_currencies(world: World) -> None:
    mine, theirs = world.customer("Mine"), world.customer("Theirs")
    invoice = world.invoice(theirs, 10000)
    receipt = record.record_payment(
        actor=world.staff, at=at("2026-01-02"), customer_id=mine, total_minor=5000, currency="EUR"
    )
    for customer in (mine, theirs):
        refused(
            "allocation_joins_one_payer",
            lambda customer=customer: run(
                INSERT_ALLOCATION, uuid4(), uid("pay", receipt["id"]), invoice, customer, 100, uuid4()
            ),
        )


def test_an_assignment_beyond_the_limit_or_one_that_is_not_counted(world: World) -> None:
    mine, theirs = world.customer("Mine"), world.customer("Theirs")
    told = record.record_payment(actor=world.staff, at=at("2026-01-02"), total_minor=500, currency="EUR")
    payment = uid("pay", told["id"])

    def write(customer: UUID | None, edits: int) -> None:
        columns = "customer_id = %s, assignment_edits = %s"
        run(f"UPDATE payments_payment SET {columns} WHERE id = %s", customer, edits, payment)

    # Raw rows that no entry followed: none of them may stand when the books are looked at.
    with transaction(), undone():
        for customer, edits in ((mine, 0), (mine, 2), (None, 1)):
            refused("assignment_edits_are_counted", lambda customer=customer, edits=edits: write(customer, edits))
        write(mine, 1)
        for customer, edits in ((mine, 0), (None, 1), (theirs, 1), (theirs, 2)):
            refused("assignment_edits_are_counted", lambda customer=customer, edits=edits: write(customer, edits))
        write(None, 2)
        with transaction():
            settings_store.put(ASSIGNMENT_EDITS, 2)
        refused("assignment_edits_are_limited", lambda: write(mine, 3))
        # Lowered below what was edited, it holds from now on.
        with transaction():
            settings_store.put(ASSIGNMENT_EDITS, 1)
        refused("assignment_edits_are_limited", lambda: write(mine, 3))
        run("UPDATE payments_payment SET remark = 'Goes on', customer_id = NULL WHERE id = %s", payment)
        run("DELETE FROM foundation_setting WHERE name = %s", ASSIGNMENT_EDITS.name)
        for customer, edits in ((mine, 3), (None, 4), (mine, 5)):
            write(customer, edits)
        assert ASSIGNMENT_EDITS.default == 5
        refused("assignment_edits_are_limited", lambda: write(None, 6))
        refused("assignment_edits_are_limited", lambda: write(theirs, 7))
    settings_store.forget()


def test_two_live_expected_payments_of_one_invoice(world: World) -> None:
    invoice = world.invoice(world.customer())
    live = world.expected_payment(invoice)
    columns = (
        "kind, status, customer_id, total_minor, currency, description, private_text, remark, customer_note, method, "
        "reference, invoice_text, invoice_id, due_date, created_at, mails_confirmation, cancel_reason, failure_code, "
        "assignment_edits, allocated_minor, difference_minor, refunded_minor, refund_reserved_minor, lost_minor"
    )
    refused(
        "one_live_scheduled_payment",
        lambda: run(
            f"INSERT INTO payments_payment (id, {columns}) SELECT %s, {columns} FROM payments_payment WHERE id = %s",
            uuid4(),
            live["id"],
        ),
    )


def test_an_issued_invoice_that_is_changed(world: World) -> None:
    invoice = world.invoice(world.customer())
    for change in ("number = 'X'", "net_minor = 1, total_minor = 1 + tax_minor", "buyer = '{}'"):
        refused("issued_invoice_is_frozen", lambda change=change: run(f"UPDATE invoices_invoice SET {change}"))
    refused("issued_invoice_is_frozen", lambda: run("UPDATE invoices_invoice SET state = 'draft'"))
    refused("issued_invoice_is_frozen", lambda: run("DELETE FROM invoices_invoiceline WHERE invoice_id = %s", invoice))
    refused("issued_invoice_is_frozen", lambda: run("UPDATE invoices_invoiceline SET net_minor = 1"))


def test_a_due_date_that_is_not_kept_comes_too_early_or_is_of_what_is_settled(world: World) -> None:
    invoice = world.invoice(world.customer(), day="2026-03-01")
    due = "UPDATE invoices_invoice SET due_date = due_date + %s, stated_due_date = due_date WHERE id = %s"
    lost = "UPDATE invoices_invoice SET due_date = due_date + 9 WHERE id = %s"
    refused("issued_invoice_is_frozen", lambda: run(lost, invoice))
    for days in (0, -1):
        refused("agreed_due_date_comes_later", lambda days=days: run(due, days, invoice))
    run(due, 5, invoice)
    refused("issued_invoice_is_frozen", lambda: run("UPDATE invoices_invoice SET stated_due_date = NULL"))
    record.record_payment(
        actor=world.staff,
        at=at("2026-03-02"),
        total_minor=10680,
        currency="EUR",
        received_date=date(2026, 3, 2),
        parts=[record.Part(invoice_id=invoice, amount_minor=10680)],
    )
    refused("issued_invoice_is_frozen", lambda: run("UPDATE invoices_invoice SET due_date = due_date + 1"))


def test_an_invoice_that_expires_and_a_request_that_expires_sooner_than_it_said(world: World) -> None:
    world.draft(world.customer())
    refused("only_topups_expire", lambda: run("UPDATE invoices_invoice SET expires_months = 3"))
    prepaid = Prepaid(world)
    request = prepaid.request(prepaid.customer())
    change = "UPDATE invoices_invoice SET expires_months = 3 WHERE id = %s"
    refused("issued_invoice_is_frozen", lambda: run(change, request))


def test_a_tax_document_that_is_changed(world: World) -> None:
    prepaid = Prepaid(world)
    customer = prepaid.customer(is_prepaid=False)
    prepaid.receive(customer, 1200, invoice=prepaid.request(customer, 1200, tax=world.vat))
    for change in ("UPDATE wallets_taxdocument SET tax_minor = 0", "DELETE FROM wallets_taxdocument"):
        refused("wallets_taxdocument_is_append_only", lambda change=change: run(change))


def test_a_completed_payment_without_its_date(world: World) -> None:
    world.invoice(world.customer())
    refused("completed_payment_is_dated", lambda: run("UPDATE payments_payment SET status = 'completed'"))


def test_two_live_attempts_at_one_debt(world: World) -> None:
    invoice = world.invoice(world.customer())
    payment = world.expected_payment(invoice)["id"]
    account = uuid4()
    run(
        "INSERT INTO gateways_gatewayaccount (id, adapter, name, configuration, is_live, enabled, created_at) "
        "VALUES (%s, 'sandbox', 'x', '{}', false, true, now())",
        account,
    )
    insert = (
        "INSERT INTO payments_attempt (id, payment_id, account_id, amount_minor, currency, state, off_session, "
        "saves_method, return_url, action_url, gateway_reference, decline_code, message, brand, last_four, created_at) "
        "VALUES (%s, %s, %s, 100, 'EUR', %s, false, false, '', '', '', '', '', '', '', now())"
    )
    first = uuid4()
    run(insert, first, payment, account, "unknown")
    run("INSERT INTO allocations_reservation (invoice_id, attempt_id) VALUES (%s, %s)", invoice, first)
    refused("one_live_attempt_per_payment", lambda: run(insert, uuid4(), payment, account, "created"))
    second = uuid4()

    def another_payment_at_the_same_debt() -> None:
        receipt = record.record_payment(
            actor=world.staff, at=at("2026-01-02"), total_minor=100, currency="EUR", status="pending"
        )
        run(insert, second, uid("pay", receipt["id"]), account, "created")
        run("INSERT INTO allocations_reservation (invoice_id, attempt_id) VALUES (%s, %s)", invoice, second)

    refused("allocations_reservation_pkey", another_payment_at_the_same_debt)


def test_only_what_is_capped_is_trusted_and_only_what_is_completed_is_confirmed(world: World) -> None:
    customer = world.customer("Acme")
    promised = record.record_payment(
        actor=world.staff, at=at("2026-01-02"), customer_id=customer, total_minor=5000, currency="EUR", status="pending"
    )
    trust = "UPDATE customers_customer SET completes_own_transfers = true WHERE id = %s"
    cap = "UPDATE customers_customer SET own_transfer_cap_minor = 0, own_transfer_cap_currency = 'EUR' WHERE id = %s"
    for sql in (trust, cap):
        refused("own_transfers_are_capped", lambda sql=sql: run(sql, customer))  # type: ignore[misc]
    confirm = "UPDATE payments_payment SET confirmed_by_customer = true WHERE id = %s"
    refused("only_completed_payments_are_confirmed", lambda: run(confirm, uid("pay", promised["id"])))
