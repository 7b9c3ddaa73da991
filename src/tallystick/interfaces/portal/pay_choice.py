"""What can be paid in one currency, and what the four ways of saying it come to (C5 to C10; `docs/model.md`, 22).

It takes the same few queries and shows a page of open invoices, whether there are two of them or thousands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils.safestring import SafeString

from tallystick.allocations.pay_options import PayOption
from tallystick.allocations.queries import held_of, holders, reached
from tallystick.foundation.ids import public_id
from tallystick.interfaces.kit.markup import current_locale
from tallystick.interfaces.kit.reading import NotReadable, read_amount
from tallystick.interfaces.portal.door import ContactRequest
from tallystick.interfaces.portal.pay_exchange import CHARGED_IN, PayExchange, pay_exchange
from tallystick.interfaces.portal.payable_cells import payable_cell
from tallystick.interfaces.portal.showing import PaymentView, checkout_url, shown_invoice, shown_payment
from tallystick.invoices import open_queries
from tallystick.invoices import queries as invoices
from tallystick.invoices.open_queries import OpenSum
from tallystick.invoices.states import PAYABLE
from tallystick.ledger.queries import usable_currencies
from tallystick.payments import queries as payments
from tallystick.usecases.aims import Chosen
from tallystick.wire import builders
from tallystick.wire.ids import invoice_id_of

# How the form calls the invoices that are chosen, those of them in other currencies, the amount typed, the invoice that
# was issued last, from where on the picker goes on, and which currency is to be looked at.
INVOICE, ELSEWHERE, FIXED, LATEST, MORE, LOOKS_AT = "invoice", "elsewhere", "fixed", "latest", "more", "looks_at"
# How many open invoices the picker shows at once.
PAGE: Final = 50
_NOTHING: Final = OpenSum(currency="", count=0, open_minor=0, overdue=0, next_due_date=None, next_due_minor=0)


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
class Choice:
    """What can be paid in one currency, and what of it is chosen; amounts in minor units.

    The Total Balance is all that is open and not being paid already (C6), the Current Charges are what is open of the
    invoice that was issued last (C7), and `selected_minor` is what the selected invoices come to (C9). What the option
    that is chosen comes to is the Payment Total (C10). Of a Fixed Amount `reached` counts the invoices that it pays.
    `payables` are the cells of the picker, and `more_url` goes on in it, from `more` on; `elsewhere` is what was chosen
    in other currencies, and stays so. A top-up request is no debt: it stands there,
    and is paid, only where it is chosen by its address (`docs/model.md`, 20).
    """

    currency: str
    currencies: list[str]
    option: PayOption
    balance_minor: int
    charges_minor: int
    latest: str
    selected: int
    selected_minor: int
    total_minor: int
    reached: int
    payables: list[SafeString]
    elsewhere: list[str]
    more: str
    more_url: str
    under_way: list[UnderWay]
    exchange: PayExchange

    @property
    def to_invoices_minor(self) -> int:
        """What of it goes to invoices."""
        if self.option is PayOption.FIXED_AMOUNT:
            return min(self.total_minor, self.balance_minor)
        return self.total_minor

    @property
    def on_account_minor(self) -> int:
        """What of it is paid on account."""
        return self.total_minor - self.to_invoices_minor


def chosen(data: QueryDict, currency: str, *, total: int | None, to_invoices: int | None) -> Chosen:
    """This function will read what a form that was sent chooses; the database is asked when the payment begins.

    What does not look like the form's own values is taken as nothing, so that no money is asked for by it.
    """
    latest = data.get(LATEST, "")
    return Chosen(
        option=option_of(data),
        total_minor=total or 0,
        to_invoices_minor=to_invoices or 0,
        latest=invoice_id_of(latest) if latest else None,
        selected=tuple(sorted(_selected(data))),
        fixed_minor=_fixed(data, currency),
    )


def looked_further(data: QueryDict) -> QueryDict | None:
    """This function will return what a form says whose button shows more of what can be chosen, so that none is lost;
    None when another button was pressed.
    """
    if MORE not in data and LOOKS_AT not in data:
        return None
    said = data.copy()
    if LOOKS_AT not in data:
        said["pay"] = PayOption.SELECTED_INVOICES
        return said
    said["currency"] = data.get(LOOKS_AT, "")
    # An amount is of its currency, and so is what can be charged for it, and where the picker stands.
    for name in (FIXED, CHARGED_IN, MORE):
        said.pop(name, None)
    said.setlist(INVOICE, [*data.getlist(INVOICE), *data.getlist(ELSEWHERE)])
    if option_of(data) in {PayOption.TOTAL_BALANCE, PayOption.SELECTED_INVOICES}:
        # Which of them it is depends on whether something was chosen in this one.
        said["pay"] = ""
    return said


def choice(request: ContactRequest, data: QueryDict) -> Choice:
    """This function will return what can be paid now, and what `data` chooses of it; all that is open when nothing."""
    customer_id = request.customer_id
    sums = open_queries.open_sums(customer_id, today=request.today)
    selected = _open_ones(customer_id, _selected(data) | _selected(data, ELSEWHERE))
    currencies = _offered(request, sums)
    currency = _currency(data, currencies, sums, selected)
    found = open_queries.open_page(customer_id, currency, cursor=data.get(MORE, ""), limit=PAGE)
    latest = open_queries.latest_issued(customer_id, currency)
    rows = {row["id"]: row for row in [*selected, *found.rows] if row["currency"] == currency}
    held = holders([*rows, *([] if latest is None else [latest["id"]])])
    holding = held_of(customer_id)
    ticked = {row["id"] for row in selected} - held.keys()
    balance = sums.get(currency, _NOTHING).open_minor - sum(each.minor for each in holding if each.currency == currency)
    fixed = _fixed(data, currency)
    # Where nothing is owed, what one pays is paid on account.
    option = option_of(data) if balance or ticked else PayOption.FIXED_AMOUNT
    if option is PayOption.SELECTED_INVOICES and data.get("pay") == "" and not ticked & rows.keys():
        option = PayOption.TOTAL_BALANCE
    charges = 0 if latest is None or latest["id"] in held else latest["open_minor"]
    chosen_minor = sum(row["open_minor"] for each, row in rows.items() if each in ticked)
    total = {
        PayOption.TOTAL_BALANCE: balance,
        PayOption.CURRENT_CHARGES: charges,
        PayOption.FIXED_AMOUNT: fixed,
        PayOption.SELECTED_INVOICES: chosen_minor,
    }[option]
    spreads = option is PayOption.FIXED_AMOUNT and fixed > 0
    return Choice(
        currency=currency,
        currencies=currencies,
        option=option,
        balance_minor=balance,
        charges_minor=charges,
        latest=public_id(builders.INVOICE, latest["id"]) if latest is not None and charges else "",
        selected=sum(1 for each in rows if each in ticked),
        selected_minor=chosen_minor,
        total_minor=total,
        reached=reached(fixed, customer_id=customer_id, currency=currency) if spreads else 0,
        payables=[
            payable_cell(
                public_id(builders.INVOICE, each),
                shown_invoice(row, request.today),
                chosen=each in ticked,
                held=each in held,
            )
            for each, row in rows.items()
        ],
        elsewhere=[public_id(builders.INVOICE, row["id"]) for row in selected if row["id"] not in rows],
        more=found.next_cursor,
        more_url=_more_url(currency, found.next_cursor),
        under_way=_under_way({each.payment_id for each in holding}),
        exchange=pay_exchange(data, total, currency, own=request.customer["currency"], day=request.today),
    )


def posted(request: ContactRequest, data: QueryDict) -> PayExchange:
    """This function will return the currency that a form that was sent is in, the account's own when it cannot be, and
    in which it can be charged. What it comes to is not looked at.
    """
    named, own = data.get("currency", ""), str(request.customer["currency"])
    currency = named if named in {own, *usable_currencies()} else own
    return pay_exchange(data, 0, currency, own=own, day=request.today)


def option_of(data: QueryDict) -> PayOption:
    """This function will return the way that is chosen: all that is open, when nothing is said."""
    named = data.get("pay", "")
    if named in set(PayOption):
        return PayOption(named)
    return PayOption.SELECTED_INVOICES if INVOICE in data else PayOption.TOTAL_BALANCE


def _selected(data: QueryDict, name: str = INVOICE) -> frozenset[UUID]:
    return frozenset(invoice_id_of(public) for public in data.getlist(name))


def _open_ones(customer_id: UUID, invoice_ids: frozenset[UUID]) -> list[dict[str, Any]]:
    """Those of the invoices and top-up requests that are the customer's and not paid, oldest due date first."""
    rows = invoices.invoices_by_id(invoice_ids).values()
    own = [row for row in rows if row["customer_id"] == customer_id and row["state"] in PAYABLE and row["open_minor"]]
    return sorted(own, key=lambda row: (row["due_date"] or date.max, row["id"]))


def _fixed(data: Mapping[str, Any], currency: str) -> int:
    """The amount that was typed in minor units; 0 when it cannot be read, which the form itself says."""
    try:
        return max(0, read_amount(data.get(FIXED, ""), currency, current_locale()))
    except NotReadable:
        return 0


def _currency(
    data: QueryDict, offered: list[str], sums: Mapping[str, OpenSum], selected: Sequence[Mapping[str, Any]]
) -> str:
    named = data.get("currency", "")
    if named in offered:
        return named
    chosen_in: list[str] = [row["currency"] for row in selected]
    return next(iter(chosen_in or [code for code in offered if code in sums] or offered))


def _offered(request: ContactRequest, sums: Mapping[str, OpenSum]) -> list[str]:
    """The account's own currency first, then those in which anything is open, then all others that can be booked."""
    return list(dict.fromkeys([request.customer["currency"], *sorted(sums), *usable_currencies()]))


def _more_url(currency: str, cursor: str) -> str:
    """Where scripts find the next ones for the picker."""
    if not cursor:
        return ""
    return (
        f"{reverse('portal:pay')}?{urlencode({'pay': PayOption.SELECTED_INVOICES, 'currency': currency, MORE: cursor})}"
    )


def _under_way(payment_ids: set[UUID]) -> list[UnderWay]:
    tries = payments.attempts_of(list(payment_ids))
    return [
        UnderWay(
            public=public_id(builders.PAYMENT, row["id"]),
            payment=shown_payment(row, own),
            minor=own[-1]["amount_minor"],
            currency=own[-1]["currency"],
            url=checkout_url(own),
        )
        for row in payments.public_payments(payment_ids)
        for own in [[each for each in tries if each["payment_id"] == row["id"]]]
    ]
