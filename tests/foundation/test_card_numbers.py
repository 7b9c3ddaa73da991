"""Card numbers in people's texts are found however they are written, and what only looks long is let through."""

import pytest

from tallystick.foundation.card_numbers import CardNumberNotAccepted, holds_card_number, refuse_card_numbers

# Published test numbers of the networks.
CARDS = [
    "4242424242424242",
    "4000056655665556",
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "6011111111111117",
    "30569309025904",
    "3566002020360505",
    "6200000000000005",
    "4222222222222",
]


@pytest.mark.parametrize("number", CARDS)
@pytest.mark.parametrize(
    "written",
    [
        "{plain}",
        "{blanks}",
        "{dashes}",
        "card: {plain}, thanks",
        "Order 12 {blanks} from 5 March",
        "({dashes})",
        "“{blanks}”",
        "pay\n{plain}\n",
        "{wide}",
        "paid on 2026-03-01 with {dashes}",
    ],
)
def test_a_card_number_is_found(number: str, written: str) -> None:
    groups = [number[start : start + 4] for start in range(0, len(number), 4)]
    text = written.format(
        plain=number,
        blanks=" ".join(groups),
        dashes="-".join(groups),
        wide=number.translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)}),
    )
    assert holds_card_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Invoice INV-2026-00001",
        "4242424242424241",  # its check digit is wrong
        "N4242424242424242",  # an order number, with the letter in front that says so
        "424242424242",  # too short
        "42424242424242424242",  # too long
        "period 2026-03-01 - 2026-03-31",
        "2026-03-01 2026-03-31 2026-04-30",
        "550e8400-e29b-41d4-a716-446655440000",
        "4242424242424242-4242-4242-4242-424242424242"[8:],
        "DE89 3704 0044 0532 0130 00",
        "BE68539007547034",
        "+49 1512 3456784",
        "pi_3MtwBwLkdIwHu7ix28a3tqPa",
        "1234,56 + 7890,12 = 9124,68",
    ],
)
def test_what_only_looks_long_is_let_through(text: str) -> None:
    assert not holds_card_number(text)


def test_the_refusal_names_the_field_and_never_the_number() -> None:
    with pytest.raises(CardNumberNotAccepted) as caught:
        refuse_card_numbers(reference="B-17", description="paid with 4242 4242 4242 4242", remark="")
    assert caught.value.name == "description"
    assert "4242" not in str(caught.value)
    assert "4242" not in repr(caught.value)


def test_texts_are_found_inside_mappings_and_sequences() -> None:
    with pytest.raises(CardNumberNotAccepted) as caught:
        refuse_card_numbers(contacts=[{"name": "Ada", "email": "ada@example.com"}, {"name": "4242424242424242"}])
    assert caught.value.name == "name"
    refuse_card_numbers(amount=4242424242424242, nothing=None, lines=["fine", ("fine",)])
