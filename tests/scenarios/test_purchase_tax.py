"""Tax invoices of purchases from prepaid money, told by date: a month each, of what was taxed on use (J20)."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection

from tallystick.correspondence.models import Attachment, Message
from tallystick.foundation.errors import InvalidField, NotAllowed, NotFound
from tallystick.foundation.models import AuditEntry
from tallystick.foundation.transactions import transaction
from tallystick.interfaces.jobs import mail
from tallystick.reports.frame.shape import Asked
from tallystick.usecases import dispute, documents, month_end, reports, tax_purchases
from tallystick.usecases.frame import SYSTEM
from tallystick.wallets import purchase_tax_queries as queries
from tallystick.wallets.purchase_tax import MonthNotOver, NothingToDocument
from tallystick.wire.purchase_tax import PurchaseTaxDocumentShape
from tests.api.conftest import row_counts
from tests.documents.samples import text_of
from tests.scenarios.conftest import World, at, uid
from tests.scenarios.prepaid import Prepaid

pytestmark = pytest.mark.django_db
JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)


@pytest.fixture
def prepaid(world: World) -> Prepaid:
    return Prepaid(world)


def issued(
    world: World, customer: UUID, month: date = JANUARY, *, day: str = "2026-02-03", **more: Any
) -> PurchaseTaxDocumentShape:
    """The tax invoice of a month, asked for by hand."""
    told = {"actor": world.staff, "currency": "EUR"} | more
    return tax_purchases.issue_purchase_tax_document(at=at(day), customer_id=customer, month=month, **told)


def clock(day: str) -> int:
    """What the job does on a day."""
    return tax_purchases.issue_for_last_month(at=at(day))


def listed(customer: UUID) -> list[tuple[str, date, int, int]]:
    """The tax invoices of a customer, newest first: number, month, net, tax."""
    return [
        (row["number"], row["period_start"], row["net_minor"], row["tax_minor"])
        for row in queries.documents_page(customer_id=customer).rows
    ]


def waiting_mails() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args ->> 'document_id' FROM procrastinate_jobs WHERE task_name = 'mail.purchase_tax_document'"
        )
        return [row[0] for row in cursor.fetchall()]


def lines_of(shape: PurchaseTaxDocumentShape) -> list[tuple[str, int, int, int, int]]:
    return [
        (line["tax_percent"], line["purchases"], line["credits"], line["net_minor"], line["tax_minor"])
        for line in shape["lines"]
    ]


def test_the_clock_issues_one_for_each_wallet_once_the_month_is_over(world: World, prepaid: Prepaid) -> None:
    customer, other, idle = (prepaid.customer(name) for name in ("Callers Ltd", "Others Ltd", "Idle Ltd"))
    for each in (customer, other, idle):
        prepaid.receive(each, 5000)
    prepaid.give(customer, 100)
    # 100 of it is a gift, which is not taxed.
    first = prepaid.buy(customer, 1300, day="2026-01-05")
    prepaid.buy(customer, 500, day="2026-01-31", tax=world.no_tax)
    prepaid.credit(first, 600, day="2026-01-20")
    prepaid.buy(customer, 240, day="2026-02-01")
    prepaid.buy(other, 60, day="2026-01-31")
    before = row_counts()["ledger_journalentry"]
    assert clock("2026-01-31") == 0
    assert clock("2026-02-01") == 2
    assert clock("2026-02-01") == clock("2026-02-28") == 0
    assert row_counts()["ledger_journalentry"] == before, "it posts nothing"
    ((number, month, net, tax),) = listed(customer)
    assert (month, net, tax) == (JANUARY, 1000, 100)
    assert [each[2:] for each in listed(other)] == [(50, 10)]
    assert listed(idle) == []
    assert sorted([number, listed(other)[0][0]]) == ["TXP-2026-00001", "TXP-2026-00002"]
    assert len(set(waiting_mails())) == 2
    assert clock("2026-03-01") == 1
    assert [each[1:] for each in listed(customer)] == [(FEBRUARY, 200, 40), (JANUARY, 1000, 100)]


def test_it_says_what_was_bought_at_each_rate(world: World, prepaid: Prepaid) -> None:
    customer = prepaid.customer()
    prepaid.receive(customer, 5000)
    first = prepaid.buy(customer, 1200, day="2026-01-05")
    prepaid.buy(customer, 120, day="2026-01-06")
    prepaid.buy(customer, 500, day="2026-01-31", tax=world.no_tax)
    prepaid.credit(first, 600, day="2026-01-20")
    shape = issued(world, customer)
    assert (shape["period_start"], shape["period_end"], shape["document_date"]) == (
        "2026-01-01",
        "2026-02-01",
        "2026-02-03",
    )
    assert lines_of(shape) == [("20.0000", 2, 1, 600, 120), ("0.0000", 1, 0, 500, 0)]
    assert (shape["net_minor"], shape["tax_minor"], shape["total_minor"]) == (1100, 120, 1220)
    found = documents.purchase_tax_document(actor=world.staff, document_id=uid("ptx", shape["id"]))
    assert found.name == "TXP-2026-00001.pdf"
    read = " ".join(text_of(found.content).split())
    for words in (
        "Tax invoice TXP-2026-00001",
        "2 purchases, less 1 credit",
        "1 purchase",
        "VAT 20 %",
        "€12.20",
        "Nothing is to be paid for this",
    ):
        assert words in read, read
    assert "How to pay" not in read


def test_what_was_taxed_at_top_up_is_not_on_it_and_what_was_used_beyond_is(world: World, prepaid: Prepaid) -> None:
    customer = prepaid.customer(is_prepaid=False)
    prepaid.receive(customer, 1200, invoice=prepaid.request(customer, 1200, tax=world.vat))
    prepaid.buy(customer, 1000, day="2026-01-05")
    with pytest.raises(NothingToDocument):
        issued(world, customer)
    prepaid.buy(customer, 600, day="2026-01-06")
    prepaid.invoice_usage(customer)
    assert lines_of(issued(world, customer)) == [("20.0000", 1, 0, 500, 100)]


def test_asked_for_again_it_is_the_same(world: World, prepaid: Prepaid) -> None:
    customer = prepaid.customer()
    prepaid.receive(customer, 5000)
    prepaid.buy(customer, 120, day="2026-01-05")
    first = issued(world, customer)
    assert issued(world, customer, day="2026-02-04") == first
    assert clock("2026-02-05") == 0
    assert waiting_mails() == [str(uid("ptx", first["id"]))]
    entries = AuditEntry.objects.filter(action="issue_purchase_tax_document")
    assert entries.count() == 1
    for _ in range(2):
        mail.purchase_tax_document(document_id=waiting_mails()[0])
    message = Message.objects.get(kind="purchases_taxed")
    assert message.subject == "Tax invoice TXP-2026-00001 from Your business: €1.20"
    assert "from Jan 1, 2026 to Jan 31, 2026" in message.text_body
    assert Attachment.objects.get(message=message).document_kind == "purchase_tax_document"


def test_a_purchase_that_was_late_for_its_month_is_on_the_next_one(world: World, prepaid: Prepaid) -> None:
    customer = prepaid.customer()
    prepaid.receive(customer, 5000)
    prepaid.buy(customer, 120, day="2026-01-05")
    issued(world, customer, sends_mail=False)
    assert waiting_mails() == []
    # Its moment was in January, and it waited for the wallet.
    prepaid.buy(customer, 240, day="2026-01-31")
    assert clock("2026-02-04") == 0
    assert [each[2:] for each in listed(customer)] == [(100, 20)]
    prepaid.buy(customer, 60, day="2026-02-05")
    assert clock("2026-03-01") == 1
    assert [each[2:] for each in listed(customer)] == [(250, 50), (100, 20)]


def test_months_before_the_last_one_are_issued_by_hand_each_by_itself(world: World, prepaid: Prepaid) -> None:
    customer = prepaid.customer()
    prepaid.receive(customer, 5000)
    prepaid.buy(customer, 120, day="2026-01-05")
    prepaid.buy(customer, 60, day="2026-02-05")
    assert clock("2026-03-01") == 1
    assert [each[1:] for each in listed(customer)] == [(FEBRUARY, 50, 10)]
    assert queries.months_without_document(customer, day=date(2026, 3, 1)) == [("EUR", JANUARY)]
    issued(world, customer, day="2026-03-01")
    assert [each[1:] for each in listed(customer)] == [(JANUARY, 100, 20), (FEBRUARY, 50, 10)]
    assert queries.months_without_document(customer, day=date(2026, 3, 1)) == []


def test_more_credits_than_purchases_make_it_a_credit_note(world: World, prepaid: Prepaid) -> None:
    customer = prepaid.customer()
    prepaid.receive(customer, 5000)
    bought = prepaid.buy(customer, 1200, day="2026-01-05")
    issued(world, customer)
    prepaid.credit(bought, day="2026-02-10")
    shape = issued(world, customer, FEBRUARY, day="2026-03-01")
    assert lines_of(shape) == [("20.0000", 0, 1, -1000, -200)]
    read = text_of(documents.purchase_tax_document(actor=world.staff, document_id=uid("ptx", shape["id"])).content)
    assert "Tax credit note TXP-2026-00002" in read


def test_what_was_credited_in_its_month_needs_none(world: World, prepaid: Prepaid) -> None:
    customer = prepaid.customer()
    prepaid.receive(customer, 5000)
    prepaid.credit(prepaid.buy(customer, 1200, day="2026-01-05"), day="2026-01-06")
    assert clock("2026-02-01") == 0
    before = row_counts()
    with pytest.raises(NothingToDocument):
        issued(world, customer)
    assert row_counts() == before


def test_a_purchase_whose_taxed_top_up_is_gone_was_never_on_one(world: World, prepaid: Prepaid) -> None:
    customer = prepaid.customer(is_prepaid=False)
    payment = prepaid.receive(customer, 1200, invoice=prepaid.request(customer, 1200, tax=world.vat))
    bought = prepaid.buy(customer, 300, day="2026-01-05")
    dispute.record_bank_return(
        actor=world.staff, at=at("2026-01-12"), payment_id=payment, returned_date=date(2026, 1, 12)
    )
    prepaid.credit(bought, 100, day="2026-01-13")
    prepaid.credit(bought, day="2026-01-14")
    assert clock("2026-02-01") == 0


def test_what_cannot_be_issued_leaves_no_trace(world: World, prepaid: Prepaid) -> None:
    customer, other = prepaid.customer(), prepaid.customer("Others Ltd")
    prepaid.receive(customer, 5000)
    prepaid.buy(customer, 120, day="2026-01-05")
    before = row_counts()
    with pytest.raises(MonthNotOver) as early:
        issued(world, customer, day="2026-01-31")
    assert early.value.first_date == FEBRUARY
    with pytest.raises(InvalidField):
        issued(world, customer, date(2026, 1, 2))
    with pytest.raises(InvalidField):
        issued(world, customer, currency="XXX")
    with pytest.raises(NothingToDocument):
        issued(world, other)
    with pytest.raises(NotFound):
        issued(world, uuid4())
    with pytest.raises(NotFound):
        issued(world, customer, actor=replace(world.staff, scope=("customer", other)))
    with pytest.raises(NotAllowed):
        issued(world, customer, actor=replace(world.staff, permissions=frozenset({"view"})))
    assert row_counts() == before


def test_its_document_is_the_customer_s_alone(world: World, prepaid: Prepaid) -> None:
    customer, other = prepaid.customer(), prepaid.customer("Others Ltd")
    prepaid.receive(customer, 5000)
    prepaid.buy(customer, 120, day="2026-01-05")
    document = uid("ptx", issued(world, customer)["id"])
    own = replace(world.staff, scope=("customer", customer))
    assert documents.purchase_tax_document(actor=own, document_id=document).content.startswith(b"%PDF")
    for actor, missing in ((replace(world.staff, scope=("customer", other)), document), (world.staff, uuid4())):
        with pytest.raises(NotFound):
            documents.purchase_tax_document(actor=actor, document_id=missing)
    with pytest.raises(NotAllowed):
        documents.purchase_tax_document(actor=replace(own, permissions=frozenset()), document_id=document)


def run(sql: str) -> None:
    with transaction(), connection.cursor() as cursor:
        cursor.execute(sql)


AGAIN = (
    "INSERT INTO wallets_purchasetaxdocument (id, number, period_start, period_end, net_minor, tax_minor, "
    "document_date, seller, buyer, issued_at, wallet_id) SELECT gen_random_uuid(), 'X', period_start + {later}, "
    "period_end, net_minor, tax_minor, document_date, seller, buyer, issued_at, wallet_id "
    "FROM wallets_purchasetaxdocument"
)
TWO_SIGNS = (
    "INSERT INTO wallets_taxeduse (charge_id, wallet_id, used_date, gross_minor, tax_minor) "
    "SELECT charge_id, wallet_id, used_date, 100, -1 FROM wallets_taxeduse"
)


@pytest.mark.parametrize(
    ("constraint", "sql"),
    [
        ("wallets_purchasetaxdocument_is_append_only", "UPDATE wallets_purchasetaxdocument SET tax_minor = 0"),
        ("wallets_purchasetaxdocument_is_append_only", "DELETE FROM wallets_purchasetaxdocument"),
        ("wallets_purchasetaxline_is_append_only", "UPDATE wallets_purchasetaxline SET tax_minor = 0"),
        ("taxed_use_is_frozen", "UPDATE wallets_taxeduse SET document_id = NULL"),
        ("taxed_use_is_frozen", "UPDATE wallets_taxeduse SET gross_minor = 1"),
        ("taxed_use_is_frozen", "DELETE FROM wallets_taxeduse"),
        ("one_purchase_tax_document_per_month", AGAIN.format(later=0)),
        ("purchase_tax_document_is_of_a_month", AGAIN.format(later=1)),
        ("taxed_use_has_one_sign", TWO_SIGNS),
    ],
)
def test_the_database_keeps_it_as_it_was_issued(world: World, prepaid: Prepaid, constraint: str, sql: str) -> None:
    customer = prepaid.customer()
    prepaid.receive(customer, 5000)
    prepaid.buy(customer, 120, day="2026-01-05")
    issued(world, customer)
    with pytest.raises(IntegrityError) as refused:
        run(sql)
    assert refused.value.__cause__.diag.constraint_name == constraint  # type: ignore[union-attr]


def test_what_belongs_to_a_closed_month_counts_with_its_tax_on_the_first_open_day(prepaid: Prepaid) -> None:
    customer = prepaid.customer()
    prepaid.receive(customer, 50000)
    bought = prepaid.buy(customer, 12000, day="2026-01-10")
    prepaid.credit(bought, 1200, day="2026-01-12")
    month_end.close_month(actor=SYSTEM, at=at("2026-02-05"), month=date(2026, 1, 1))
    prepaid.buy(customer, 24000, day="2026-01-20")
    prepaid.credit(bought, 2400, day="2026-01-21")
    prepaid.credit(bought, 600, day="2026-02-06")

    def told(first: str, last: str) -> list[tuple[Any, Any]]:
        asked = Asked(first_day=date.fromisoformat(first), last_day=date.fromisoformat(last))
        found = reports.read_report(actor=SYSTEM, at=at("2026-03-01"), name="tax", asked=asked).found
        return [(row["net"].value, row["tax"].value) for part in found.parts for row in part.rows]

    assert told("2026-01-01", "2026-01-31") == [(9000, 1800)]
    assert told("2026-02-01", "2026-02-01") == [(20000 - 2000, 4000 - 400)]
    assert told("2026-02-02", "2026-02-28") == [(-500, -100)]
