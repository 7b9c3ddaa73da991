"""Forms about files of receipts."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from tallystick.interfaces.backoffice.payment_forms import by_hand
from tallystick.interfaces.kit.forms import KitForm
from tallystick.usecases.import_rows import FIELDS, REQUIRED
from tallystick.wire import words

# What a column may hold, in people's words.
LABELS = {
    "customer": _("Customer"),
    "invoice": _("Invoice number"),
    "amount": _("Amount"),
    "currency": _("Currency"),
    "date": _("Payment date"),
    "method": _("Method"),
    "reference": _("Reference"),
    "description": _("Description"),
    "fee": _("Payment fee (ref only)"),
    "remark": _("Remark"),
}
_HINTS = {
    "customer": _("The number, the whole name, or the e-mail address of a contact."),
    "invoice": _("Several numbers are separated by commas, semicolons or blanks."),
    "description": _("What follows # is private, as everywhere."),
}
_COLUMN = "column_"


class UploadForm(KitForm):
    """A CSV of receipts."""

    file = forms.FileField(
        label=_("File"),
        max_length=200,
        help_text=_("A CSV with headings, of at most 10 MB and 20,000 lines."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv,text/plain"}),
    )


class ColumnsForm(KitForm):
    """Which column is what, and how its amounts and days are written."""

    def __init__(
        self,
        data: Any,
        *,
        headings: Sequence[str],
        samples: Sequence[Sequence[str]],
        proposed: dict[str, Any],
        currencies: Sequence[str],
        may_complete: bool,
    ) -> None:
        super().__init__(data)
        named = [(str(place), _named(place, heading, samples)) for place, heading in enumerate(headings)]
        for name in FIELDS:
            self.fields[_COLUMN + name] = forms.ChoiceField(
                label=LABELS[name],
                required=name in REQUIRED,
                choices=[("", _now("Choose a column") if name in REQUIRED else _now("Not in the file")), *named],
                initial=str(proposed["columns"].get(name, "")),
                help_text=_HINTS.get(name, ""),
            )
        choose = ("", _now("Choose"))
        self._choice(
            "decimal_mark", _now("Amounts are written"), [choose, (".", "1,234.50"), (",", "1.234,50")], proposed
        )
        orders = [choose, ("ymd", "2026-03-31"), ("dmy", "31.03.2026"), ("mdy", "03/31/2026")]
        self._choice("date_order", _now("Days are written"), orders, proposed)
        self._choice(
            "currency", _now("Currency of lines that name none"), [(each, each) for each in currencies], proposed
        )
        self._choice("method", _now("Method of lines that name none"), by_hand(), proposed)
        pending = ("pending", _now("Pending"))
        completed = ("completed", words.status_word(kind="receipt", status="completed"))
        self._choice("status", _now("Status"), [completed, pending] if may_complete else [pending], proposed)
        self.fields["mails_confirmation"] = forms.BooleanField(
            label=_now("E-mail a confirmation to each customer’s contacts"),
            required=False,
            initial=proposed["mails_confirmation"],
        )

    def values(self) -> dict[str, Any]:
        """This method will return what the use case takes."""
        told = self.cleaned_data
        names = ("decimal_mark", "date_order", "currency", "method", "status", "mails_confirmation")
        return {
            "columns": {name: int(told[_COLUMN + name]) for name in FIELDS if told[_COLUMN + name]},
            **{name: told[name] for name in names},
        }

    def _choice(self, name: str, label: str, choices: list[tuple[str, str]], proposed: dict[str, Any]) -> None:
        self.fields[name] = forms.ChoiceField(label=label, choices=choices, initial=proposed[name])


def _named(place: int, heading: str, samples: Sequence[Sequence[str]]) -> str:
    """A column as people recognise it: its heading, and what stands below it in the first lines."""
    title = heading or _now("Column %(number)s") % {"number": place + 1}
    seen = next((line[place] for line in samples if place < len(line) and line[place].strip()), "")
    return f"{title} – {seen[:40]}" if seen else title
