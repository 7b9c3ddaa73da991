"""Choosing what money is for: open invoices by organization, number and day of issue (D7), each with its amount.

Its buttons send the form that it is part of: what was typed comes back, with the choice changed. Nothing is written.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from tallystick.allocations.queries import oldest_first
from tallystick.customers import queries as customers
from tallystick.foundation.errors import NotFound
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.door import StaffRequest
from tallystick.interfaces.backoffice.finding import found_invoices, invoice_of
from tallystick.interfaces.backoffice.naming import Row
from tallystick.interfaces.backoffice.payment_table import customers_named
from tallystick.interfaces.kit.forms import DateField, KitForm, MoneyField, PickerField, typed
from tallystick.invoices import queries as invoices
from tallystick.invoices.states import PAYABLE
from tallystick.money.amounts import Money
from tallystick.money.currencies import parse_currency
from tallystick.usecases.record import Part
from tallystick.wire import builders

CHOSEN: Final = "chosen"
# How the amount for an invoice is called.
_AMOUNT: Final = "takes_"
_SEEK, _CHOOSE, _DROP, _SPREAD = "seek", "choose", "drop", "spread"
_OLDEST, _EXACT = "oldest", "exact"
# How many invoices a search offers.
_MOST: Final = 10


class SeekForm(KitForm):
    """What invoices are searched by (D7)."""

    organization = forms.CharField(label=_("Organization"), required=False, max_length=200)
    # Offers what fits while somebody types; what is taken from there is chosen.
    number = PickerField(
        label=_("Invoice"), required=False, source="office:find-invoices", find=found_invoices, resolve=invoice_of
    )
    issued = DateField(label=_("Issued on"), required=False)


class AmountsForm(KitForm):
    """The amount that each chosen invoice takes; an empty one takes as much as is open and left."""

    def __init__(self, data: Any, *, rows: Sequence[Row], initial: Mapping[str, Any]) -> None:
        super().__init__(data, initial=dict(initial))
        for row in rows:
            self.fields[_name(row)] = MoneyField(
                label=_now("Amount for %(number)s") % {"number": row["number"]},
                currencies=[row["currency"]],
                required=False,
            )


class InvoiceChoice:
    """The invoices that were chosen so far, and those that the search offers.

    `payer_id` and `currency` narrow what can be chosen; without them the first choice does. `available` is what can be
    spread over them.
    """

    def __init__(
        self,
        data: Any,
        *,
        payer_id: UUID | None = None,
        currency: str = "",
        available: Money | None = None,
        initial: Sequence[UUID] = (),
    ) -> None:
        self.presses = next((name for name in (_CHOOSE, _DROP, _SPREAD, _SEEK) if name in (data or ())), "")
        self._sought = typed(SeekForm(prefix=_SEEK), data) if data else {}
        self.said = ""
        chosen = [_id_of(each) for each in data.getlist(CHOSEN)] if data else list(initial)
        self.rows = _rows(chosen)
        self._payer_id, self._currency = payer_id, currency
        # What was open of the choice before its button was pressed.
        self.before_minor = self.open_minor
        amounts: dict[str, Any] = {}
        if self.presses:
            amounts = typed(AmountsForm(None, rows=self.rows, initial={}), data)
            amounts |= self._press(str(data[self.presses]), available)
        bound = data if data and not self.presses else None
        self.form = AmountsForm(bound, rows=self.rows, initial=amounts)
        if len(self.rows) > len(chosen):
            # The button that was pressed is gone: the hand goes on at the amount.
            self.form.fields[_name(self.rows[-1])].widget.attrs["autofocus"] = True
        self.seek = SeekForm(initial=self._sought, prefix=_SEEK)
        self.found, self.has_more = self._search(data or {})

    @property
    def payer_id(self) -> UUID | None:
        """Whose invoices these are; None while none is chosen and nobody is named."""
        return self._payer_id or (self.rows[0]["customer_id"] if self.rows else None)

    @property
    def currency(self) -> str:
        """The currency of the chosen invoices; empty while any will do."""
        return self._currency or (str(self.rows[0]["currency"]) if self.rows else "")

    @property
    def open_minor(self) -> int:
        """What is open of all that were chosen, in minor units."""
        return sum(row["open_minor"] for row in self.rows)

    def parts(self) -> list[Part]:
        """This method will return the chosen invoices with the amounts that were entered; the form is valid."""
        found = []
        for row in self.rows:
            amount: Money | None = self.form.cleaned_data[_name(row)]
            found.append(Part(invoice_id=row["id"], amount_minor=amount.minor if amount else None))
        return found

    def spread(self, total_minor: int) -> list[tuple[str, int]]:
        """This method will return what each would take of a total, by number: as recording and allocating do it."""
        parts = self.parts()
        left = total_minor - sum(part.amount_minor or 0 for part in parts)
        told = []
        for row, part in zip(self.rows, parts, strict=True):
            amount = part.amount_minor
            if amount is None:
                amount = max(0, min(left, row["open_minor"]))
                left -= amount
            told.append((str(row["number"]), amount))
        return told

    def lines(self) -> list[dict[str, Any]]:
        """This method will return the chosen invoices as the page lists them, each with its field."""
        names = customers.names(row["customer_id"] for row in self.rows)
        return [{**_line(row, names), "field": self.form[_name(row)]} for row in self.rows]

    def offers(self) -> list[dict[str, Any]]:
        """This method will return what the search found, as the page lists it."""
        names = customers.names(row["customer_id"] for row in self.found)
        return [_line(row, names) for row in self.found]

    def _press(self, value: str, available: Money | None) -> dict[str, Any]:
        """Do what a button says; returns the amounts that it fills in."""
        picked, _typed = self._sought["number"]
        if self.presses == _CHOOSE:
            self._choose(_id_of(value))
        elif self.presses == _SEEK and picked:
            self._choose(_id_of(picked))
            self._sought["number"] = ("", "")
        elif self.presses == _DROP:
            self.rows = [row for row in self.rows if row["id"] != _id_of(value)]
        elif self.presses == _SPREAD and value == _EXACT:
            return {_name(row): Money(row["open_minor"], parse_currency(row["currency"])) for row in self.rows}
        elif self.presses == _SPREAD and value == _OLDEST:
            return self._oldest_first(available)
        return {}

    def _choose(self, invoice_id: UUID) -> None:
        for row in _rows([invoice_id]):
            if not row["open_minor"] or row["state"] not in PAYABLE:
                self.said = _now("%(number)s is not open any more.") % {"number": row["number"]}
            elif self.payer_id not in {None, row["customer_id"]} or self.currency not in {"", row["currency"]}:
                self.said = _now("%(number)s has another payer or currency than the others.") % {
                    "number": row["number"]
                }
            elif invoice_id not in {each["id"] for each in self.rows}:
                self.rows.append(row)

    def _oldest_first(self, available: Money | None) -> dict[str, Any]:
        if available is None or available.currency != self.currency:
            self.said = _now("Enter the total first, in the currency of the invoices.")
            return {}
        self.rows.sort(key=lambda row: (row["due_date"] or date.max, row["id"]))
        spread = dict(oldest_first(available.minor, [(row["id"], row["open_minor"]) for row in self.rows]))
        # One for which nothing is left goes out of the choice: an amount of nothing cannot be entered.
        self.rows = [row for row in self.rows if row["id"] in spread]
        return {_name(row): Money(spread[row["id"]], available.currency) for row in self.rows}

    def _search(self, data: Mapping[str, Any]) -> tuple[list[dict[str, Any]], bool]:
        told = SeekForm(data, prefix=_SEEK)
        told.is_valid()
        wanted = told.cleaned_data
        organization, number = wanted.get("organization", ""), self._sought["number"][1] if self._sought else ""
        if not (organization or number or wanted.get("issued") or self.payer_id):
            return [], False
        found = invoices.payable(
            number=number,
            issued_date=wanted.get("issued"),
            customer_ids=customers_named(organization) if organization else None,
            customer_id=self.payer_id,
            currency=self.currency,
            without=[row["id"] for row in self.rows],
            limit=_MOST + 1,
        )
        return found[:_MOST], len(found) > _MOST


def choice_context(request: StaffRequest, choice: InvoiceChoice, *, within: str) -> dict[str, Any]:
    """This function will return what the template of a choice takes; its buttons draw anew what is `within`."""
    return {
        "choice": choice,
        "choice_url": f"{request.path}#invoice-choice",
        "choice_target": within,
        "choice_select": f"{within} > *",
    }


def _rows(ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """The invoices, each once, in the order in which they were chosen; what does not exist is left out."""
    found = invoices.invoices_by_id(ids)
    return [found[each] for each in dict.fromkeys(ids) if each in found and found[each]["number"]]


def _id_of(text: str) -> UUID:
    try:
        return addresses.invoice_id_of(text)
    except NotFound:
        # Only an address or a field that nobody's page has written; it fits no invoice.
        return UUID(int=0)


def _name(row: Row) -> str:
    return _AMOUNT + public_id(builders.INVOICE, row["id"])


def _line(row: Row, names: Mapping[UUID, str]) -> dict[str, Any]:
    return {
        **row,
        "public": public_id(builders.INVOICE, row["id"]),
        "customer_name": names[row["customer_id"]],
        "url": addresses.invoice_url(row["id"]),
    }
