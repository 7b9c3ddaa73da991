"""What can be paid in one currency, and what the four ways of saying it come to (C5 to C10; `docs/model.md`, 22)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.http import QueryDict

from tallystick.allocations.pay_options import PayOption, Plan, plan
from tallystick.allocations.queries import holders
from tallystick.foundation.ids import public_id
from tallystick.interfaces.kit.markup import current_locale
from tallystick.interfaces.kit.reading import NotReadable, read_amount
from tallystick.interfaces.portal.door import ContactRequest
from tallystick.interfaces.portal.pay_exchange import PayExchange, pay_exchange
from tallystick.interfaces.portal.showing import InvoiceView, PaymentView, checkout_url, shown_invoice, shown_payment
from tallystick.invoices import queries as invoices
from tallystick.ledger.queries import usable_currencies
from tallystick.payments import queries as payments
from tallystick.wire import builders
from tallystick.wire.ids import invoice_id_of

# How the form calls the invoices that are chosen, the amount typed, and what of each invoice it showed as open.
INVOICE, FIXED, SEEN, LATEST = "invoice", "fixed", "seen", "latest"
_SEEN_PART = re.compile(r"(inv_[0-9a-f]{32})=([0-9]{1,15})")


@dataclass(frozen=True, kw_only=True)
class Payable:
    """An open invoice on the form: chosen or not, and when it cannot be chosen, a checkout holds it."""

    public: str
    invoice: InvoiceView
    chosen: bool
    held: bool


@dataclass(frozen=True, kw_only=True)
class UnderWay:
    """A checkout that somebody began: it is gone on with, or given up."""

    public: str
    payment: PaymentView
    # What the gateway was asked for, in minor units.
    minor: int
    currency: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a form says: the option, what was open when it was drawn, and what was chosen or typed."""

    option: PayOption
    # Oldest first.
    open_amounts: list[tuple[UUID, int]]
    latest: UUID | None
    selected: frozenset[UUID]
    fixed_minor: int

    def plan(self, option: PayOption | None = None) -> Plan:
        """This method will return what this comes to, or what another option would come to."""
        return plan(
            option or self.option,
            self.open_amounts,
            latest=self.latest,
            fixed_minor=self.fixed_minor,
            selected=self.selected,
        )


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What can be paid in one currency, and what of it is chosen."""

    currency: str
    currencies: list[str]
    payables: list[Payable]
    under_way: list[UnderWay]
    told: Told
    exchange: PayExchange

    @property
    def can_choose(self) -> bool:
        """Whether any open invoice can be paid."""
        return any(not each.held for each in self.payables)

    @property
    def plan(self) -> Plan:
        """What the option that is chosen comes to."""
        return self.told.plan()

    @property
    def to_invoices_minor(self) -> int:
        """What of it goes to invoices."""
        return sum(self.plan.amounts.values())

    @property
    def balance_minor(self) -> int:
        """The Total Balance: all that is open and not being paid already (C6)."""
        return self.told.plan(PayOption.TOTAL_BALANCE).total_minor

    @property
    def charges_minor(self) -> int:
        """The Current Charges: what is open of the invoice that was issued last (C7)."""
        return self.told.plan(PayOption.CURRENT_CHARGES).total_minor

    @property
    def selected_minor(self) -> int:
        """What the selected invoices come to (C9)."""
        return self.told.plan(PayOption.SELECTED_INVOICES).total_minor

    @property
    def selected(self) -> int:
        """How many invoices are selected."""
        return sum(1 for each in self.payables if each.chosen)

    @property
    def seen(self) -> str:
        """What the form shows as open, for it to bring back: nobody pays another amount than they saw."""
        return " ".join(f"{public_id(builders.INVOICE, each)}={minor}" for each, minor in self.told.open_amounts)

    @property
    def latest(self) -> str:
        """The invoice that was issued last, for the form to bring back."""
        return "" if self.told.latest is None else public_id(builders.INVOICE, self.told.latest)


def told(data: QueryDict, currency: str) -> Told:
    """This function will read what a form that was sent says; the database is asked when the payment begins.

    What does not look like the form's own values is taken as nothing, so that no money is asked for by it.
    """
    seen = [(invoice_id_of(public), int(minor)) for public, minor in _SEEN_PART.findall(data.get(SEEN, ""))]
    latest = data.get(LATEST, "")
    return Told(
        option=_option(data),
        open_amounts=seen,
        latest=invoice_id_of(latest) if latest else None,
        selected=_selected(data),
        fixed_minor=_fixed(data, currency),
    )


def choice(request: ContactRequest, data: QueryDict) -> Choice:
    """This function will return what can be paid now, and what `data` chooses of it; all that is open when nothing."""
    rows = invoices.open_invoices(request.customer_id)
    selected = _selected(data)
    currency = _currency(request, data, rows, selected)
    held = holders([row["id"] for row in rows])
    shown = [row for row in rows if row["currency"] == currency]
    latest = invoices.latest_issued(request.customer_id, currency)
    said = Told(
        option=_option(data),
        open_amounts=[(row["id"], row["open_minor"]) for row in shown if row["id"] not in held],
        latest=latest,
        selected=selected,
        fixed_minor=_fixed(data, currency),
    )
    if not said.open_amounts:
        # Nothing is owed here: what one pays is paid on account.
        said = replace(said, option=PayOption.FIXED_AMOUNT)
    return Choice(
        currency=currency,
        currencies=_offered(request, rows),
        payables=[
            Payable(
                public=public_id(builders.INVOICE, row["id"]),
                invoice=shown_invoice(row, request.today),
                chosen=row["id"] in selected and row["id"] not in held,
                held=row["id"] in held,
            )
            for row in shown
        ],
        under_way=_under_way(set(held.values())),
        told=said,
        exchange=pay_exchange(
            data, said.plan().total_minor, currency, own=request.customer["currency"], day=request.today
        ),
    )


def _option(data: QueryDict) -> PayOption:
    named = data.get("pay", "")
    if named in set(PayOption):
        return PayOption(named)
    return PayOption.SELECTED_INVOICES if INVOICE in data else PayOption.TOTAL_BALANCE


def _selected(data: QueryDict) -> frozenset[UUID]:
    return frozenset(invoice_id_of(public) for public in data.getlist(INVOICE))


def _fixed(data: Mapping[str, Any], currency: str) -> int:
    """The amount that was typed in minor units; 0 when it cannot be read, which the form itself says."""
    try:
        return max(0, read_amount(data.get(FIXED, ""), currency, current_locale()))
    except NotReadable:
        return 0


def _currency(request: ContactRequest, data: QueryDict, rows: list[dict[str, Any]], selected: frozenset[UUID]) -> str:
    offered = _offered(request, rows)
    named = data.get("currency", "")
    if named in offered:
        return named
    chosen: list[str] = [row["currency"] for row in rows if row["id"] in selected]
    owed = {row["currency"] for row in rows}
    return next(iter(chosen or [code for code in offered if code in owed] or offered))


def _offered(request: ContactRequest, rows: list[dict[str, Any]]) -> list[str]:
    """The account's own currency first, then those in which anything is open, then all others that can be booked."""
    own = request.customer["currency"]
    owed = sorted({row["currency"] for row in rows})
    return list(dict.fromkeys([own, *owed, *usable_currencies()]))


def _under_way(attempt_ids: set[UUID]) -> list[UnderWay]:
    found = []
    for payment_id in sorted({payments.attempt(attempt_id)["payment_id"] for attempt_id in attempt_ids}):
        attempts = payments.attempts(payment_id)
        found.append(
            UnderWay(
                public=public_id(builders.PAYMENT, payment_id),
                payment=shown_payment(payments.public_payment(payment_id), attempts),
                minor=attempts[-1]["amount_minor"],
                currency=attempts[-1]["currency"],
                url=checkout_url(attempts),
            )
        )
    return found
