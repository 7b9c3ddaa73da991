"""The acts of prepaid money, for the table of the payments desk."""

from typing import Any
from uuid import UUID

from tallystick.allocations.queries import standing_allocations
from tallystick.foundation.ids import public_id
from tallystick.invoices import queries as invoices
from tallystick.ledger import queries as ledger
from tallystick.payments import lists
from tallystick.payments.filters import PaymentFilter
from tallystick.usecases import topup
from tallystick.wallets import queries as wallets
from tests.backoffice.business import SYSTEM, Business, moment, uid
from tests.backoffice.desk_acts import READER, SUPPORT, Act, newest, of_payment, url
from tests.backoffice.test_wallets import bought, prepaid


def of_the_wallet(business: Business) -> list[Act]:
    """This function will return what is done with prepaid money."""
    customer, topped_up = prepaid(business), prepaid(business, "Topped up")
    page = url("customer", public_id("cus", customer))
    purchase = bought(business, customer)
    (payment,) = (row["id"] for row in lists.payments_page(PaymentFilter(customer_id=topped_up)).rows)
    (part,) = standing_allocations(payment)

    def request() -> UUID:
        made = topup.create_topup_request(
            actor=SYSTEM, at=moment(), customer_id=customer, currency="EUR", total_minor=1000
        )
        return uid(made["id"])

    def of_request(name: str, invoice: UUID, state: str, **more: Any) -> Act:
        public = public_id("inv", invoice)
        look = lambda: invoices.invoice(invoice)  # noqa: E731 - one line of the table
        stands = {"state": state}
        return Act(page=url("invoice", public), door=url(f"topup-{name}", public), look=look, stands=stands, **more)

    sent = request()
    topup.send_topup_request(actor=SYSTEM, at=moment(), request_id=sent)
    asked = url("new-topup")
    return [
        Act(
            page=page,
            door=asked,
            way=f'a[href^="{asked}"]',
            word="Save draft",
            fields={"customer": public_id("cus", customer), "total": "50.00"},
            told="The draft is saved.",
            look=lambda: invoices.invoices_page(invoices.InvoiceFilter(status="draft"), today=moment().date()).rows[0],
            stands={"kind": "topup", "total_minor": 5000, "customer_id": customer},
            may=SUPPORT,
            may_not=READER,
        ),
        of_request("send", request(), "sent", word="Send", told="The top-up request is sent."),
        of_request("void", sent, "void", word="Void", fields={"reason": "Wrong"}, told="The top-up request is void."),
        of_payment(
            "release",
            payment,
            door=url("release", public_id("pay", payment), public_id("alc", part["id"])),
            told="The allocation is undone.",
            look=lambda: vars(ledger.standings(topped_up)[0]),
            stands={"wallet_minor": 0, "credit_minor": 5000},
        ),
        Act(
            page=page,
            door=url("charge", public_id("cus", customer)),
            word="Enter purchase",
            fields={"total": "12.40", "tax": str(business.vat), "description": "Calls"},
            told="The purchase is entered.",
            look=newest,
            stands={"kind": "charge", "total_minor": 1240},
        ),
        of_payment(
            "credit",
            purchase,
            door=url("charge-credit", public_id("pay", purchase)),
            word="Credit back",
            fields={"amount": "2.00", "reason": "The line was bad"},
            told="The purchase is credited.",
            look=lambda: wallets.charge(purchase),
            stands={"credited_minor": 200},
        ),
        Act(
            page=page,
            door=url("debit-limit", public_id("cus", customer)),
            word="Save",
            fields={"debit_limit": "25.00"},
            told="The debit limit is saved.",
            look=lambda: wallets.wallet(customer, "EUR") or {},
            stands={"debit_limit_minor": 2500},
        ),
    ]
