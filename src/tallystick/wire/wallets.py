"""The public shapes of prepaid money: wallets and their lots, top-up requests, and purchases."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.allocations import queries as allocations
from tallystick.foundation.errors import NotFound
from tallystick.foundation.ids import public_id
from tallystick.invoices import queries as invoices
from tallystick.invoices.states import TOPUP, display_state
from tallystick.ledger.queries import standings
from tallystick.wallets import queries
from tallystick.wire.builders import CUSTOMER, INVOICE, PAYMENT, TAX_RATE, allocation_shape, day, moment
from tallystick.wire.shapes import (
    AllocationShape,
    CurrencyCode,
    CustomerId,
    Day,
    InvoiceId,
    Minor,
    Moment,
    PaymentId,
    Row,
    TaxRateId,
    one_of,
)

LOT: Final = "lot"
WALLET_DRAW: Final = "wdr"
TAX_DOCUMENT: Final = "txd"

LOT_KINDS: Final = {
    "paid": "opened by a top-up.",
    "promotional": "a gift: no income, not taxed, never paid out.",
}
DRAWN_FROM: Final = {**LOT_KINDS, "beyond_prepaid": "nothing prepaid was left; the next top-up fills it."}
TOPUP_STATES: Final = {
    "draft": "not sent: it has no number.",
    "sent": "it can be paid; nobody owes it.",
    "part_provisioned": "a part of it was paid, and is in the wallet.",
    "provisioned": "all of it was paid, and is in the wallet.",
    "void": "it was withdrawn.",
}

LotId = Annotated[str, Field(examples=["lot_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]


class LotShape(TypedDict):
    """A sum of prepaid money that came at once."""

    id: LotId
    kind: Annotated[str, one_of(LOT_KINDS, example="paid")]
    amount_minor: Minor
    left_minor: Minor
    topup_request: Annotated[InvoiceId | None, Field(description="The request that opened it.")]
    payment: Annotated[PaymentId | None, Field(description="The payment that opened it.")]
    source: Annotated[str, Field(description="What a gift is.", examples=["Welcome credit"])]
    is_taxed: Annotated[bool, Field(description="Tax was due when it was paid in: its use is not taxed again.")]
    opened_at: Moment
    expires_date: Annotated[Day | None, Field(description="The last day on which it can be used; null is for ever.")]


class WalletShape(TypedDict):
    """A customer's prepaid money in one currency, with the lots that have something left, in the order of use."""

    customer: CustomerId
    currency: CurrencyCode
    balance_minor: Annotated[Minor, Field(description="Below 0 it was used beyond what is prepaid.")]
    debit_limit_minor: Annotated[Minor, Field(description="How far below 0 an authorisation may bring it.")]
    available_minor: Annotated[Minor, Field(description="What an authorisation may still take today.")]
    lots: list[LotShape]


class TaxDocumentShape(TypedDict):
    """The tax invoice of a part of a request that was paid, where tax is due on top-up."""

    id: Annotated[str, Field(examples=["txd_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
    number: Annotated[str, Field(examples=["TAX-2026-00001"])]
    document_date: Day
    tax_rate: TaxRateId
    tax_percent: Annotated[str, Field(description="A decimal as text.", examples=["20.0000"])]
    net_minor: Annotated[Minor, Field(description="What the wallet got.")]
    tax_minor: Minor
    total_minor: Minor
    is_void: Annotated[bool, Field(description="The top-up was taken back, and its tax with it.")]


class TopupRequestShape(TypedDict):
    """A request for prepaid money. It is paid like an invoice, by its id, and owed by nobody."""

    id: InvoiceId
    number: Annotated[str | None, Field(description="Given when it is sent.", examples=["TOP-2026-00001"])]
    customer: CustomerId
    state: Annotated[str, one_of(TOPUP_STATES, example="sent")]
    title: str
    currency: CurrencyCode
    total_minor: Minor
    tax_minor: Annotated[Minor, Field(description="Within the total, and due when it is paid; 0 is tax on use.")]
    provisioned_minor: Minor
    open_minor: Annotated[Minor, Field(description="What can still be provisioned.")]
    sent_date: Day | None
    expires_months: Annotated[
        int | None,
        Field(description="How many months what is paid can be used; null is for ever.", examples=[12]),
    ]
    created_at: Moment
    allocations: Annotated[list[AllocationShape], Field(description="What provisioned it.")]
    tax_documents: Annotated[list[TaxDocumentShape], Field(description="One of each part that was taxed when paid.")]


class DrawShape(TypedDict):
    """What a purchase took of a lot, and what came back by credits."""

    kind: Annotated[str, one_of(DRAWN_FROM, example="paid")]
    lot: LotId | None
    drawn_minor: Minor
    returned_minor: Minor


class AccountChargeShape(TypedDict):
    """A purchase on the account. It is a payment of kind `charge`, with the same id and a negative total."""

    id: PaymentId
    customer: CustomerId
    currency: CurrencyCode
    total_minor: Annotated[Minor, Field(description="Negative.", examples=[-1240])]
    net_minor: Minor
    tax_minor: Annotated[Minor, Field(description="Within what untaxed paid credit paid of it.")]
    tax_rate: TaxRateId
    tax_percent: Annotated[str, Field(description="A decimal as text.", examples=["20.0000"])]
    description: Annotated[str, Field(examples=["Calls, 42 minutes"])]
    external_id: Annotated[str, Field(examples=["cdr-778812"])]
    charged_date: Day
    created_at: Moment
    credited_minor: Annotated[Minor, Field(description="What was credited back, with its tax.")]
    draws: list[DrawShape]


class WalletDrawPartShape(TypedDict):
    """What of it came from a lot."""

    lot: LotId
    amount_minor: Minor


class WalletDrawShape(TypedDict):
    """A part of an invoice that was paid from its payer's wallet."""

    id: Annotated[str, Field(examples=["wdr_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
    invoice: InvoiceId
    customer: CustomerId
    currency: CurrencyCode
    amount_minor: Minor
    drawn_at: Moment
    taken_back_at: Annotated[Moment | None, Field(description="When it was undone; null while it stands.")]
    parts: list[WalletDrawPartShape]


class AuthorisationShape(TypedDict):
    """The wallet covers an amount. Nothing is held for it."""

    customer: CustomerId
    currency: CurrencyCode
    available_minor: Annotated[Minor, Field(description="What the wallet covers now, its debit limit included.")]


def lot_shape(row: Row) -> LotShape:
    """This function will return a lot."""
    invoice, payment = row["allocation__invoice_id"], row["allocation__payment_id"]
    return {
        "id": public_id(LOT, row["id"]),
        "kind": row["kind"],
        "amount_minor": row["amount_minor"],
        "left_minor": row["left_minor"],
        "topup_request": public_id(INVOICE, invoice) if invoice else None,
        "payment": public_id(PAYMENT, payment) if payment else None,
        "source": row["source"],
        "is_taxed": row["is_taxed"],
        "opened_at": moment(row["opened_at"]),
        "expires_date": day(row["expires_date"]),
    }


def wallet_shapes(customer_id: UUID, *, today: date) -> list[WalletShape]:
    """This function will return a customer's wallets with the lots that have something left."""
    rows = queries.wallets_of(customer_id)
    lots = queries.lots_of([row["id"] for row in rows], with_empty=False)
    balances = {each.currency: each.wallet_minor for each in standings(customer_id)}
    return [
        {
            "customer": public_id(CUSTOMER, customer_id),
            "currency": row["currency"],
            "balance_minor": balances.get(row["currency"], 0),
            "debit_limit_minor": row["debit_limit_minor"],
            "available_minor": queries.available(customer_id, row["currency"], day=today),
            "lots": [lot_shape(lot) for lot in lots[row["id"]]],
        }
        for row in rows
    ]


def one_wallet(customer_id: UUID, currency: str, *, today: date) -> WalletShape:
    """This function will return a customer's wallet in one currency.

    Raises:
        NotFound: when nothing ever moved in it.
    """
    for shape in wallet_shapes(customer_id, today=today):
        if shape["currency"] == currency:
            return shape
    raise NotFound(kind="wallet")


def topup_request_shapes(rows: Sequence[Row]) -> list[TopupRequestShape]:
    """This function will return top-up requests, with one query each for what provisioned and what taxed them."""
    parts = allocations.allocations_of_invoices([row["id"] for row in rows])
    documents = queries.tax_documents(row["id"] for row in rows)
    return [_topup_request_shape(row, parts[row["id"]], documents[row["id"]]) for row in rows]


def one_topup_request(request_id: UUID) -> TopupRequestShape:
    """This function will read a top-up request and return its shape.

    Raises:
        NotFound: when there is none.
    """
    row = invoices.invoice(request_id)
    if row["kind"] != TOPUP:
        raise NotFound(kind="top-up request")
    return topup_request_shapes([row])[0]


def charge_shapes(rows: Sequence[Row]) -> list[AccountChargeShape]:
    """This function will return charges, with one query for what all of them drew."""
    draws = queries.draws_of(row["payment_id"] for row in rows)
    return [_charge_shape(row, draws[row["payment_id"]]) for row in rows]


def one_charge(payment_id: UUID) -> AccountChargeShape:
    """This function will read a charge and return its shape.

    Raises:
        NotFound: when there is none.
    """
    return charge_shapes([queries.charge(payment_id)])[0]


def wallet_draw_shape(row: Row) -> WalletDrawShape:
    """This function will return what a wallet paid of an invoice."""
    return {
        "id": public_id(WALLET_DRAW, row["id"]),
        "invoice": public_id(INVOICE, row["invoice_id"]),
        "customer": public_id(CUSTOMER, row["invoice__customer_id"]),
        "currency": row["invoice__currency"],
        "amount_minor": row["amount_minor"],
        "drawn_at": moment(row["drawn_at"]),
        "taken_back_at": moment(row["taken_back_at"]) if row["taken_back_at"] else None,
        "parts": [{"lot": public_id(LOT, part["lot_id"]), "amount_minor": part["minor"]} for part in row["parts"]],
    }


def one_wallet_draw(draw_id: UUID) -> WalletDrawShape:
    """This function will read what a wallet paid of an invoice and return its shape.

    Raises:
        NotFound: when there is none.
    """
    return wallet_draw_shape(queries.wallet_draw(draw_id))


def authorisation(customer_id: UUID, currency: str, available_minor: int) -> AuthorisationShape:
    """This function will return what the wallet covers."""
    return {"customer": public_id(CUSTOMER, customer_id), "currency": currency, "available_minor": available_minor}


def _topup_request_shape(row: Row, parts: Iterable[Row], documents: Iterable[Row]) -> TopupRequestShape:
    return {
        "id": public_id(INVOICE, row["id"]),
        "number": row["number"],
        "customer": public_id(CUSTOMER, row["customer_id"]),
        "state": display_state(
            state=row["state"],
            total_minor=row["total_minor"],
            open_minor=row["open_minor"],
            credited_minor=0,
            written_off_minor=0,
            due_date=None,
            # Nothing is due by it, so that the day does not matter.
            today=date.min,
        ),
        "title": row["title"],
        "currency": row["currency"],
        "total_minor": row["total_minor"],
        "tax_minor": row["tax_minor"],
        "provisioned_minor": row["allocated_minor"],
        "open_minor": row["open_minor"] if row["state"] == "sent" else 0,
        "sent_date": day(row["invoice_date"]),
        "expires_months": row["expires_months"],
        "created_at": moment(row["created_at"]),
        "allocations": [allocation_shape(part) for part in parts if part["released_at"] is None],
        "tax_documents": [_tax_document_shape(each) for each in documents],
    }


def _tax_document_shape(row: Row) -> TaxDocumentShape:
    return {
        "id": public_id(TAX_DOCUMENT, row["id"]),
        "number": row["number"],
        "document_date": row["document_date"].isoformat(),
        "tax_rate": public_id(TAX_RATE, row["tax_rate_id"]),
        "tax_percent": str(row["tax_percent"]),
        "net_minor": row["net_minor"],
        "tax_minor": row["tax_minor"],
        "total_minor": row["total_minor"],
        "is_void": row["lot__taken_back_at"] is not None,
    }


def _charge_shape(row: Row, draws: Sequence[dict[str, Any]]) -> AccountChargeShape:
    return {
        "id": public_id(PAYMENT, row["payment_id"]),
        "customer": public_id(CUSTOMER, row["payment__customer_id"]),
        "currency": row["payment__currency"],
        "total_minor": -row["payment__total_minor"],
        "net_minor": row["net_minor"],
        "tax_minor": row["tax_minor"],
        "tax_rate": public_id(TAX_RATE, row["tax_rate_id"]),
        "tax_percent": str(row["tax_percent"]),
        "description": row["payment__description"],
        "external_id": row["external_id"] or "",
        "charged_date": row["payment__received_date"].isoformat(),
        "created_at": moment(row["payment__created_at"]),
        "credited_minor": row["credited_minor"],
        "draws": [draw_shape(draw) for draw in draws],
    }


def draw_shape(row: Row) -> DrawShape:
    """This function will return what a purchase took of a lot."""
    return {
        "kind": row["kind"] or "beyond_prepaid",
        "lot": public_id(LOT, row["lot_id"]) if row["lot_id"] else None,
        "drawn_minor": row["drawn_minor"],
        "returned_minor": row["returned_minor"],
    }
