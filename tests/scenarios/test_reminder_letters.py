"""Reminders by letter, told by date: who gets one, what it says and keeps saying, what is dropped."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection

from tallystick.correspondence import letters
from tallystick.correspondence.letter_models import PaperLetter
from tallystick.correspondence.letters import LetterDropped
from tallystick.customers.models import Contact
from tallystick.dunning import operations, queries
from tallystick.dunning.fee_queries import late_fees_of
from tallystick.dunning.models import LateFee, Reminder
from tallystick.foundation.errors import NotAllowed, NotFound
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.invoices import queries as invoices
from tallystick.usecases import configure
from tallystick.usecases.reminder_letters import NoLettersChosen, letter_documents, print_letters
from tallystick.usecases.roles import Permission
from tallystick.wire.ids import letter_id_of
from tests.documents.samples import text_of
from tests.scenarios.conftest import at
from tests.scenarios.reminding import Reminding, reminded

pytestmark = pytest.mark.django_db

HOME = {"address_lines": "Hauptstraße 1", "postal_code": "10115", "city": "Berlin", "country": "DE", "language": "de"}
DAYS = ("2026-03-29", "2026-04-03", "2026-04-12")


@pytest.fixture
def shop(db: None) -> Reminding:
    shop = Reminding()
    changes = {
        "business_name": "Northwind GmbH",
        "business_address": "Lindenstraße 14\n10969 Berlin",
        "bank_account_holder": "Northwind GmbH",
        "bank_account_iban": "DE89 3704 0044 0532 0130 00",
    }
    configure.change_settings(actor=shop.staff, at=at("2026-01-01"), changes=changes)
    return shop


def goes(channel: str, *, fee: int = 0, days: int = 12) -> None:
    """A reminder, that of twelve days after the due date unless said, goes another way, and may add a fee."""
    (plan,) = queries.plans()
    with transaction():
        operations.set_level(
            plan.id, days=days, pay_by_days=7, texts={}, channel=channel, fees={"EUR": fee} if fee else {}
        )


def written(customer: UUID) -> list[dict[str, Any]]:
    """The letters to a customer, the oldest first."""
    return list(PaperLetter.objects.filter(customer_id=customer).order_by("written_at").values())


def all_printed(shop: Reminding, moment: datetime, letter_ids: list[UUID]) -> list[UUID]:
    """This function will print letters, and return those that are printed, in the order in which they are named."""
    found = print_letters(actor=shop.staff, at=moment, letter_ids=letter_ids)
    return [letter_id_of(each["id"]) for each in found if each["state"] == letters.PRINTED]


def unreachable(shop: Reminding, **details: Any) -> UUID:
    """A customer without anybody to mail to."""
    customer = shop.customer("Nobody", terms_days=30, details=details)
    Contact.objects.filter(customer_id=customer).delete()
    return customer


def test_e39_a_letter_says_what_the_mail_says_and_carries_the_fee(shop: Reminding) -> None:
    goes("both", fee=500)
    acme = shop.customer("Mueller AG", terms_days=30, details=HOME)
    late = shop.invoice(acme, day="2026-03-01")
    for day in DAYS:
        shop.remind(day)
    assert (len(reminded(acme)), len(written(acme))) == (3, 1)
    (letter,) = written(acme)
    (fee,) = late_fees_of([late])
    number, fee_number = (invoices.invoice(each)["number"] for each in (late, fee.invoice_id))
    drawn = letter_documents(actor=shop.staff, letter_ids=[letter["id"]])
    said = " ".join(text_of(drawn.content).split())
    for words in (
        f"Mahnung zur Rechnung {number}",
        "Mueller AG",
        "10115 Berlin",
        f"Die Rechnung {number} war am 31.03.2026 fällig.",
        f"für die Rechnung {fee_number} beiliegt",
        "111,80",
        "19.04.2026",
        "DE89 3704 0044 0532 0130 00",
        f"{number} {fee_number}",
        # The invoice of the fee is enclosed.
        f"Mahngebühr zu Rechnung {number}",
        "Keine Steuer auf Mahngebühren auf 5,00 €",
    ):
        assert words in said
    # It says the same for ever.
    configure.change_settings(actor=shop.staff, at=at("2026-04-13"), changes={"business_name": "Southwind GmbH"})
    assert letter_documents(actor=shop.staff, letter_ids=[letter["id"]]).content == drawn.content
    with pytest.raises(IntegrityError, match="append-only"), transaction(), connection.cursor() as cursor:
        cursor.execute("UPDATE correspondence_paperletter SET facts = '{}'")


def test_a_letter_names_the_fees_of_before_and_asks_for_all_of_it(shop: Reminding) -> None:
    for days, fee in ((12, 500), (21, 1000)):
        goes("both", fee=fee, days=days)
    acme = shop.customer("Mueller AG", terms_days=30, details=HOME)
    late = shop.invoice(acme, day="2026-03-01")
    for day in (*DAYS, "2026-04-21"):
        shop.remind(day)
    letter = written(acme)[-1]
    number, first, second = (
        invoices.invoice(each)["number"] for each in (late, *(fee.invoice_id for fee in late_fees_of([late])))
    )
    said = " ".join(text_of(letter_documents(actor=shop.staff, letter_ids=[letter["id"]]).content).split())
    for words in (
        f"Auch eine frühere Mahngebühr ist noch offen: 5,00 € auf Rechnung {first}.",
        f"{first} 19.04.2026 5,00",
        "121,80",
        f"{number} {first} {second}",
    ):
        assert words in said


@pytest.mark.parametrize(
    ("channel", "home", "mails", "expected"),
    [("mail", True, 3, 0), ("letter", True, 2, 1), ("letter", False, 3, 0), ("both", False, 3, 0)],
)
def test_a_level_goes_its_way_or_the_other_one(
    shop: Reminding, channel: str, home: bool, mails: int, expected: int
) -> None:
    goes(channel)
    acme = shop.customer(terms_days=30, details=HOME if home else {})
    shop.invoice(acme, day="2026-03-01")
    for day in DAYS:
        shop.remind(day)
    assert (len(reminded(acme)), len(written(acme))) == (mails, expected)


def test_whoever_has_no_address_for_mail_gets_letters_and_whoever_has_none_at_all_nothing(shop: Reminding) -> None:
    on_paper, nowhere = unreachable(shop, **HOME), unreachable(shop)
    for customer in (on_paper, nowhere):
        shop.invoice(customer, day="2026-03-01")
    for day in DAYS:
        shop.remind(day)
    assert (len(reminded()), len(written(on_paper)), len(written(nowhere))) == (0, 3, 0)
    assert Reminder.objects.count() == 3


def test_s74_what_is_paid_before_it_is_printed_is_dropped_with_its_fee(shop: Reminding) -> None:
    goes("letter", fee=500)
    paid, open_still = (shop.customer(each, terms_days=30, details=HOME) for each in ("Paid", "Open"))
    first, _second = (shop.invoice(each, day="2026-03-01") for each in (paid, open_still))
    for day in DAYS:
        shop.remind(day)
    shop.pay_invoice(first, "2026-04-13", 10680)
    ids = [written(each)[0]["id"] for each in (paid, open_still)]
    assert all_printed(shop, at("2026-04-13", 10), ids) == ids[1:]
    dropped, printed = written(paid)[0], written(open_still)[0]
    assert (dropped["state"], dropped["reason"]) == (
        "dropped",
        "Not sent: nothing of the invoice is open any more.",
    )
    assert (printed["state"], printed["settled_by"]) == ("printed", "Ada")
    assert (shop.owes(paid), shop.owes(open_still)) == (0, 10680 + 500)
    assert LateFee.objects.filter(taken_back_at=None).count() == 1
    # It is printed once more when somebody asks, and what was dropped never.
    assert all_printed(shop, at("2026-04-14"), ids) == ids[1:]
    with pytest.raises(LetterDropped):
        letter_documents(actor=shop.staff, letter_ids=ids)
    with pytest.raises(NoLettersChosen):
        print_letters(actor=shop.staff, at=at("2026-04-14"), letter_ids=[])
    with pytest.raises(NotFound):
        print_letters(actor=shop.staff, at=at("2026-04-14"), letter_ids=[first])


def test_a_letter_is_written_once_and_what_was_printed_stays_told(shop: Reminding) -> None:
    from tallystick.usecases import notify_reminder

    goes("letter")
    acme = shop.customer(terms_days=30, details=HOME)
    late = shop.invoice(acme, day="2026-03-01")
    for day in DAYS:
        shop.remind(day)
    reminder = Reminder.objects.get(days=12)
    assert notify_reminder.write(reminder_ids=[reminder.id], at=at(DAYS[2], 11)) == 0
    (letter,) = letters.letters_about(late)
    print_letters(actor=shop.staff, at=at(DAYS[2], 12), letter_ids=[letter["id"]])
    shop.pay_invoice(late, "2026-04-13", 10680)
    assert notify_reminder.write(reminder_ids=[reminder.id], at=at("2026-04-13")) == 0
    assert Reminder.objects.filter(id=reminder.id).exists()


def test_who_may_not_download_prints_nothing(shop: Reminding) -> None:
    goes("letter")
    acme = shop.customer(terms_days=30, details=HOME)
    late = shop.invoice(acme, day="2026-03-01")
    for day in DAYS:
        shop.remind(day)
    (letter,) = letters.letters_about(late)
    sender = Actor(kind="staff", id="s", label="Sam", permissions=frozenset({Permission.RESEND_MAIL}))
    with pytest.raises(NotAllowed):
        print_letters(actor=sender, at=at(DAYS[2], 12), letter_ids=[letter["id"]])
    assert [each["state"] for each in letters.letters_about(late)] == [letters.WAITING]


def test_a_letter_asks_for_what_credit_left_open_of_the_fee(shop: Reminding) -> None:
    goes("letter", fee=500)
    acme = shop.customer(terms_days=30, details=HOME)
    late = shop.invoice(acme, day="2026-03-01")
    for day in DAYS[:2]:
        shop.remind(day)
    shop.record_credit(acme, "2026-04-10", 300)
    shop.remind(DAYS[2])
    assert shop.owes(acme) == 10680 + 200
    (letter,) = letters.letters_about(late)
    said = " ".join(text_of(letter_documents(actor=shop.staff, letter_ids=[letter["id"]]).content).split())
    assert ("108,80" in said, "111,80" in said) == (True, False)
