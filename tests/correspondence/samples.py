"""One mail of each kind, with the names and amounts that real ones have."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tallystick.correspondence.contents import (
    ActionNeeded,
    AutopayAgreed,
    AutopayChange,
    AutopayChanged,
    BankLine,
    Business,
    ComingInvoice,
    ComingLine,
    CreditNoteIssued,
    Decline,
    InvoiceIssued,
    Letter,
    Need,
    PaidInvoice,
    PaymentFailed,
    Receipt,
    RefundSent,
    Standing,
    Statement,
    TransferInstructions,
)
from tallystick.correspondence.method_contents import MethodAdded, MethodRemoved
from tallystick.correspondence.topup_contents import PurchasesTaxed, TaxInvoiceIssued, TopupRequested
from tallystick.money.amounts import Money
from tests.correspondence.account_samples import (
    BANK,
    NORTHWIND,
    PORTAL,
    address_changing,
    address_link,
    approval_waits,
    card_tries_stopped,
    password_link,
    second_factor_reset,
    sign_in_link,
    welcome,
)
from tests.correspondence.dunning_samples import due_date_agreed, promise_noted, reminder


def receipt(
    *,
    business: Business = NORTHWIND,
    locale: str = "en",
    customer_name: str = "Ivory & Sons Shipping Ltd",
    receipt_number: str = "R-2026-00042",
    method: str = "Visa •••• 4242",
    amount: str = "1260.85",
    currency: str = "EUR",
    left_open: str = "0.00",
    was_automatic: bool = False,
) -> Receipt:
    """This function will return a receipt that pays two invoices and keeps 60.85 as credit."""
    return Receipt(
        business=business,
        locale=locale,
        receipt_number=receipt_number,
        customer_name=customer_name,
        amount=Money.of(amount, currency),
        received_date=date(2026, 11, 21),
        method=method,
        was_automatic=was_automatic,
        paid=(
            PaidInvoice(number="INV-2026-00117", amount=Money.of("200", currency), left_open=Money.of("0", currency)),
            PaidInvoice(
                number="INV-2026-00121", amount=Money.of("1000", currency), left_open=Money.of(left_open, currency)
            ),
        ),
        credit=Money.of("60.85" if currency == "EUR" else "0", currency),
        still_open=Money.of(left_open, currency),
        portal_url=PORTAL,
    )


def coming_invoice(
    *,
    count: int = 1,
    more_lines: int = 0,
    credit: str = "0",
    charged: str = "1234.56",
    by_hand: str = "0",
    need: Need | None = None,
    takes_transfers: bool = True,
) -> ComingInvoice:
    """This function will return a notice of a group's invoice, which is charged to a card."""
    is_charged = Money.of(charged, "EUR").minor > 0
    return ComingInvoice(
        business=NORTHWIND,
        locale="en",
        customer_name="Ivory & Sons Shipping Ltd",
        count=count,
        groups=("Ivory crews",),
        invoice_date=date(2026, 11, 28),
        due_date=date(2026, 12, 1),
        lines=(
            ComingLine(
                what="2 × Laptop rental, Pro",
                member_name="Mary O'Neill",
                first_date=date(2026, 11, 20),
                last_date=date(2026, 12, 19),
                amount=Money.of("987.65", "EUR"),
            ),
            ComingLine(
                what="Phone line",
                member_name="José Ñandú",
                first_date=date(2026, 11, 27),
                last_date=date(2026, 12, 26),
                amount=Money.of("49.71", "EUR"),
            ),
        ),
        more_lines=more_lines,
        net=Money.of("1037.36", "EUR"),
        tax=Money.of("197.20", "EUR"),
        total=Money.of("1234.56", "EUR"),
        credit=Money.of(credit, "EUR"),
        charged=Money.of(charged, "EUR"),
        by_hand=Money.of(by_hand, "EUR"),
        method="Visa •••• 4242" if is_charged else "",
        charge_date=date(2026, 11, 30) if is_charged else None,
        need=need,
        takes_transfers=takes_transfers,
        portal_url=PORTAL,
        autopay_url="https://pay.northwind.example/portal/autopay/",
    )


def invoice_issued(*, bank: tuple[BankLine, ...] = BANK, left_open: str = "1234.56") -> InvoiceIssued:
    return InvoiceIssued(
        business=NORTHWIND,
        locale="en",
        number="INV-2026-00130",
        customer_name="Ivory & Sons Shipping Ltd",
        invoice_date=date(2026, 11, 21),
        due_date=date(2026, 12, 5),
        total=Money.of("1234.56", "EUR"),
        left_open=Money.of(left_open, "EUR"),
        bank=bank,
        reference="INV-2026-00130",
        invoice_url="https://pay.northwind.example/portal/invoices/inv_0193a5f27c7e7b14a8b5c9d01e2f3a4b/",
        pay_url="https://pay.northwind.example/pay/Zr3fX0wQm1o8kV5cB7hT2yN4uJ6sL9dGpAeRiKxWbMq/",
    )


def topup_requested(*, bank: tuple[BankLine, ...] = BANK, left: str = "50.00") -> TopupRequested:
    return TopupRequested(
        business=NORTHWIND,
        locale="en",
        number="TOP-2026-00012",
        customer_name="Ivory & Sons Shipping Ltd",
        sent_date=date(2026, 11, 21),
        total=Money.of("50.00", "EUR"),
        left=Money.of(left, "EUR"),
        expires_months=12,
        bank=bank,
        reference="TOP-2026-00012",
        request_url="https://pay.northwind.example/portal/invoices/inv_0193a5f27c7e7b14a8b5c9d01e2f3a4c/",
    )


def tax_invoice_issued() -> TaxInvoiceIssued:
    return TaxInvoiceIssued(
        business=NORTHWIND,
        locale="en",
        number="TAX-2026-00003",
        customer_name="Ivory & Sons Shipping Ltd",
        issued_date=date(2026, 11, 21),
        request_number="TOP-2026-00012",
        net=Money.of("50.00", "EUR"),
        tax=Money.of("10.00", "EUR"),
        total=Money.of("60.00", "EUR"),
        document_url="https://pay.northwind.example/portal/invoices/inv_0193a5f27c7e7b14a8b5c9d01e2f3a4c/",
    )


def purchases_taxed() -> PurchasesTaxed:
    return PurchasesTaxed(
        business=NORTHWIND,
        locale="en",
        number="TXP-2026-00007",
        customer_name="Ivory & Sons Shipping Ltd",
        issued_date=date(2026, 11, 1),
        first_date=date(2026, 10, 1),
        last_date=date(2026, 10, 31),
        tax=Money.of("10.00", "EUR"),
        total=Money.of("60.00", "EUR"),
        document_url="https://pay.northwind.example/portal/wallet/",
    )


def credit_note_issued(*, credit: str = "0") -> CreditNoteIssued:
    return CreditNoteIssued(
        business=NORTHWIND,
        locale="en",
        number="CN-2026-00007",
        customer_name="Ivory & Sons Shipping Ltd",
        issued_date=date(2026, 11, 21),
        invoice_number="INV-2026-00130",
        reason="Returned early, as agreed",
        total=Money.of("106.80", "EUR"),
        left_open=Money.of("1127.76", "EUR"),
        credit=Money.of(credit, "EUR"),
        invoice_url="https://pay.northwind.example/portal/invoices/inv_0193a5f27c7e7b14a8b5c9d01e2f3a4b/",
    )


def payment_failed(
    *, decline: Decline = Decline.INSUFFICIENT_FUNDS, was_automatic: bool = False, next_try_date: date | None = None
) -> PaymentFailed:
    return PaymentFailed(
        business=NORTHWIND,
        locale="en",
        customer_name="Ivory & Sons Shipping Ltd",
        amount=Money.of("60.85", "EUR"),
        tried_date=date(2026, 11, 21),
        method="Visa •••• 4242",
        decline=decline,
        was_automatic=was_automatic,
        next_try_date=next_try_date,
        invoice_numbers=("INV-2026-00117", "INV-2026-00121"),
        payment_url="https://pay.northwind.example/portal/pay/pay_0193a5f27c7e7b14a8b5c9d01e2f3a4b/",
    )


def action_needed(*, need: Need = Need.AUTHENTICATION_REQUIRED, cap: str = "") -> ActionNeeded:
    return ActionNeeded(
        business=NORTHWIND,
        locale="en",
        customer_name="Ivory & Sons Shipping Ltd",
        amount=Money.of("1234.56", "EUR"),
        due_date=date(2026, 12, 5),
        invoice_numbers=("INV-2026-00130",),
        need=need,
        cap=Money.of(cap, "EUR") if cap else None,
        payment_url="https://pay.northwind.example/portal/payments/pay_0193a5f27c7e7b14a8b5c9d01e2f3a4b/",
    )


def autopay_agreed(*, charge_day: int | None = None, cap: str = "") -> AutopayAgreed:
    return AutopayAgreed(
        business=NORTHWIND,
        locale="en",
        customer_name="Ivory & Sons Shipping Ltd",
        method="Visa •••• 4242",
        charge_day=charge_day,
        cap=Money.of(cap, "EUR") if cap else None,
        agreed_date=date(2026, 11, 21),
        agreed_by="Mary O'Neill",
        terms=(
            "I allow this business to charge my stored payment method for invoices when they are due, until I end this."
        ),
        autopay_url="https://pay.northwind.example/portal/autopay/",
    )


def autopay_changed(*, change: AutopayChange = AutopayChange.ENDED, method: str = "") -> AutopayChanged:
    return AutopayChanged(
        business=NORTHWIND,
        locale="en",
        customer_name="Ivory & Sons Shipping Ltd",
        change=change,
        method=method,
        changed_date=date(2026, 11, 21),
        autopay_url="https://pay.northwind.example/portal/autopay/",
    )


_METHOD: dict[str, Any] = {
    "business": NORTHWIND,
    "locale": "en",
    "customer_name": "Ivory & Sons Shipping Ltd",
    "method": "Visa •••• 4242",
    "changed_at": datetime(2026, 11, 21, 14, 5, tzinfo=ZoneInfo("Europe/Vienna")),
    "methods_url": "https://pay.northwind.example/portal/methods/",
}


def method_added() -> MethodAdded:
    return MethodAdded(**_METHOD)


def method_removed() -> MethodRemoved:
    return MethodRemoved(**_METHOD)


def transfer_instructions() -> TransferInstructions:
    return TransferInstructions(
        business=NORTHWIND,
        locale="en",
        customer_name="Ivory & Sons Shipping Ltd",
        amount=Money.of("1234.56", "EUR"),
        due_date=date(2026, 12, 5),
        bank=BANK,
        reference="INV-2026-00130",
        invoice_numbers=("INV-2026-00130",),
        portal_url=PORTAL,
    )


def refund_sent() -> RefundSent:
    return RefundSent(
        business=NORTHWIND,
        locale="en",
        customer_name="Ivory & Sons Shipping Ltd",
        amount=Money.of("60.85", "EUR"),
        refund_date=date(2026, 11, 21),
        method="Visa •••• 4242",
        receipt_number="R-2026-00042",
        portal_url=PORTAL,
    )


def statement() -> Statement:
    standing = Standing(
        owes=Money.of("106.80", "EUR"),
        late=Money.of("60.85", "EUR"),
        credit=Money.of("25.00", "EUR"),
        wallet=None,
        beyond_prepaid=Money.of("3.10", "EUR"),
    )
    return Statement(
        business=NORTHWIND,
        locale="en",
        customer_name="Ivory & Sons Shipping Ltd",
        from_date=date(2026, 1, 1),
        until_date=date(2026, 3, 31),
        standings=(standing,),
        portal_url=PORTAL,
    )


def every_kind() -> list[Letter]:
    """This function will return one mail of each kind."""
    return [
        receipt(),
        coming_invoice(),
        invoice_issued(),
        credit_note_issued(),
        topup_requested(),
        tax_invoice_issued(),
        purchases_taxed(),
        payment_failed(),
        reminder(),
        promise_noted(),
        due_date_agreed(),
        action_needed(),
        autopay_agreed(),
        autopay_changed(change=AutopayChange.OTHER_METHOD, method="Visa •••• 4242"),
        method_added(),
        method_removed(),
        transfer_instructions(),
        refund_sent(),
        statement(),
        sign_in_link(),
        password_link(),
        second_factor_reset(),
        address_link(),
        address_changing(),
        welcome(),
        approval_waits(),
        card_tries_stopped(),
    ]
