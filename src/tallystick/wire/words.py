"""The words that people read for statuses and methods: pages, mails, documents and files all take them from here."""

from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.foundation import settings_store
from tallystick.foundation.settings_store import Setting

# Two of the documents call the same state Completed and Paid; the business chooses (`docs/model.md`, 2).
COMPLETED_WORD: Final = Setting(
    "completed_word",
    "completed",
    "The word for money that has arrived: completed or paid.",
    lambda value: value in {"completed", "paid"},
)

_STATUSES: Final = {
    "pending": gettext_lazy("Pending"),
    "processing": gettext_lazy("Processing"),
    "failed": gettext_lazy("Failed"),
    "cancelled": gettext_lazy("Cancelled"),
}
_METHODS: Final = {
    "cash": gettext_lazy("Cash"),
    "cheque": gettext_lazy("Cheque"),
    "bank_transfer": gettext_lazy("Bank transfer"),
    "direct_debit": gettext_lazy("Direct debit"),
    "gateway": gettext_lazy("Card"),
    "": gettext_lazy("Not chosen yet"),
}


def status_word(*, kind: str, status: str) -> str:
    """This function will return the word for a payment's status: a completed refund reads Refunded."""
    if status == "completed":
        if kind == "refund":
            return _("Refunded")
        if kind == "charge":
            return _("Purchase")
        return _("Paid") if settings_store.get(COMPLETED_WORD) == "paid" else _("Completed")
    return str(_STATUSES[status])


def customer_status_word(*, kind: str, status: str) -> str:
    """This function will return the status as the customer reads it: what is processed is still pending (model 5)."""
    return status_word(kind=kind, status="pending" if status == "processing" else status)


def method_words(method: str, *, brand: str = "", last_four: str = "", account: str = "") -> str:
    """This function will say how money came: the card with its last four digits where it is known, else the way."""
    if last_four:
        return f"{brand.replace('_', ' ').title()} •••• {last_four}"
    if method == "gateway" and account:
        return account
    return str(_METHODS.get(method, method))


def card_of(attempts: list[dict[str, Any]]) -> dict[str, str]:
    """This function will return brand and last four digits of the newest try that knows its card, or nothing."""
    for attempt in reversed(attempts):
        if attempt["last_four"]:
            return {"brand": attempt["brand"], "last_four": attempt["last_four"]}
    return {}
