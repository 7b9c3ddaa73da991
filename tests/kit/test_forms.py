"""Fields of the kit: what they take, what they refuse, and that what was typed comes back."""

import datetime as dt

import pytest
from django import forms
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from tallystick.interfaces.kit.forms import (
    Card,
    DateField,
    Found,
    KitForm,
    MoneyField,
    PickerField,
    PrivateTextField,
    RadioCards,
)
from tallystick.money.amounts import Money
from tallystick.money.currencies import parse_currency

pytestmark = pytest.mark.urls("tests.kit.urls")

HOSTILE = '"><script>alert(1)</script>'
PEOPLE = [Found("C-1", "Ada Lovelace", "ada@example.test"), Found("C-2", "Ada Yonath"), Found("C-3", "Grace Hopper")]


def money(minor: int, currency: str) -> Money:
    return Money(minor, parse_currency(currency))


def find(query: str) -> list[Found]:
    return [each for each in PEOPLE if query.lower() in each.label.lower()]


def resolve(value: str) -> Found | None:
    return next((each for each in PEOPLE if each.value == value), None)


class PaymentForm(KitForm):
    total = MoneyField(label="Total", currencies=["EUR", "JPY"], maximum=money(1_000_000, "EUR"))
    fee = MoneyField(label="Fee", currencies=["EUR"], required=False, allow_zero=True, locale="de")
    received = DateField(label="Received", latest=dt.date(2026, 11, 21))
    customer = PickerField(label="Customer", source="kit:find-customers", find=find, resolve=resolve, required=False)
    description = PrivateTextField(label="Description", required=False)
    choice = forms.ChoiceField(
        label="Choice", widget=RadioCards, choices=[("a", Card("All", "Everything", "€60.85"))], required=False
    )
    agreed = forms.BooleanField(label="Agreed", required=False, help_text="Read the terms.")


def filled(**changes: str) -> PaymentForm:
    return PaymentForm({"total": "60.85", "total_currency": "EUR", "received": "2026-11-20", **changes})


def codes(form: forms.Form, name: str) -> list[str]:
    return [error.code or "" for error in form.errors.as_data().get(name, [])]


def test_an_amount_becomes_minor_units_of_the_chosen_currency() -> None:
    form = filled(total="1,234", total_currency="JPY", fee="1.000,50")
    assert form.is_valid(), form.errors
    assert form.cleaned_data["total"] == money(1234, "JPY")
    assert form.cleaned_data["fee"] == money(100050, "EUR")


@pytest.mark.parametrize(
    ("text", "currency", "code"),
    [
        ("", "EUR", "required"),
        ("   ", "EUR", "required"),
        ("1.000,50", "EUR", "not_a_number"),
        ("1e5", "EUR", "not_a_number"),
        ("NaN", "EUR", "not_a_number"),
        ("Infinity", "EUR", "not_a_number"),
        ("١٠", "EUR", "not_a_number"),
        ("1,00", "EUR", "grouping"),
        ("0.001", "EUR", "places"),
        ("1.5", "JPY", "places"),
        ("999999999999999", "EUR", "range"),
        ("0", "EUR", "zero"),
        ("-5", "EUR", "negative"),
        ("10000.01", "EUR", "maximum"),
        ("5", "USD", "currency"),
        ("5", "", "currency"),
        ("5", HOSTILE, "currency"),
    ],
)
def test_a_refused_amount_says_why_and_comes_back_as_it_was_typed(text: str, currency: str, code: str) -> None:
    form = filled(total=text, total_currency=currency)
    assert not form.is_valid()
    assert codes(form, "total") == [code]
    shown = str(form["total"].as_field_group())
    assert f'value="{text}"' in shown
    assert 'aria-invalid="true"' in shown
    assert "<script" not in shown


def test_the_forms_locale_wins_over_the_pages() -> None:
    with translation.override("en"):
        assert codes(filled(fee="1,000.50"), "fee") == ["not_a_number"]
        assert "1.234,56" in str(filled()["fee"].as_field_group())


def test_an_optional_amount_may_be_empty_or_zero() -> None:
    form = filled(fee="")
    assert form.is_valid()
    assert form.cleaned_data["fee"] is None
    form = filled(fee="0")
    assert form.is_valid()
    assert form.cleaned_data["fee"] == money(0, "EUR")


def test_an_initial_amount_is_written_by_the_locale() -> None:
    form = PaymentForm(initial={"total": money(123456789, "EUR"), "fee": money(123456, "EUR")})
    assert 'value="1,234,567.89"' in str(form["total"])
    assert 'value="1.234,56"' in str(form["fee"])
    assert not PaymentForm({}, initial={"fee": None}).fields["fee"].has_changed(money(100, "EUR"), ("1,00", "EUR"))


@given(st.text(max_size=50))
def test_no_text_breaks_the_amount_field(text: str) -> None:
    form = filled(total=text)
    form.is_valid()
    assert form["total"].as_field_group()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "required"),
        ("20.11.2026", "invalid"),
        ("11/20/2026", "invalid"),
        ("2026-02-30", "invalid"),
        ("2026-11-22", "latest"),
    ],
)
def test_a_date_is_read_in_one_way_only(text: str, code: str) -> None:
    form = filled(received=text)
    assert codes(form, "received") == [code]


def test_a_picker_takes_an_id_or_the_only_thing_found() -> None:
    assert filled(customer="C-2").is_valid()
    form = filled(customer_query="grace")
    assert form.is_valid()
    assert form.cleaned_data["customer"] == "C-3"
    assert filled().is_valid()


def test_a_picker_offers_what_it_found_when_scripts_are_off() -> None:
    form = filled(customer_query="ada")
    assert codes(form, "customer") == ["several"]
    shown = str(form["customer"].as_field_group())
    assert "Ada Lovelace" in shown
    assert 'value="C-2"' in shown
    assert codes(filled(customer_query="nobody"), "customer") == ["nothing"]
    assert codes(filled(customer="C-9"), "customer") == ["unknown"]


def test_the_pickers_of_two_forms_share_nothing() -> None:
    assert not filled(customer_query="ada").is_valid()
    assert "Ada Lovelace" not in str(filled()["customer"].as_field_group())


def test_a_field_shows_its_error_beside_itself_and_in_the_summary() -> None:
    form = filled(total="abc")
    form.is_valid()
    shown = str(form)
    assert 'role="alert"' in shown
    assert 'href="#id_total"' in shown
    group = str(form["total"].as_field_group())
    assert 'id="id_total_error"' in group
    assert 'aria-describedby="id_total_error"' in group


def test_hints_are_tied_to_their_fields() -> None:
    shown = str(filled()["agreed"].as_field_group())
    assert 'id="id_agreed_helptext"' in shown
    assert 'aria-describedby="id_agreed_helptext"' in shown


def test_what_was_typed_is_inert() -> None:
    form = filled(total=HOSTILE, fee=HOSTILE, received=HOSTILE, customer_query=HOSTILE, description=HOSTILE)
    form.is_valid()
    assert "<script" not in str(form)
    assert "&lt;script&gt;" in str(form)
