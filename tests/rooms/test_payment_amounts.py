"""Amounts as people write them in a search, and as the database compares them over currencies."""

from decimal import Decimal

import pytest
from django.db import connection

from tallystick.foundation.transactions import undone
from tallystick.money.currencies import all_currencies, exponent
from tallystick.payments.amounts import AMOUNT, NotWrittenAsAmount, one_amount, written_amounts
from tests.backoffice.business import Business
from tests.rooms.listed_payments import business, insert, without_books

__all__ = ["business", "without_books"]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("60.85", ["60.85"]),
        ("60,85", ["60.85"]),
        ("6085", ["6085"]),
        ("1,234", ["1.234", "1234"]),
        ("1.234", ["1.234", "1234"]),
        ("1,234.50", ["1234.5"]),
        ("1.234,50", ["1234.5"]),
        ("1 234,50", ["1234.5"]),
        ("1'234.50", ["1234.5"]),
        ("1,234,567", ["1234567"]),
        ("EUR 60.85", ["60.85"]),
        ("60.85 €", ["60.85"]),
        ("-60.85", ["-60.85"]),
        ("−60.85 EUR", ["-60.85"]),
        ("+5", ["5"]),
        ("¥5000", ["5000"]),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, amounts: list[str]) -> None:
    assert written_amounts(text) == tuple(Decimal(each) for each in amounts)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "-",
        "1.2.3",
        "1,23,456",
        "60.8555",
        "INV-2026-00012",
        "12/5",
        "1e5",
        "²",
        "٣",
        "NaN",
        "inf",
        "9" * 17,
    ],
)
def test_what_is_no_amount_is_none(text: str) -> None:
    assert written_amounts(text) == ()
    with pytest.raises(NotWrittenAsAmount):
        one_amount(text)


def test_the_database_compares_amounts_of_every_currency(business: Business) -> None:
    with undone():
        insert([{"currency": code, "total_minor": 10 ** exponent(code) * 7} for code in all_currencies()])
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT DISTINCT {AMOUNT} FROM payments_payment AS p")
            assert cursor.fetchall() == [(7000,)]
