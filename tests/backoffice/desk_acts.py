"""The acts of the payments desk as a table: where each is offered, who may and who may not, and what then stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.urls import reverse
from playwright.sync_api import Page

from tallystick.allocations.queries import standing_allocations
from tallystick.foundation.ids import public_id
from tallystick.foundation.permissions import staff_actor
from tallystick.invoices import queries as invoices
from tallystick.payments import dispute_queries, import_queries, lists
from tallystick.payments import queries as payments
from tallystick.payments.cheques import is_deposited
from tallystick.payments.filters import PaymentFilter
from tallystick.usecases import approve
from tests.backoffice.business import Business, member, moment
from tests.backoffice.disputing import VISA, disputed, state_of
from tests.browsers import settled
from tests.sandbox_service import SandboxService

DECLINED = "4000000000000002"
SUPPORT, FINANCE, CHIEF, READER = "Support", "Finance", "Administrator", "Read-only"
# Roles of the business's own: one that looks on and has no files, and one that may not even look.
NO_FILES, NO_SIGHT = "Onlooker", "Blindfolded"
NORTH = "Zweckverband Nord"
TODAY = moment().date().isoformat()


@dataclass(frozen=True, kw_only=True)
class Act:
    """One act: where it is offered, its address, what its form takes, who may and who may not, and what then stands."""

    page: str
    door: str
    # The word on the form's button; none for a button that acts at once.
    word: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    told: str = ""
    # How the name of the file ends that it answers with, where it leads to no page.
    file: str = ""
    look: Callable[[], Mapping[str, Any]]
    stands: Mapping[str, Any]
    may: str = FINANCE
    may_not: str = SUPPORT
    # How the page offers it, where that is neither a link to the address nor a button that acts at once.
    way: str = ""
    # What has to be done on the page before it can be chosen, and behind that before its form is there.
    first: Callable[[Page], object] = lambda _page: None
    then: Callable[[Page], object] = lambda _page: None

    @property
    def offer(self) -> str:
        """What the page has for who may."""
        return self.way or f'a[href="{self.door}"], form[action="{self.door}"] button'


def url(name: str, *arguments: str) -> str:
    return reverse(f"office:{name}", args=arguments)


def of_payment(name: str, payment: UUID, **more: Any) -> Act:
    """This function will return an act that the page of a payment offers."""
    public = public_id("pay", payment)
    door = more.pop("door", "") or url(f"payment-{name}", public)
    return Act(page=url("payment", public), door=door, **{"look": lambda: payments.payment(payment), **more})


def choose(page: Page, number: str) -> None:
    """This function will choose an invoice by its number, as money in suspense is allocated."""
    sought = page.locator("#id_seek-number")
    sought.wait_for()
    settled(page)
    sought.fill(number)
    page.get_by_role("option", name=number).click()


def newest() -> dict[str, Any]:
    """This function will return the payment that was made last."""
    return payments.payment(lists.payments_page(PaymentFilter(), limit=1).rows[0]["id"])


def by_hand(business: Business, north: UUID) -> list[Act]:
    """This function will return what is done with payments that no payment service knows."""

    def paid(minor: int = 5000, **more: Any) -> UUID:
        return business.payment(business.customer(), minor, **more)

    deleted, reversed_id, cheque = paid(status="pending"), paid(), paid(method="cheque")
    settled = business.customer()
    invoice = business.invoice(settled, 5000)
    settling = business.payment(settled, 6000, allocates_oldest_first=True)
    (part,) = standing_allocations(settling)
    owing = business.customer()
    owed = business.invoice(owing, 10000)
    unallocated = business.payment(owing, 5000)
    theirs, unknown = business.invoice(north, 4000), business.payment(None, 7002)
    chosen = public_id("inv", theirs)
    return [
        Act(
            page=url("payments"),
            door=url("record-payment"),
            word="Save payment",
            fields={"total": "61.23", "received": TODAY, "method": "cash"},
            told="The payment is recorded.",
            look=newest,
            stands={"total_minor": 6123, "status": "completed", "method": "cash"},
            may_not=READER,
        ),
        of_payment(
            "edit",
            paid(),
            word="Save",
            fields={"reference": "TRX 9"},
            told="The payment is changed.",
            stands={"reference": "TRX 9"},
            may=SUPPORT,
            may_not=READER,
        ),
        of_payment(
            "delete",
            deleted,
            word="Delete",
            told="The payment is deleted.",
            look=lambda: {"left": lists.payments_page(PaymentFilter(ids=(deleted,))).rows},
            stands={"left": []},
            may=CHIEF,
            may_not=FINANCE,
        ),
        of_payment(
            "cancel",
            paid(status="pending"),
            word="Cancel payment",
            told="The payment is cancelled.",
            stands={"status": "cancelled"},
        ),
        of_payment(
            "mark-paid",
            paid(status="pending"),
            word="Mark as Paid",
            fields={"total": "50.00", "received": TODAY, "method": "cheque"},
            told="The payment is marked as paid.",
            stands={"status": "completed", "method": "cheque"},
        ),
        of_payment(
            "deposit",
            cheque,
            word="Deposit cheque",
            fields={"deposited": TODAY},
            told="The cheque is deposited.",
            look=lambda: {"is_deposited": is_deposited(cheque)},
            stands={"is_deposited": True},
        ),
        of_payment(
            "assign",
            business.payment(None, 7001),
            word="Assign",
            fields={"customer": public_id("cus", north)},
            told="The payment has a customer now.",
            stands={"customer_id": north, "assignment_edits": 1},
        ),
        of_payment(
            "unassign",
            paid(),
            word="Un-assign",
            told="The payment waits in suspense again.",
            stands={"customer_id": None, "assignment_edits": 2},
        ),
        of_payment(
            "allocate",
            unallocated,
            word="Allocate",
            fields={f"part_{public_id('inv', owed)}": "12.34"},
            told="The money is allocated.",
            stands={"allocated_minor": 1234, "unallocated_minor": 3766},
        ),
        of_payment(
            "allocate",
            unknown,
            then=lambda page: choose(page, invoices.invoice(theirs)["number"]),
            word="Assign & allocate",
            fields={"chosen": chosen, f"takes_{chosen}": "20.00"},
            told="The payment has a customer, and the money is allocated.",
            stands={"customer_id": north, "allocated_minor": 2000, "unallocated_minor": 5002},
        ),
        of_payment(
            "release",
            settling,
            door=url("release", public_id("pay", settling), public_id("alc", part["id"])),
            told="The allocation is undone.",
            look=lambda: invoices.invoice(invoice),
            stands={"open_minor": 6000},
        ),
        of_payment(
            "reverse",
            reversed_id,
            word="Reverse",
            fields={"reason": "Counted twice"},
            told="The payment is reversed.",
            look=lambda: {"is_reversed": payments.payment(reversed_id)["reversed_at"] is not None},
            stands={"is_reversed": True},
        ),
        of_payment(
            "refund",
            paid(),
            word="Refund Payment",
            fields={"amount": "20.00", "reason": "Goodwill", "method": "bank_transfer"},
            told="The refund is paid.",
            look=newest,
            stands={"kind": "refund", "total_minor": 2000, "status": "completed"},
        ),
        of_payment(
            "difference",
            paid(40),
            word="Write off",
            fields={"amount": "0.40", "reason": "Rounding"},
            told="The small difference is written off.",
            stands={"difference_minor": 40, "unallocated_minor": 0},
        ),
    ]


def taken_back(business: Business, sandbox: SandboxService) -> list[Act]:
    """This function will return what is done with payments of a payment service, and with what payers take back."""
    account = business.gateway(sandbox)

    def charged(number: str = "") -> UUID:
        customer = business.customer()
        return business.card_payment(customer, business.invoice(customer), account, number)

    disputable, returned = charged(VISA), business.payment(business.customer(), 5000, method="direct_debit")
    won, lost = disputed(charged(VISA)), disputed(charged(VISA))

    def decided(name: str, dispute: UUID, **more: Any) -> Act:
        public = public_id("dsp", dispute)
        stands = {"state": "lost" if name == "lose" else "won"}
        look = lambda: {"state": state_of(dispute)}  # noqa: E731 - one line of the table
        return Act(page=url("dispute", public), door=url(f"dispute-{name}", public), look=look, stands=stands, **more)

    return [
        of_payment(
            "retry",
            charged(DECLINED),
            word="Retry Payment",
            fields={"instrument": public_id("gwa", account)},
            told="The payment is being processed.",
            stands={"status": "processing"},
            may=SUPPORT,
            may_not=READER,
        ),
        of_payment(
            "give-up",
            charged(),
            word="Give up the checkout",
            told="The payment service was asked to give up the checkout.",
            stands={"status": "cancelled"},
            may=SUPPORT,
            may_not=READER,
        ),
        of_payment(
            "dispute",
            disputable,
            word="Record dispute",
            fields={"amount": "60.00", "reason": "not_received"},
            told="The dispute is recorded.",
            look=lambda: dispute_queries.disputes_of(disputable)[0],
            stands={"amount_minor": 6000, "state": "opened"},
        ),
        of_payment(
            "bank-return",
            returned,
            word="Record bank return",
            fields={"amount": "50.00", "returned": TODAY, "reason": "no_mandate"},
            told="The bank return is recorded.",
            look=lambda: dispute_queries.disputes_of(returned)[0],
            stands={"kind": "bank_return", "state": "lost", "taken_minor": 5000},
        ),
        decided("win", won, word="Close as won", told="The dispute is won."),
        decided("lose", lost, word="Close as lost", told="The dispute is lost."),
    ]


def of_many_and_by_two(business: Business, north: UUID) -> list[Act]:
    """This function will return acts on several payments, and acts of two people."""
    customer, found = business.customer(), business.customer()
    promised = business.payment(customer, 3000, status="pending")
    unknown = business.payment(None, 7003)
    short = business.invoice(found, 5000)
    business.payment(found, 59_50, allocates_oldest_first=True)
    listed = url("customer-payments", public_id("cus", customer))

    def in_bulk(action: str, payment: UUID, *, fields: dict[str, Any] | None = None, **more: Any) -> Act:
        chosen = {"action": action, "selected": public_id("pay", payment), "expected": "1"}
        return Act(
            door=url("payments-bulk"),
            way=f'button[name="action"][value="{action}"]',
            first=lambda page: page.locator(f'[name="selected"][value="{public_id("pay", payment)}"]').check(),
            look=lambda: payments.payment(payment),
            fields={**chosen, **(fields or {})},
            **{"told": "1 payment done", **more},
        )

    def waiting(name: str, minor: int, **more: Any) -> Act:
        payment = business.payment(business.customer(), minor)
        told = approve.refund_payment(
            actor=staff_actor(member(FINANCE)),
            at=moment(),
            payment_id=payment,
            amount_minor=minor,
            reason="Left early",
            method="cash",
        )
        page, door = url("approval", told["id"]), url(name, told["id"])
        return Act(page=page, door=door, look=lambda: payments.payment(payment), may=CHIEF, **more)

    return [
        in_bulk(
            "mark_paid",
            promised,
            page=listed,
            word="Mark as Paid",
            fields={"received": TODAY, "method": "cash"},
            stands={"status": "completed", "method": "cash"},
        ),
        in_bulk(
            "assign",
            unknown,
            page=f"{url('payments')}?q=70.03",
            word="Assign to a customer",
            fields={"customer": public_id("cus", north)},
            stands={"customer_id": north},
        ),
        in_bulk(
            "cancel",
            business.payment(customer, 3001, status="pending"),
            page=listed,
            word="Cancel",
            stands={"status": "cancelled"},
        ),
        in_bulk(
            "export",
            unknown,
            page=f"{url('payments')}?q=70.03",
            told="",
            file=".csv",
            stands={"total_minor": 7003},
            may=READER,
            may_not=NO_FILES,
        ),
        Act(
            page=url("payments"),
            door=url("upload-payments"),
            way=f'a[href="{url("payment-imports")}"]',
            then=lambda page: page.locator(f'a[href="{url("upload-payments")}"]').first.click(),
            word="Upload",
            fields={"file": {"name": "march.csv", "mimeType": "text/csv", "buffer": b"Date,Amount\n2026-01-03,7.00\n"}},
            told="Which column is what?",
            look=lambda: import_queries.imports_page().rows[0],
            stands={"name": "march.csv"},
            may_not=READER,
        ),
        Act(
            page=url("invoice", public_id("inv", short)),
            door=url("invoice-difference", public_id("inv", short)),
            word="Write off",
            fields={"amount": "0.50", "reason": "Bank fee"},
            told="The small difference is written off.",
            look=lambda: invoices.invoice(short),
            stands={"open_minor": 0},
        ),
        waiting("approve", 20000, word="Approve", told="It is approved and done.", stands={"refunded_minor": 20000}),
        waiting(
            "decline",
            30000,
            word="Decline",
            fields={"reason": "Too much"},
            told="It is declined.",
            stands={"refunded_minor": 0},
        ),
    ]
