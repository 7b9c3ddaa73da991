"""Whatever staff can do with money, told as plain tuples, and what must be true after each, read from the tables."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tallystick.foundation import settings_store
from tallystick.foundation.transactions import transaction
from tallystick.invoices.totals import LineInput
from tallystick.invoices.write_off_queries import TAX_RELIEF
from tallystick.ledger import operations as ledger
from tallystick.payments.exchange import Came
from tallystick.usecases import (
    allocate,
    bill,
    charge,
    dispute,
    make_vouchers,
    record,
    redeem,
    refund,
    topup,
    wallet_invoices,
    write_off,
)
from tallystick.usecases.record import Part
from tallystick.wallets import expiry, voucher_queries
from tallystick.wallets.vouchers import BatchTerms
from tests.scenarios.conftest import World, at, uid
from tests.scenarios.equations import rows

DAY = "2026-01-20"
# What one unit of each is worth in euro: with two, no and three decimal places.
FOREIGN = {"USD": "0.92", "JPY": "0.0062", "KWD": "3.0471"}
LARGEST = 6000
# Beyond this a pick takes any row of the table, also one that the act must refuse.
PLAUSIBLE = 7


@dataclass(frozen=True)
class Act:
    """What is done, to which rows (0 to 9), with how much in minor units (0 is all there is), and a choice."""

    name: str
    pick: int
    other: int
    minor: int
    flag: bool


_PAYMENTS = "SELECT id FROM payments_payment WHERE {} ORDER BY id"
_RECEIVED = "status = 'completed' AND kind IN ('receipt', 'scheduled') AND reversed_at IS NULL"
_EXPECTED = "kind IN ('receipt', 'scheduled') AND status IN ('pending', 'failed')"
_INVOICES = "SELECT id FROM invoices_invoice WHERE {} ORDER BY id"

_FITTING = """
SELECT invoice.id FROM invoices_invoice invoice JOIN payments_payment payment ON payment.currency = invoice.currency
    AND coalesce(payment.customer_id, invoice.customer_id) = invoice.customer_id
WHERE payment.id = %s AND invoice.state IN ('issued', 'sent') AND invoice.open_minor > 0 ORDER BY invoice.id
"""


class Till:
    """Two customers, one of them prepaid, and everything that can be done about their money in two currencies."""

    def __init__(self, foreign: str = "USD") -> None:
        self.world = World()
        self.currencies = ("EUR", foreign)
        with transaction():
            for currency, rate in ((foreign, FOREIGN[foreign]), ("GBP", "1.15")):
                ledger.set_rate(currency=currency, valid_from=date(2026, 1, 1), rate=Decimal(rate), source="ECB")
        self.customers = [
            self.world.customer(),
            self.world.customer("Callers Ltd", details={"is_prepaid": True}),
        ]
        self.common: dict[str, Any] = {"actor": self.world.staff, "at": at(DAY)}

    def do(self, act: Act) -> None:
        """This function will do one act; what it would take and is not there is not done.

        Raises:
            ExpectedError: when the act is refused.
        """
        ACTS[act.name](self, act)

    def chosen(self, query: str, pick: int, plausible: str, anything: str = "true") -> Any:
        """This function will return a row that the act is made for, or for a high pick any row; None for none."""
        found = rows(query.format(plausible if pick < PLAUSIBLE else anything))
        return found[pick % len(found)][0] if found else None

    def invoice(self, pick: int) -> Any:
        """This function will return an invoice or a top-up request that can be paid, or perhaps any."""
        return self.chosen(_INVOICES, pick, "state IN ('issued', 'sent') AND open_minor > 0")

    def fitting(self, payment: Any, pick: int) -> Any:
        """This function will return an invoice or a request that a payment can pay, or perhaps any."""
        found = rows(_FITTING, payment)
        return found[pick % len(found)][0] if found and pick < PLAUSIBLE else self.invoice(pick)

    def bill(self, act: Act) -> None:
        """Issue an invoice."""
        tax = self.world.vat if act.flag else self.world.no_tax
        customer, currency = self.customers[act.pick % 2], self.currencies[act.other % 2]
        self.world.invoice(customer, 100 + act.minor, day=DAY, currency=currency, tax=tax)

    def record(self, act: Act) -> None:
        """Record money of a customer, or of nobody; perhaps for the oldest invoices first, or as a promise."""
        self._record(
            customer_id=[None, *self.customers][act.pick % 3],
            currency=self.currencies[act.other % 2],
            total_minor=act.minor or 1000,
            allocates_oldest_first=act.flag,
            status="pending" if act.other in {4, 5} else "completed",
        )

    def record_for(self, act: Act) -> None:
        """Record money for an invoice, in full or in part; perhaps what came is in another currency."""
        if invoice := self.invoice(act.pick):
            ((currency, open_minor),) = rows("SELECT currency, open_minor FROM invoices_invoice WHERE id = %s", invoice)
            self._record(
                currency=self.currencies[act.other] if act.other < 2 else currency,
                total_minor=None if act.flag else act.minor or open_minor,
                came=self._came(currency, act.minor) if act.flag else None,
                parts=[Part(invoice_id=invoice)],
                status="pending" if act.other == 3 else "completed",
            )

    def record_came(self, act: Act) -> None:
        """Record money that came in another currency, at the stored rate or for a sum that was agreed on."""
        currency = self.currencies[act.other % 2]
        self._record(
            customer_id=[None, *self.customers][act.pick % 3],
            currency=currency,
            came=self._came(currency, act.minor),
            total_minor=act.minor + 7 if act.flag else None,
        )

    def _record(self, **told: Any) -> None:
        record.record_payment(**self.common, allows_duplicate=True, **told)

    def _came(self, currency: str, minor: int) -> Came:
        return Came(minor=minor or 1000, currency=self.currencies[1] if currency == "EUR" else "GBP")

    def mark_paid(self, act: Act) -> None:
        """Complete what was expected or promised, perhaps with another sum, or in another currency."""
        if payment := self.chosen(_PAYMENTS, act.pick, _EXPECTED):
            ((currency,),) = rows("SELECT currency FROM payments_payment WHERE id = %s", payment)
            record.mark_paid(
                **self.common,
                payment_id=payment,
                received_date=at(DAY).date(),
                method="cash" if act.other < 3 else "bank_transfer",
                total_minor=act.minor or None,
                came=self._came(currency, act.minor) if act.flag else None,
            )

    def cancel(self, act: Act) -> None:
        """Cancel a promise."""
        if payment := self.chosen(_PAYMENTS, act.pick, "kind = 'receipt' AND status = 'pending'"):
            record.cancel_payment(**self.common, payment_id=payment)

    def assign(self, act: Act) -> None:
        """Give money in suspense to a customer."""
        if payment := self.chosen(_PAYMENTS, act.pick, _RECEIVED + " AND customer_id IS NULL"):
            allocate.assign_payment(**self.common, payment_id=payment, customer_id=self.customers[act.other % 2])

    def unassign(self, act: Act) -> None:
        """Take money from its customer."""
        if payment := self.chosen(_PAYMENTS, act.pick, _RECEIVED + " AND kind = 'receipt' AND customer_id IS NOT NULL"):
            allocate.unassign_payment(**self.common, payment_id=payment)

    def allocate(self, act: Act) -> None:
        """Set what is left of a payment against an invoice or a request, or against the oldest first."""
        payment = self.chosen(_PAYMENTS, act.pick, _RECEIVED + " AND unallocated_minor > 0")
        if payment and act.flag and act.pick % 2:
            allocate.allocate_payment(**self.common, payment_id=payment, takes_oldest_first=True)
        elif payment and (invoice := self.fitting(payment, act.other)):
            parts = [Part(invoice_id=invoice, amount_minor=act.minor or None)]
            allocate.allocate_payment(**self.common, payment_id=payment, parts=parts)

    def release(self, act: Act) -> None:
        """Undo an allocation of a payment."""
        found = self.chosen(
            "SELECT id FROM allocations_allocation WHERE {} ORDER BY id",
            act.pick,
            "released_at IS NULL AND payment_id IS NOT NULL",
        )
        if found:
            allocate.release_allocation(**self.common, allocation_id=found)

    def refund(self, act: Act) -> None:
        """Pay money back by hand; what it settled is still owed, or no longer."""
        if payment := self.chosen(_PAYMENTS, act.pick, _RECEIVED):
            ((total,),) = rows("SELECT total_minor FROM payments_payment WHERE id = %s", payment)
            method = "gateway" if act.other == 9 else "bank_transfer"
            refund.refund_payment(
                **self.common,
                payment_id=payment,
                amount_minor=act.minor or total,
                reason="Any",
                still_owed=act.flag,
                method=method,
            )

    def difference(self, act: Act) -> None:
        """Write off the little that an invoice lacks, or a payment has too much."""
        common: dict[str, Any] = {**self.common, "amount_minor": act.minor % 101, "reason": "Bank fee"}
        if act.flag and (payment := self.chosen(_PAYMENTS, act.pick, _RECEIVED + " AND unallocated_minor > 0")):
            allocate.write_small_difference(**common, payment_id=payment)
        elif invoice := self.chosen(_INVOICES, act.pick, "state = 'issued' AND open_minor > 0"):
            allocate.write_small_difference(**common, invoice_id=invoice)

    def credit_note(self, act: Act) -> None:
        """Credit an invoice, in full or in part, paid or not."""
        if invoice := self.chosen(_INVOICES, act.pick, "state = 'issued'"):
            bill.issue_credit_note(**self.common, invoice_id=invoice, reason="Any", gross_minor=act.minor or None)

    def write_off(self, act: Act) -> None:
        """Give up an invoice, or a part of it; perhaps what is not earned yet is credited first."""
        if invoice := self.chosen(_INVOICES, act.pick, "state = 'issued' AND open_minor > 0"):
            write_off.write_off_invoice(
                **self.common, invoice_id=invoice, reason="Insolvent", amount_minor=act.minor or None
            )

    def recover(self, act: Act) -> None:
        """What was written off is paid after all, or will be."""
        if invoice := self.chosen(_INVOICES, act.pick, "written_off_minor > 0"):
            payment = self.chosen(_PAYMENTS, act.other, _RECEIVED + " AND unallocated_minor > 0") if act.flag else None
            write_off.recover_invoice(
                **self.common,
                invoice_id=invoice,
                reason="They pay",
                amount_minor=act.minor or None,
                payment_id=payment,
            )

    def relieve_tax(self, act: Act) -> None:
        """From now on the tax of what is given up is owed, or not."""
        with transaction():
            settings_store.put(TAX_RELIEF, act.flag)

    def bill_a_quarter(self, act: Act) -> None:
        """Issue an invoice of revenue that is earned over three months, less a discount."""
        periods = {"period_start": date(2026, 1, 1), "period_end": date(2026, 4, 1)}
        line = LineInput(
            description="Support",
            quantity=Decimal(1),
            unit_price_minor=400 + act.minor,
            tax_rate_id=self.world.vat,
            **periods,
        )
        told = bill.create_invoice(
            **self.common,
            customer_id=self.customers[act.pick % 2],
            currency=self.currencies[act.other % 2],
            lines=[line, replace(line, unit_price_minor=-37)] if act.flag else [line],
        )
        bill.issue_invoice(**self.common, invoice_id=uid("inv", told["id"]))

    def void(self, act: Act) -> None:
        """Void an invoice, or withdraw a request."""
        if invoice := self.chosen(_INVOICES, act.pick, "state IN ('issued', 'sent') AND allocated_minor = 0"):
            ((kind,),) = rows("SELECT kind FROM invoices_invoice WHERE id = %s", invoice)
            if kind == "topup":
                topup.void_topup_request(**self.common, request_id=invoice, reason="Any")
            else:
                bill.void_invoice(**self.common, invoice_id=invoice, reason="Any")

    def reverse(self, act: Act) -> None:
        """Undo a payment that was recorded wrongly."""
        if payment := self.chosen(_PAYMENTS, act.pick, _RECEIVED):
            allocate.reverse_payment(**self.common, payment_id=payment, reason="Wrong")

    def bank_return(self, act: Act) -> None:
        """The bank sends money back, all or a part of it."""
        if payment := self.chosen(_PAYMENTS, act.pick, _RECEIVED):
            dispute.record_bank_return(**self.common, payment_id=payment, amount_minor=act.minor or None)

    def request(self, act: Act) -> None:
        """Send a request, taxed on use or on top-up: paid, provisioned, taken back and withdrawn like an invoice."""
        shape = topup.create_topup_request(
            **self.common,
            customer_id=self.customers[0 if act.pick >= PLAUSIBLE else 1],
            currency=self.currencies[act.other % 2],
            total_minor=act.minor or 2000,
            tax_rate_id=self.world.vat if act.flag else None,
        )
        topup.send_topup_request(**self.common, request_id=uid("inv", shape["id"]))

    def charge(self, act: Act) -> None:
        """Charge a purchase on the account."""
        charge.charge_account(
            **self.common,
            customer_id=self.customers[0 if act.pick >= PLAUSIBLE else 1],
            currency=self.currencies[act.other % 2],
            total_minor=act.minor or 500,
            tax_rate_id=self.world.vat if act.flag else self.world.no_tax,
            description="Calls",
        )

    def make_vouchers(self, act: Act) -> None:
        """Make a batch of vouchers of any kind; one that is made to be sold is sold, or not."""
        gives = ("free", "additional", "multiplier")[act.pick % 3]
        terms = BatchTerms(
            name="Any",
            currency=self.currencies[act.other % 2],
            quantity=2,
            gives=gives,
            amount_minor=act.minor or 700,
            multiplier=Decimal("1.37") if gives == "multiplier" else None,
            is_sold=gives == "free" and act.flag,
            reseller="Kiosk",
            uses_per_voucher=1 if act.flag else 2,
            lifetime_days=1 + act.other if act.other < 5 else None,
        )
        made = make_vouchers.create_voucher_batch(**self.common, terms=terms)
        if terms.is_sold and act.other < PLAUSIBLE:
            make_vouchers.sell_voucher_batch(**self.common, batch_id=uid("vbt", made["id"]), method="cash")

    def redeem(self, act: Act) -> None:
        """Redeem a voucher, or one that was redeemed, in its currency or another."""
        found = rows("SELECT batch_id, number FROM wallets_voucher ORDER BY id DESC")
        if found:
            batch, number = found[act.pick % len(found)]
            code = next(each.code for each in voucher_queries.codes(batch) if each.number == number)
            redeem.redeem_voucher(
                **self.common,
                customer_id=self.customers[act.flag],
                number=code,
                currency=self.currencies[0 if act.other < PLAUSIBLE else 1],
            )

    def expire(self, act: Act) -> None:
        """Some days pass, and what nobody used in time expires."""
        with transaction():
            expiry.expire_some(day=at(DAY).date() + timedelta(days=act.pick), at=at(DAY), limit=1 + act.other)

    def invoice_usage(self, act: Act) -> None:
        """Invoice what was used beyond prepaid money."""
        wallet_invoices.invoice_usage(
            **self.common, customer_id=self.customers[act.flag], currency=self.currencies[act.other % 2]
        )

    def pay_from_wallet(self, act: Act) -> None:
        """Pay an invoice from the wallet, or undo that."""
        drawn = rows("SELECT id FROM wallets_walletdraw ORDER BY id")
        if act.flag and drawn:
            wallet_invoices.take_back_to_wallet(**self.common, draw_id=drawn[act.pick % len(drawn)][0])
        elif invoice := self.invoice(act.pick):
            wallet_invoices.pay_from_wallet(**self.common, invoice_id=invoice, amount_minor=act.minor or None)

    def credit_charge(self, act: Act) -> None:
        """Credit a purchase, in full or in part; perhaps into money that is gone meanwhile."""
        if bought := self.chosen(_PAYMENTS, act.pick, "kind = 'charge'"):
            charge.credit_charge(**self.common, charge_id=bought, reason="Any", amount_minor=act.minor or None)


ACTS: dict[str, Callable[[Till, Act], None]] = {
    each.__name__: each
    for each in (
        Till.bill,
        Till.record,
        Till.record_for,
        Till.record_came,
        Till.mark_paid,
        Till.cancel,
        Till.assign,
        Till.unassign,
        Till.allocate,
        Till.release,
        Till.refund,
        Till.difference,
        Till.credit_note,
        Till.write_off,
        Till.recover,
        Till.relieve_tax,
        Till.bill_a_quarter,
        Till.void,
        Till.reverse,
        Till.bank_return,
        Till.request,
        Till.charge,
        Till.credit_charge,
        Till.make_vouchers,
        Till.redeem,
        Till.expire,
        Till.invoice_usage,
        Till.pay_from_wallet,
    )
}
