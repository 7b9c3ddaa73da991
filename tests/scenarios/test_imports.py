"""A CSV of receipts: read, looked at, recorded line by line, each once."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tallystick.foundation.errors import InvalidField, NotAllowed, NotFound
from tallystick.foundation.models import AuditEntry
from tallystick.foundation.permissions import Actor
from tallystick.invoices import queries as invoices
from tallystick.payments import import_queries, lists
from tallystick.payments.csv_reading import FileNotReadable
from tallystick.payments.filters import PaymentFilter
from tallystick.payments.imports import ImportNotRead, ImportStarted, NothingToRecord
from tallystick.usecases import allocate, bill, import_payments, record, write_off
from tallystick.usecases.frame import ScopeTooNarrow
from tests.scenarios.conftest import World, actor, at, uid

pytestmark = pytest.mark.django_db

HEADINGS = "Date;Customer;Amount;Invoice;Reference;Description"
PLAIN = {
    "columns": {"date": 0, "customer": 1, "amount": 2, "invoice": 3, "reference": 4, "description": 5},
    "decimal_mark": ",",
    "date_order": "dmy",
    "currency": "EUR",
}


def uploaded(world: World, *lines: str, headings: str = HEADINGS, who: Actor | None = None) -> Any:
    content = "\r\n".join([headings, *lines]).encode()
    told = import_payments.begin_import(actor=who or world.staff, at=at("2026-03-10"), name="märz.csv", content=content)
    return uid("imp", told["id"])


def mapped(world: World, import_id: Any, **more: Any) -> dict[str, Any]:
    told = {**PLAIN, **more}
    return dict(import_payments.map_import(actor=world.staff, at=at("2026-03-10"), import_id=import_id, **told))


def recorded(world: World, import_id: Any, *, day: str = "2026-03-10") -> dict[str, Any]:
    import_payments.record_import(actor=world.staff, at=at(day), import_id=import_id, workers=0)
    while import_payments.step(actor=world.staff, at=at(day), import_id=import_id, limit=2):
        pass
    return import_queries.counts_of([import_id])[import_id]


def lines_of(import_id: Any) -> list[dict[str, Any]]:
    return list(import_queries.all_rows(import_id))


def test_lines_become_payments_by_name_number_address_and_invoice(world: World) -> None:
    acme, other = world.customer("Acme Corp"), world.customer("Gas GmbH")
    first, second = world.invoice(acme, 1000), world.invoice(acme, 2000)
    numbers = invoices.numbers([first, second])
    account = next(iter(world_numbers(other).values()))
    file = uploaded(
        world,
        f"03.03.2026;acme corp;1.200,00;{numbers[first]}, {numbers[second]};TRX 1;Deposit #angry",
        f"04.03.2026;{account.lower()};50,00;;TRX 2;",
        "05.03.2026;ACME.CORP@example.com;7;;TRX 3;",
        f"06.03.2026;;8,00;{numbers[second]};TRX 4;",
        "07.03.2026;;9,00;;NOTPROVIDED;",
        "08.03.2026;acme corp;10,00;INV-1999-1;TRX 5;",
    )
    shape = mapped(world, file)
    assert (shape["state"], shape["lines"]["ready"], shape["lines"]["refused"]) == ("read", 6, 0)
    assert [each["warning"] != "" for each in lines_of(file)] == [False, False, False, True, True, True]
    assert lists.payments_page(PaymentFilter(kind="receipt")).rows == [], "nothing before somebody says so"

    assert recorded(world, file)["recorded"] == 6
    rows = {each["reference"]: each for each in lists.payments_page(PaymentFilter(kind="receipt")).rows}
    assert (rows["TRX 1"]["customer_id"], rows["TRX 1"]["allocated_minor"]) == (acme, 1200 + 2400)
    assert (rows["TRX 1"]["description"], rows["TRX 1"]["private_text"]) == ("Deposit", "angry")
    assert rows["TRX 1"]["received_date"] == date(2026, 3, 3)
    assert (rows["TRX 2"]["customer_id"], rows["TRX 3"]["customer_id"]) == (other, acme)
    assert (rows["TRX 4"]["customer_id"], rows["TRX 4"]["unallocated_minor"]) == (acme, 800)
    assert rows["NOTPROVIDED"]["customer_id"] is None
    assert rows["TRX 5"]["invoice_text"] == "INV-1999-1"
    assert world.owes(acme) == 0
    assert import_queries.one_import(file)["finished_at"] is not None
    assert {each["payment_id"] for each in lines_of(file)} == {each["id"] for each in rows.values()}
    assert AuditEntry.objects.filter(action="record_payment").count() == 6


def world_numbers(customer: Any) -> dict[Any, str]:
    from tallystick.customers.queries import numbers

    return numbers([customer])


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("03.03.2026;Nobody;5,00;;;", "customer_not_found"),
        ("03.03.2026;Twice;5,00;;;", "customer_not_clear"),
        ("03.03.2026;Acme Corp;5.00;;;", "amount_not_readable"),
        ("03.03.2026;Acme Corp;-5,00;;;", "amount_not_readable"),
        ("03.03.2026;Acme Corp;=1+1;;;", "amount_not_readable"),
        ("03.03.2026;Acme Corp;5,001;;;", "amount_not_readable"),
        ("03.03.2026;Acme Corp;0,00;;;", "amount_not_accepted"),
        ("03/31/2026;Acme Corp;5,00;;;", "day_not_readable"),
        ("31.02.2026;Acme Corp;5,00;;;", "day_not_readable"),
        ("11.03.2026;Acme Corp;5,00;;;", "received_in_future"),
        ("03.03.2026;Acme Corp;5,00;;;;more", "wrong_columns"),
        ("03.03.2026;Acme Corp", "wrong_columns"),
        (f"03.03.2026;Acme Corp;5,00;;{'x' * 141};", "text_too_long"),
    ],
)
def test_a_line_that_cannot_be_a_payment_says_why_and_stops_no_other(world: World, line: str, code: str) -> None:
    world.customer("Acme Corp")
    world.customer("Twice")
    world.customer("Twice", day="2026-01-02")
    file = uploaded(world, line, "04.03.2026;Acme Corp;6,00;;;")
    mapped(world, file)
    refused, sound = lines_of(file)
    assert (refused["state"], refused["code"], sound["state"]) == ("refused", code, "ready")
    assert refused["sentence"].endswith(".")
    assert recorded(world, file)["recorded"] == 1
    assert lines_of(file)[0]["cells"][0] == line.split(";", maxsplit=1)[0], "what was refused is not lost"


def test_an_invoice_of_somebody_else_is_refused(world: World) -> None:
    world.customer("Acme Corp")
    number = invoices.invoice(world.invoice(world.customer("Other Ltd"), 1000))["number"]
    file = uploaded(world, f"03.03.2026;Acme Corp;5,00;{number};;")
    mapped(world, file)
    assert lines_of(file)[0]["code"] == "different_payer"
    with pytest.raises(NothingToRecord):
        recorded(world, file)


def test_duplicates_are_left_out_unless_somebody_allows_them(world: World) -> None:
    acme = world.customer("Acme Corp")
    record.record_payment(
        actor=world.staff,
        at=at("2026-03-03"),
        customer_id=acme,
        total_minor=500,
        currency="EUR",
        received_date=date(2026, 3, 3),
    )
    file = uploaded(
        world,
        "03.03.2026;Acme Corp;5,00;;A;",
        "04.03.2026;Acme Corp;6,00;;B;",
        "04.03.2026;Acme Corp;6,00;;B;",
        "05.03.2026;Acme Corp;7,00;;C;",
    )
    assert mapped(world, file)["lines"]["duplicate"] == 2
    assert [each["state"] for each in lines_of(file)] == ["duplicate", "ready", "duplicate", "ready"]
    assert "R-2026-00001 of 2026-03-03 looks the same." in lines_of(file)[0]["sentence"]
    assert "line 3" in lines_of(file)[2]["sentence"]
    allowing = {"actor": world.staff, "at": at("2026-03-10"), "import_id": file}
    import_payments.allow_duplicates(**allowing, lines=[2, 4])
    import_payments.allow_duplicates(**allowing, lines=[2], allows=False)
    with pytest.raises(NotFound):
        import_payments.allow_duplicates(**allowing, lines=[3])
    counts = recorded(world, file)
    assert (counts["recorded"], counts["duplicate"]) == (3, 1)
    assert world.credit(acme) == 500 + 600 + 600 + 700


def test_the_same_file_again_records_nothing_twice(world: World) -> None:
    acme = world.customer("Acme Corp")
    lines = ["03.03.2026;Acme Corp;5,00;;A;", "03.03.2026;Acme Corp;5,00;;A;", "04.03.2026;Acme Corp;6,00;;B;"]
    first = uploaded(world, *lines)
    mapped(world, first)
    import_payments.allow_duplicates(actor=world.staff, at=at("2026-03-10"), import_id=first, lines=[3])
    assert recorded(world, first)["recorded"] == 3

    again = uploaded(world, *lines, "05.03.2026;Acme Corp;7,00;;C;")
    assert import_payments.proposed_mapping(again)["columns"] == PLAIN["columns"], "remembered by the headings"
    shape = mapped(world, again)
    assert (shape["lines"]["duplicate"], shape["lines"]["ready"]) == (3, 1)
    assert recorded(world, again)["recorded"] == 1
    assert world.credit(acme) == 500 + 500 + 600 + 700


def test_a_file_that_two_people_read_at_once_is_recorded_once(world: World) -> None:
    acme = world.customer("Acme Corp")
    first, second = (uploaded(world, "03.03.2026;Acme Corp;5,00;;A;") for _ in range(2))
    for file in (first, second):
        assert mapped(world, file)["lines"]["ready"] == 1
    assert recorded(world, first)["recorded"] == 1
    assert recorded(world, second)["refused"] == 1
    assert lines_of(second)[0]["code"] == "duplicate_payment"
    assert world.credit(acme) == 500


def test_what_changed_between_looking_and_recording_is_refused_by_the_rules_of_recording(world: World) -> None:
    acme = world.customer("Acme Corp")
    invoice = world.invoice(acme, 1000)
    number = invoices.invoice(invoice)["number"]
    file = uploaded(world, f"03.03.2026;Acme Corp;12,00;{number};A;", "04.03.2026;Acme Corp;6,00;;B;")
    mapped(world, file)
    bill.void_invoice(actor=world.staff, at=at("2026-03-10"), invoice_id=invoice, reason="Wrong")
    counts = recorded(world, file)
    assert (counts["recorded"], counts["refused"]) == (1, 1)
    assert lines_of(file)[0]["code"] == "invoice_not_open"


def test_money_for_a_written_off_invoice_is_kept_as_credit_and_the_line_says_what_to_do(world: World) -> None:
    acme = world.customer("Acme Corp")
    invoice = world.invoice(acme, 1000)
    write_off.write_off_invoice(actor=world.staff, at=at("2026-03-01"), invoice_id=invoice, reason="Insolvent")
    file = uploaded(world, f"03.03.2026;Acme Corp;12,00;{invoices.invoice(invoice)['number']};A;")
    mapped(world, file)
    [line] = lines_of(file)
    assert "is written off: kept as credit" in line["warning"]
    assert "Nothing is left open" not in line["warning"]
    assert recorded(world, file)["recorded"] == 1
    assert world.credit(acme) == 1200


def test_support_has_only_promises_recorded_and_a_narrowed_key_nothing(world: World) -> None:
    world.customer("Acme Corp")
    file = uploaded(world, "03.03.2026;Acme Corp;5,00;;A;", who=actor("Support"))
    import_payments.map_import(actor=actor("Support"), at=at("2026-03-10"), import_id=file, **PLAIN)
    told = {"at": at("2026-03-10"), "import_id": file}
    with pytest.raises(NotAllowed):
        import_payments.record_import(actor=actor("Support"), **told)
    assert import_queries.one_import(file)["started_at"] is None
    import_payments.map_import(actor=actor("Support"), **told, **PLAIN, status="pending")
    import_payments.record_import(actor=actor("Support"), **told)
    import_payments.work(import_id=file, at=at("2026-03-10"))
    [row] = lists.payments_page(PaymentFilter()).rows
    assert (row["status"], row["total_minor"]) == ("pending", 500)
    narrow = Actor(
        kind="program",
        id="k",
        label="Key",
        permissions=world.staff.permissions,
        scope=("customer", world.customer("Y")),
    )
    with pytest.raises(ScopeTooNarrow):
        uploaded(world, "03.03.2026;Acme Corp;5,00;;A;", who=narrow)


def test_what_started_is_not_read_or_started_again(world: World) -> None:
    world.customer("Acme Corp")
    file = uploaded(world, "03.03.2026;Acme Corp;5,00;;A;")
    with pytest.raises(ImportNotRead):
        recorded(world, file)
    mapped(world, file)
    recorded(world, file)
    acts: list[Callable[[], Any]] = [
        lambda: mapped(world, file),
        lambda: recorded(world, file),
        lambda: import_payments.allow_duplicates(actor=world.staff, at=at("2026-03-10"), import_id=file, lines=[2]),
    ]
    for act in acts:
        with pytest.raises(ImportStarted):
            act()


def test_a_reversed_payment_may_be_imported_again(world: World) -> None:
    acme = world.customer("Acme Corp")
    file = uploaded(world, "03.03.2026;Acme Corp;5,00;;A;")
    mapped(world, file)
    recorded(world, file)
    wrong = lines_of(file)[0]["payment_id"]
    allocate.reverse_payment(actor=world.staff, at=at("2026-03-10"), payment_id=wrong, reason="Wrong customer")
    again = uploaded(world, "03.03.2026;Acme Corp;5,00;;A;")
    assert mapped(world, again)["lines"]["duplicate"] == 1
    import_payments.allow_duplicates(actor=world.staff, at=at("2026-03-10"), import_id=again, lines=[2])
    assert recorded(world, again)["recorded"] == 1
    assert world.credit(acme) == 500


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"columns": {"date": 0}}, "columns"),
        ({"columns": {"date": 0, "amount": 9}}, "columns"),
        ({"columns": {"date": 0, "amount": 1, "colour": 2}}, "columns"),
        ({"decimal_mark": "'"}, "decimal_mark"),
        ({"date_order": ""}, "date_order"),
        ({"currency": "XXX"}, "currency"),
        ({"method": "gateway"}, "method"),
        ({"status": "cancelled"}, "status"),
    ],
)
def test_a_mapping_that_reads_nothing_is_refused(world: World, changes: dict[str, Any], field: str) -> None:
    file = uploaded(world, "03.03.2026;Acme Corp;5,00;;A;")
    with pytest.raises(InvalidField) as refused:
        mapped(world, file, **changes)
    assert refused.value.name == field
    assert import_queries.one_import(file)["mapping"] is None


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"  \r\n", "empty"),
        (b"Amount\r\n5", "one column"),
        (b"Date,Amount\r\n", "no line"),
        (b"Date,Amount\r\n2026-03-03,5\x00", "not a text"),
        ("Date,Amount\r\n2026-03-03,5".encode("utf-16-le"), "not a text"),
        (b"PK\x03\x04 a workbook", "workbook"),
        (b'Date,Amount\r\n"2026-03-03,5', "cannot be read"),
        (b"Date,Amount\r\n2026-03-03," + b"5" * 2001, "more than 2000"),
        (b"Date,Amount\r\n" + b"1,2\r\n" * 20_001, "20000 are the most"),
        (b"," * 61 + b"x\r\n1,2", "are the most"),
        (b"x" * (10 * 1024 * 1024 + 1), "10 MB"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_a_sentence(world: World, content: bytes, told: str) -> None:
    with pytest.raises(FileNotReadable, match=told):
        import_payments.begin_import(actor=world.staff, at=at("2026-03-10"), name="x.csv", content=content)
    assert import_queries.imports_page().rows == []
    assert not AuditEntry.objects.filter(object_kind="payment_import").exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_delimiter_and_style_are_recognised(world: World, encoding: str, delimiter: str) -> None:
    mark = "." if delimiter == "," else ","
    rows = [["Datum", "Kunde", "Betrag", "Notiz"], ["31.01.2026", "Öl & Gas", f"1234{mark}50", "a"]]
    content = "\n".join(delimiter.join(row) for row in rows).encode(encoding)
    shape = import_payments.begin_import(actor=world.staff, at=at("2026-03-10"), name="../x.csv", content=content)
    assert (shape["name"], shape["headings"]) == ("x.csv", rows[0])
    assert lines_of(uid("imp", shape["id"]))[0]["cells"] == rows[1]
    proposed = import_payments.proposed_mapping(uid("imp", shape["id"]))
    assert (proposed["decimal_mark"], proposed["date_order"]) == (mark, "dmy")
    assert proposed["columns"] == {"customer": 1, "amount": 2, "date": 0}


def test_what_could_be_read_in_two_ways_is_asked_for(world: World) -> None:
    shape = import_payments.begin_import(
        actor=world.staff, at=at("2026-03-10"), name="x.csv", content=b"date;amount\n01/02/2026;1,234\n"
    )
    proposed = import_payments.proposed_mapping(uid("imp", shape["id"]))
    assert (proposed["decimal_mark"], proposed["date_order"]) == ("", "")


def test_card_numbers_in_a_file_are_masked_and_never_kept(world: World) -> None:
    world.customer("Acme Corp")
    file = uploaded(world, "03.03.2026;Acme Corp;5,00;;4242 4242 4242 4242;card 4242424242424242 of May")
    [line] = lines_of(file)
    assert line["cells"][4:] == ["•••• •••• •••• 4242", "card ••••••••••••4242 of May"]
    mapped(world, file)
    assert recorded(world, file)["recorded"] == 1
