"""What invoices and prepaid money do for each other: invoices for usage (J20), invoices that a wallet pays (J21)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Final
from uuid import UUID

from tallystick.allocations.operations import InvoiceNotOpen
from tallystick.catalog.operations import tax_on_use
from tallystick.foundation.errors import Conflict, NotFound
from tallystick.foundation.ids import new_id
from tallystick.foundation.rows import execute, fetch, fetch_one
from tallystick.foundation.transactions import needs_transaction
from tallystick.invoices import operations as invoices
from tallystick.invoices.states import ISSUED
from tallystick.invoices.totals import LineInput
from tallystick.ledger import operations as ledger
from tallystick.ledger.accounts import RECEIVABLES, WALLET_PAID
from tallystick.ledger.entries import Worth
from tallystick.ledger.queries import carried_part, draft_of, rate_on, worth_at
from tallystick.money.split import pro_rata
from tallystick.payments import expected
from tallystick.payments.operations import AmountNotAccepted
from tallystick.wallets import posting_rules
from tallystick.wallets.drawing import draw
from tallystick.wallets.models import UsageInvoice, WalletDraw, WalletDrawPart
from tallystick.wallets.operations import WalletRow, beyond_worth, held, locked, open_paid, take_over
from tallystick.wallets.posting_rules import Held
from tallystick.wallets.queries import lots_to_draw_from, pays_invoices

_LESS_LEFT: Final = "UPDATE wallets_lot SET left_minor = left_minor - %s WHERE id = %s"
_PARTS: Final = "SELECT lot_id, minor FROM wallets_walletdrawpart WHERE wallet_draw_id = %s ORDER BY id"
_STANDING: Final = """
SELECT drawn.id, drawn.amount_minor, drawn.entry_id, invoice.customer_id, invoice.currency
FROM wallets_walletdraw drawn JOIN invoices_invoice invoice ON invoice.id = drawn.invoice_id
WHERE drawn.id = %s AND drawn.invoice_id = %s AND drawn.taken_back_at IS NULL FOR UPDATE OF drawn
"""


@dataclass(kw_only=True, eq=False)
class NothingUsedBeyond(Conflict):
    """A usage invoice is for what was used beyond prepaid money, and nothing was."""

    code: ClassVar[str] = "nothing_used_beyond_prepaid"
    sentence: ClassVar[str] = "This wallet is not below zero in {currency}: there is nothing to invoice."
    field: ClassVar[str | None] = "currency"

    currency: str


@dataclass(kw_only=True, eq=False)
class WalletTooSmall(Conflict):
    """Only paid money pays invoices, and there is less of it in the wallet."""

    code: ClassVar[str] = "wallet_too_small"
    sentence: ClassVar[str] = (
        "The wallet holds {available_minor} of paid money that may pay invoices. "
        "Promotional credit pays none, nor does a top-up that was taxed when it was paid."
    )
    field: ClassVar[str | None] = "amount_minor"

    available_minor: int
    currency: str


@needs_transaction
def invoice_usage(*, customer_id: UUID, currency: str, description: str, day: date, by: str, at: datetime) -> UUID:
    """This function will issue an invoice for all that was used beyond prepaid money (J20), and return its id.

    The wallet is at 0 then. Revenue and tax stand since the purchases (J18), so that its line is outside the scope of
    tax. It cannot be voided or credited: purchases are credited, into the lot that it opens.

    Raises:
        NotFound: when there is no such customer.
        NothingUsedBeyond: when the wallet is not below zero.
        NoExchangeRate: when the currency has no rate on that day.
    """
    wallet = locked(customer_id, currency)
    minor = wallet.beyond_minor
    if minor == 0:
        raise NothingUsedBeyond(currency=currency)
    line = LineInput(description=description, quantity=Decimal(1), unit_price_minor=minor, tax_rate_id=tax_on_use())
    invoice_id = invoices.create_draft(
        customer_id=customer_id,
        currency=currency,
        lines=[line],
        prices_include_tax=False,
        title="",
        remark="",
        at=at,
        is_usage=True,
    )
    draft = posting_rules.usage_invoice(
        invoice_id=invoice_id,
        customer_id=customer_id,
        claim=worth_at(minor, currency, rate_on(currency, day)),
        beyond=Held(per=wallet.id, is_promotional=False, worth=beyond_worth(wallet, minor)),
    )
    ledger.post([draft], effective_date=day, at=at)
    number = invoices.issue(invoice_id, invoice_date=day, due_date=None, at=at)
    lot_id = new_id()
    open_paid(wallet, lot_id, minor, source=number, at=at)
    UsageInvoice.objects.create(invoice_id=invoice_id, wallet=wallet, lot_id=lot_id)
    expected.follow(invoice_id, reason="superseded", by=by, at=at)
    return invoice_id


@needs_transaction
def pay_invoice(invoice_id: UUID, amount_minor: int | None, *, day: date, by: str, at: datetime) -> UUID:
    """This function will pay an invoice, or a part of it, from paid lots of its payer (J21), and return the draw's id.

    Without an amount all that is open. Lots whose tax is due on use are drawn by earliest expiry, as charges draw.

    Raises:
        NotFound: when there is no such invoice.
        InvoiceNotOpen: when nothing of it is open, or it is a top-up request.
        AmountNotAccepted, InvoiceOverpaid, WalletTooSmall: when the amount cannot be paid.
    """
    claim = invoices.locked(invoice_id)
    if claim.state != ISSUED or claim.open_minor == 0:
        raise InvoiceNotOpen(invoice_id=invoice_id, state=claim.state)
    amount = claim.open_minor if amount_minor is None else amount_minor
    if amount <= 0:
        raise AmountNotAccepted
    if amount > claim.open_minor:
        raise invoices.InvoiceOverpaid(invoice_id=invoice_id)
    wallet = locked(claim.customer_id, claim.currency)
    lots = [lot for lot in lots_to_draw_from(wallet.id, day=day) if pays_invoices(lot)]
    available = sum(lot.minor for lot in lots)
    if amount > available:
        raise WalletTooSmall(available_minor=available, currency=claim.currency)
    parts = draw(amount, lots)
    draw_id = new_id()
    draft = posting_rules.pay_invoice(
        draw_id=draw_id,
        invoice_id=invoice_id,
        customer_id=claim.customer_id,
        parts=[held(wallet, part, day=day) for part in parts],
        claim=carried_part(RECEIVABLES, invoice_id, amount, claim.currency),
    )
    entry_id = ledger.post([draft], effective_date=day, at=at)[0]
    WalletDraw.objects.create(
        id=draw_id, wallet=wallet, invoice_id=invoice_id, amount_minor=amount, entry_id=entry_id, drawn_at=at
    )
    WalletDrawPart.objects.bulk_create(
        # All of it is there, so that each part has its lot.
        WalletDrawPart(wallet_draw_id=draw_id, lot_id=part.lot_id, minor=part.minor)
        for part in parts
        if part.lot_id is not None
    )
    for part in parts:
        execute(_LESS_LEFT, [part.minor, part.lot_id])
    claim.open_minor = invoices.settle(invoice_id, wallet_minor=amount)
    expected.follow(invoice_id, reason="superseded", by=by, at=at, claim=claim)
    return draw_id


@needs_transaction
def take_back(invoice_id: UUID, draw_id: UUID, *, day: date, by: str, at: datetime) -> None:
    """This function will undo what a wallet paid of an invoice: the invoice opens, the money is in its lots again.

    When the wallet is used beyond what is prepaid meanwhile, what comes back fills it first.

    Raises:
        NotFound: when there is none, or it was taken back before.
    """
    claim = invoices.locked(invoice_id)
    found = fetch_one(_STANDING, [draw_id, invoice_id])
    if found is None:
        raise NotFound(kind="wallet draw")
    wallet = locked(found["customer_id"], found["currency"])
    parts = fetch(_PARTS, [draw_id])
    lines = draft_of(found["entry_id"]).lines
    (owed,) = (line.worth for line in lines if line.account is RECEIVABLES)
    worths = {line.per: line.worth for line in lines if line.account is WALLET_PAID}
    fills = _fills(parts, min(found["amount_minor"], wallet.beyond_minor))
    draft = posting_rules.take_back_from_invoice(
        draw_id=draw_id,
        invoice_id=invoice_id,
        customer_id=claim.customer_id,
        parts=_returned(wallet, parts, fills, worths),
        claim=owed,
        entry_id=found["entry_id"],
    )
    ledger.post([draft], effective_date=day, at=at)
    for part, fill in zip(parts, fills, strict=True):
        execute(_LESS_LEFT, [fill - part["minor"], part["lot_id"]])
        take_over(wallet, part["lot_id"], fill)
    WalletDraw.objects.filter(id=draw_id).update(taken_back_at=at)
    claim.open_minor = invoices.settle(invoice_id, wallet_minor=-found["amount_minor"])
    expected.follow(invoice_id, reason="superseded", by=by, at=at, claim=claim)


def _fills(parts: list[dict[str, Any]], beyond: int) -> list[int]:
    """How much of each part fills what was used beyond prepaid, the first parts first."""
    fills = []
    for part in parts:
        fill = min(beyond, part["minor"])
        fills.append(fill)
        beyond -= fill
    return fills


def _returned(
    wallet: WalletRow, parts: list[dict[str, Any]], fills: list[int], worths: dict[UUID | None, Worth]
) -> list[Held]:
    """Where the money goes: into the wallet as far as that is below zero, and into the lots at what they gave."""
    filled = Held(per=wallet.id, is_promotional=False, worth=beyond_worth(wallet, sum(fills)))
    back = [filled] if filled.worth.minor else []
    for part, fill in zip(parts, fills, strict=True):
        rest, whole = part["minor"] - fill, worths[part["lot_id"]]
        if rest:
            worth = Worth(rest, wallet.currency, pro_rata(whole.base_minor, rest, whole.minor))
            back.append(Held(per=part["lot_id"], is_promotional=False, worth=worth))
    return back
