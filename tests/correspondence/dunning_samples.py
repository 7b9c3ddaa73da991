"""A reminder with the names and amounts that real ones have."""

from datetime import date

from tallystick.correspondence.agreed_contents import DueDateAgreed, PromiseNoted
from tallystick.correspondence.reminder_contents import Fee, Reminder
from tallystick.money.amounts import Money
from tests.correspondence.account_samples import BANK, NORTHWIND


def reminder(*, locale: str = "en", is_last: bool = False, own_words: tuple[str, ...] = ()) -> Reminder:
    """This function will return a reminder of an invoice that is late."""
    return Reminder(
        business=NORTHWIND,
        locale=locale,
        customer_name="Ivory & Sons Shipping Ltd",
        number="INV-2026-00117",
        due_date=date(2026, 11, 10),
        stated_due_date=None,
        left_open=Money.of("1260.85", "EUR"),
        is_late=True,
        is_last=is_last,
        pay_by_date=date(2026, 11, 28),
        own_words=own_words,
        next_reminder_date=None if is_last else date(2026, 11, 29),
        suspension_date=date(2026, 12, 22),
        fee=Fee(amount=Money.of("5.00", "EUR"), number="INV-2026-00131") if is_last else None,
        open_fees=(Fee(amount=Money.of("5.00", "EUR"), number="INV-2026-00124"),) if is_last else (),
        next_fee=None if is_last else Money.of("10.00", "EUR"),
        next_fee_date=None if is_last else date(2026, 11, 29),
        bank=BANK,
        invoice_url="https://pay.northwind.example/portal/invoices/inv_0193a5f27c7e7b14a8b5c9d01e2f3a4b/",
        pay_url="https://pay.northwind.example/pay/4f1c9e/",
    )


def promise_noted(*, locale: str = "en", charge_date: date | None = None) -> PromiseNoted:
    """This function will return what confirms a promise to pay."""
    return PromiseNoted(
        business=NORTHWIND,
        locale=locale,
        customer_name="Ivory & Sons Shipping Ltd",
        number="INV-2026-00117",
        left_open=Money.of("1260.85", "EUR"),
        charge_date=charge_date,
        invoice_url="https://pay.northwind.example/portal/invoices/inv_0193a5f27c7e7b14a8b5c9d01e2f3a4b/",
        pay_url="https://pay.northwind.example/pay/4f1c9e/",
        promised=Money.of("600.00", "EUR"),
        promised_date=date(2026, 12, 4),
    )


def due_date_agreed(*, locale: str = "en", charge_date: date | None = None) -> DueDateAgreed:
    """This function will return what confirms that an invoice is due on another day."""
    return DueDateAgreed(
        business=NORTHWIND,
        locale=locale,
        customer_name="Ivory & Sons Shipping Ltd",
        number="INV-2026-00117",
        left_open=Money.of("1260.85", "EUR"),
        charge_date=charge_date,
        invoice_url="https://pay.northwind.example/portal/invoices/inv_0193a5f27c7e7b14a8b5c9d01e2f3a4b/",
        pay_url=None,
        before_date=date(2026, 11, 10),
        due_date=date(2026, 12, 15),
        stated_due_date=date(2026, 11, 10),
    )
