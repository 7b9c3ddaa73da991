"""What is refused, said to people."""

from django.utils.translation import gettext

from tallystick.foundation.errors import ExpectedError
from tallystick.interfaces.kit.formatting import format_amount
from tallystick.interfaces.kit.markup import current_locale


def told(error: ExpectedError) -> str:
    """This function will say what an expected failure says, in the language of the page and with its amounts as people
    read them: "50.00 EUR".
    """
    return error.told(lambda minor, currency: format_amount(minor, currency, current_locale(), shape="code"), gettext)
