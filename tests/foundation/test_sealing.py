"""What is sealed can be read again with the same key, and with no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from tallystick.foundation.sealing import SealBroken, is_sealed, seal, unseal


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_was_sealed_is_read_again(text: str) -> None:
    sealed = seal(text)
    assert is_sealed(sealed)
    assert unseal(sealed) == text


def test_a_sealed_text_is_not_readable_and_never_the_same_twice() -> None:
    first, second = seal("JBSWY3DPEHPK3PXP"), seal("JBSWY3DPEHPK3PXP")
    assert first != second
    assert "JBSWY3DPEHPK3PXP" not in first + second


def test_another_installations_key_opens_nothing(settings: Settings) -> None:
    sealed = seal("JBSWY3DPEHPK3PXP")
    settings.SECRET_KEY = "that of another installation"
    with pytest.raises(SealBroken, match="was not sealed with this installation's key"):
        unseal(sealed)


@pytest.mark.parametrize("position", [7, 20, 40, -30, -3])
def test_a_changed_text_is_refused(position: int) -> None:
    letters = list(seal("JBSWY3DPEHPK3PXP"))
    letters[position] = "A" if letters[position] != "A" else "B"
    with pytest.raises(SealBroken):
        unseal("".join(letters))


@pytest.mark.parametrize("text", ["", "JBSWY3DPEHPK3PXP", "sealed:", "sealed:é"])
def test_what_was_never_sealed_is_refused(text: str) -> None:
    with pytest.raises(SealBroken):
        unseal(text)
