"""The acts with vouchers, and of wallets that pay invoices, for the table of the payments desk."""

from datetime import UTC, datetime, time
from typing import Any

from tallystick.foundation.ids import public_id
from tallystick.foundation.models import AuditEntry
from tallystick.foundation.months import months_after
from tallystick.invoices import queries as invoices
from tallystick.ledger import queries as ledger
from tallystick.usecases import make_vouchers, wallet_invoices
from tallystick.wallets import purchase_tax_queries, voucher_queries
from tallystick.wallets import queries as wallets
from tallystick.wallets.vouchers import BatchTerms
from tests.backoffice.business import SYSTEM, Business, moment, uid
from tests.backoffice.desk_acts import READER, SUPPORT, TODAY, Act, url
from tests.backoffice.test_wallets import bought, prepaid, wallet


def of_vouchers(business: Business) -> list[Act]:
    """This function will return what is done with vouchers."""

    def batch(name: str, **more: Any) -> str:
        terms = BatchTerms(name=name, currency="EUR", quantity=2, amount_minor=1000, **more)
        return make_vouchers.create_voucher_batch(actor=SYSTEM, at=moment(1), terms=terms)["id"]

    def of_batch(name: str, public: str, **more: Any) -> Act:
        return Act(page=url("voucher-batch", public), door=url(name, public), **more)

    def state(public: str, fact: str) -> dict[str, bool]:
        return {fact: voucher_queries.batch(uid(public))[fact] is not None}

    sold, free = batch("Kiosk", is_sold=True, reseller="Kiosk am Eck"), batch("Spring")
    spoilt = batch("Spoilt")
    code = make_vouchers.voucher_codes(actor=SYSTEM, at=moment(1), batch_id=uid(free))[0].code
    customer = prepaid(business, "Given a voucher")
    public = public_id("cus", customer)

    def downloads() -> dict[str, int]:
        return {"downloads": AuditEntry.objects.filter(object_id=uid(spoilt), action="download_voucher_codes").count()}

    return [
        Act(
            page=url("vouchers"),
            door=url("new-vouchers"),
            word="Make vouchers",
            fields={"name": "Promotion", "amount": "10.00", "quantity": "3"},
            told="The vouchers are made.",
            look=lambda: voucher_queries.batches_page().rows[0],
            stands={"name": "Promotion", "quantity": 3, "amount_minor": 1000},
        ),
        of_batch("voucher-codes-csv", spoilt, file=".csv", look=downloads, stands={"downloads": 1}),
        of_batch("voucher-codes-pdf", spoilt, file=".pdf", look=downloads, stands={"downloads": 2}),
        of_batch(
            "sell-vouchers",
            sold,
            word="Record the sale",
            fields={"received_date": TODAY, "method": "cash"},
            told="The sale is recorded.",
            look=lambda: state(sold, "sold_at"),
            stands={"sold_at": True},
        ),
        of_batch(
            "deactivate-vouchers",
            spoilt,
            word="Deactivate",
            fields={"reason": "Leaked"},
            told="The vouchers are deactivated.",
            look=lambda: state(spoilt, "deactivated_at"),
            stands={"deactivated_at": True},
        ),
        Act(
            page=url("customer", public),
            door=url("redeem-voucher", public),
            word="Redeem",
            fields={"number": code, "currency": "EUR"},
            told="The voucher is redeemed",
            look=lambda: {"wallet": wallet(customer)},
            stands={"wallet": 6000},
            may=SUPPORT,
            may_not=READER,
        ),
    ]


def of_wallets_and_invoices(business: Business) -> list[Act]:
    """This function will return what moves between wallets and invoices."""
    below, paying = prepaid(business, "Used more", 1000), prepaid(business, "Pays from it")
    bought(business, below, 1310)
    taxed, month = prepaid(business, "Bought in another month"), months_after(moment().date(), -2, day=1)
    bought(business, taxed, 240, at=datetime.combine(month, time(12), tzinfo=UTC))
    buyer = public_id("cus", taxed)
    unpaid, drawn_on = business.invoice(paying, 2000), business.invoice(paying, 3000)
    wallet_invoices.pay_from_wallet(actor=SYSTEM, at=moment(), invoice_id=drawn_on, amount_minor=500)
    (draw,) = wallets.wallet_draws(drawn_on)
    customer, public, back = (public_id(*each) for each in (("cus", below), ("inv", unpaid), ("inv", drawn_on)))
    return [
        Act(
            page=url("customer", customer),
            door=url("invoice-usage", customer),
            word="Issue invoice",
            fields={"currency": "EUR"},
            told="is issued.",
            look=lambda: vars(ledger.standings(below)[0]),
            stands={"owes_minor": 310, "wallet_minor": 0},
        ),
        Act(
            page=url("customer", buyer),
            door=url("tax-purchases", buyer),
            word="Issue tax invoice",
            fields={"month": f"EUR {month.isoformat()}"},
            told="is issued.",
            look=lambda: purchase_tax_queries.documents_page(customer_id=taxed).rows[0],
            stands={"net_minor": 200, "tax_minor": 40},
        ),
        Act(
            page=url("invoice", public),
            door=url("invoice-pay-from-wallet", public),
            word="Pay",
            fields={"amount": "10.00"},
            told="The wallet paid it.",
            look=lambda: invoices.invoice(unpaid),
            stands={"open_minor": 1400},
        ),
        Act(
            page=url("invoice", back),
            door=url("take-back-draw", back, public_id("wdr", draw["id"])),
            told="The money is in the wallet again",
            look=lambda: invoices.invoice(drawn_on),
            stands={"open_minor": 3600},
        ),
    ]
