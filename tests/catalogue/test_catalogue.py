"""Every text that a customer can meet is there in German, and what the program reads is what people wrote."""

from tests.catalogue import german
from tests.catalogue.texts import Text, texts


def test_everything_a_customer_meets_is_there_in_german() -> None:
    """Mend it with `make messages`, which adds the text to `django.po`; write its German there, and run it again."""
    found, said = texts(), german.written()
    assert list(german.faults(found, said)) == []
    assert said.keys() == found.keys()


def test_what_the_program_reads_is_what_people_wrote() -> None:
    assert german.compiled() == german.written()


def test_texts_are_found_where_customers_meet_them() -> None:
    found = texts()
    assert Text("Pay %(total_text)s") in found
    assert Text("%(months)s month", plural="%(months)s months") in found
    assert Text("This voucher was redeemed before.") in found
    assert Text("Enter the number of the voucher.") in found
    assert Text("Change Phone", context="action") in found


def test_a_text_without_german_a_bit_of_it_and_a_lost_placeholder_are_faults() -> None:
    sale = Text("Pay %(total)s to {name}")
    days = Text("%(days)s day left", plural="%(days)s days left")
    found = {sale: {"a.html"}, days: {"a.html"}}
    good = {sale: ("{name}: %(total)s zahlen",), days: ("Noch ein Tag", "Noch %(days)s Tage")}
    assert list(german.faults(found, good)) == []
    assert list(german.faults(found, {})) == [
        "no German: '%(days)s day left' (a.html)",
        "no German: 'Pay %(total)s to {name}' (a.html)",
    ]
    assert list(german.faults(found, {**good, sale: ("%(total)s zahlen",)})) == [
        "other placeholders: 'Pay %(total)s to {name}' and '%(total)s zahlen'"
    ]
    assert len(list(german.faults(found, {**good, days: ("Ein Tag", "Tage")}))) == 1
    assert next(german.faults(found, {**good, sale: ("Z",)})) == "cut off: 'Pay %(total)s to {name}' and 'Z'"
