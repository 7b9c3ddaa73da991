"""Parts that several pages share: short lists of invoices, payments and subscriptions, the trail, journal entries."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy

from tallystick.customers import queries as customers
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.naming import (
    Row,
    amount_word,
    invoice_name,
    invoice_state,
    next_bill,
    payment_name,
    payment_status,
    period_price,
    signed,
    subscription_status,
)
from tallystick.interfaces.kit.journal import JournalEntry, JournalLine
from tallystick.invoices import queries as invoices
from tallystick.ledger import queries as ledger
from tallystick.subscriptions.references import Reference
from tallystick.wire.references import only_subscription

# What each use case is called in the trail; one that is not here is shown by its own name.
_ACTIONS = {
    "create_customer": gettext_lazy("Customer added"),
    "change_customer": gettext_lazy("Details changed"),
    "add_contact": gettext_lazy("Contact added"),
    "open_portal": gettext_lazy("Invited to the portal"),
    "create_invoice": gettext_lazy("Draft written"),
    "issue_invoice": gettext_lazy("Invoice issued"),
    "void_invoice": gettext_lazy("Invoice voided"),
    "issue_credit_note": gettext_lazy("Credit note issued"),
    "create_topup_request": gettext_lazy("Draft written"),
    "send_topup_request": gettext_lazy("Top-up request sent"),
    "charge_account": gettext_lazy("Purchase entered"),
    "credit_charge": gettext_lazy("Purchase credited"),
    "set_debit_limit": gettext_lazy("Debit limit set"),
    "record_payment": gettext_lazy("Payment recorded"),
    "mark_paid": gettext_lazy("Marked as paid"),
    "begin_bulk_act": gettext_lazy("Act on many payments started"),
    "cancel_payment": gettext_lazy("Payment cancelled"),
    "allocate_payment": gettext_lazy("Allocated"),
    "release_allocation": gettext_lazy("Allocation undone"),
    "assign_payment": gettext_lazy("Assigned to a customer"),
    "unassign_payment": gettext_lazy("Taken from its customer"),
    "reverse_payment": gettext_lazy("Payment reversed"),
    "refund_payment": gettext_lazy("Refund ordered"),
    "open_dispute": gettext_lazy("Dispute recorded"),
    "win_dispute": gettext_lazy("Dispute won"),
    "lose_dispute": gettext_lazy("Dispute lost"),
    "record_bank_return": gettext_lazy("Bank return recorded"),
    "settle_dispute": gettext_lazy("Dispute followed the payment service"),
    "adopt_dispute": gettext_lazy("Known to the payment service"),
    "download_evidence": gettext_lazy("Evidence downloaded"),
    "write_small_difference": gettext_lazy("Small difference written off"),
    "start_attempt": gettext_lazy("Attempt started"),
    "settle_attempt": gettext_lazy("Attempt settled"),
    "settle_refund": gettext_lazy("Refund settled"),
    "cancel_checkout": gettext_lazy("Checkout given up"),
    "create_group": gettext_lazy("Billing group made"),
    "change_group": gettext_lazy("Billing group changed"),
    "archive_group": gettext_lazy("Billing group archived"),
    "join_group": gettext_lazy("Joined the billing group"),
    "leave_group": gettext_lazy("Left the billing group"),
    "generate_group_invoice": gettext_lazy("Group invoice generated"),
    "begin_bill_run": gettext_lazy("Bill run started"),
    "rerun_failed": gettext_lazy("Failures tried again"),
    "resend_message": gettext_lazy("Mail sent again"),
    "send_statement": gettext_lazy("Statement of account sent"),
    "change_setting": gettext_lazy("Setting changed"),
    "add_tax_rate": gettext_lazy("Tax rate added"),
    "set_exchange_rate": gettext_lazy("Exchange rate stored"),
    "set_up_gateway": gettext_lazy("Payment service set up"),
    "add_member": gettext_lazy("Member of staff added"),
    "set_portal_password": gettext_lazy("Portal password set"),
    "promise_transfer": gettext_lazy("Transfer promised"),
    "invite_member": gettext_lazy("Member of staff invited"),
    "add_administrator": gettext_lazy("Administrator added"),
    "ask_approval": gettext_lazy("Second person asked"),
    "approve": gettext_lazy("Approved by a second person"),
    "decline": gettext_lazy("Declined"),
    "give_roles": gettext_lazy("Roles changed"),
    "deactivate_member": gettext_lazy("Kept out"),
    "reactivate_member": gettext_lazy("Let in again"),
    "reset_second_factor": gettext_lazy("Second factor reset"),
    "create_role": gettext_lazy("Role created"),
    "change_role": gettext_lazy("Role changed"),
    "save_view": gettext_lazy("View saved"),
    "change_view": gettext_lazy("View changed"),
    "delete_view": gettext_lazy("View deleted"),
    "move_demo_clock": gettext_lazy("Clock moved forward"),
    "add_product": gettext_lazy("Product added"),
    "change_product": gettext_lazy("Product changed"),
    "archive_product": gettext_lazy("Product archived"),
    "add_variant": gettext_lazy("Variant added"),
    "change_variant": gettext_lazy("Variant changed"),
    "archive_variant": gettext_lazy("Variant archived"),
    "add_price": gettext_lazy("Price added"),
    "change_price": gettext_lazy("Price changed"),
    "archive_price": gettext_lazy("Price archived"),
    "move_price": gettext_lazy("Subscriptions moved to another price"),
    "archive_tax_rate": gettext_lazy("Tax rate archived"),
    "create_subscription": gettext_lazy("Subscription drafted"),
    "edit_subscription": gettext_lazy("Subscription edited"),
    "activate_subscription": gettext_lazy("Activated"),
    "pause_subscription": gettext_lazy("Paused"),
    "resume_subscription": gettext_lazy("Resumed"),
    "suspend_subscription": gettext_lazy("Suspended"),
    "lift_suspension": gettext_lazy("Suspension lifted"),
    "cancel_subscription": gettext_lazy("Subscription cancelled"),
    "change_plan": gettext_lazy("Plan changed"),
    "withdraw_change": gettext_lazy("Change of plan withdrawn"),
    "add_contract_file": gettext_lazy("Contract file added"),
    "remove_contract_file": gettext_lazy("Contract file removed"),
    "download_contract_file": gettext_lazy("Contract file downloaded"),
    "create_api_key": gettext_lazy("API key created"),
    "revoke_api_key": gettext_lazy("API key revoked"),
    "agree_autopay": gettext_lazy("Automatic payment agreed"),
    "end_autopay": gettext_lazy("Automatic payment ended"),
    "make_method_default": gettext_lazy("Default card chosen"),
    "remove_method": gettext_lazy("Card removed"),
}

# The rules of the chart of accounts in the words of the page; the chart itself says them in those of accountants.
RULES = {
    "J02": gettext_lazy("Invoice issued"),
    "J04": gettext_lazy("Payment received"),
    "J05": gettext_lazy("Payment received, payer unknown"),
    "J06": gettext_lazy("Payment assigned to its customer"),
    "J07": gettext_lazy("Payment taken from its customer"),
    "J08": gettext_lazy("Credit set against an invoice"),
    "J09": gettext_lazy("Allocation undone"),
    "J11": gettext_lazy("Payment reversed"),
    "J14": gettext_lazy("Small difference"),
    "J15": gettext_lazy("Invoice voided"),
    "J16": gettext_lazy("Wallet topped up"),
    "J17": gettext_lazy("Top-up taken back"),
    "J18": gettext_lazy("Purchase"),
    "J19": gettext_lazy("Purchase credited"),
    "J23": gettext_lazy("Promotional credit granted"),
    "J26": gettext_lazy("Credit note issued"),
    "J27": gettext_lazy("Refund paid"),
    "J30": gettext_lazy("Refund came back"),
    "J35": gettext_lazy("Fee of the payment service"),
    "J40": gettext_lazy("Dispute: money or fee taken by the payment service"),
    "J41": gettext_lazy("Dispute won"),
    "J42": gettext_lazy("Dispute lost"),
    "J43": gettext_lazy("Sent back by the bank"),
    "J50": gettext_lazy("Received in another currency"),
}


def action_word(action: str) -> str:
    """This function will return what an audited action is called."""
    return str(_ACTIONS.get(action) or action.replace("_", " ").capitalize())


def invoice_lines(rows: Iterable[Row], *, today: date) -> list[dict[str, Any]]:
    """This function will return what a short list of invoices shows."""
    return [
        {
            **row,
            "name": invoice_name(row),
            "url": addresses.invoice_url(row["id"]),
            "display": invoice_state(row, today),
        }
        for row in rows
    ]


def payment_lines(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """This function will return what a short list of payments shows, with the names of customers and invoices."""
    names = customers.names(row["customer_id"] for row in rows if row["customer_id"])
    numbers = invoices.numbers(row["invoice_id"] for row in rows if row["invoice_id"])
    return [
        {
            **row,
            "name": payment_name(row, numbers),
            "url": addresses.payment_url(row["id"]),
            "status_shown": payment_status(row),
            "signed_minor": signed(row),
            "word": amount_word(row),
            "customer_name": names.get(row["customer_id"], ""),
        }
        for row in rows
    ]


def subscription_facts(found: Iterable[Reference]) -> dict[str, Any] | None:
    """This function will return what a page says of the one subscription that something is for (E12), or None."""
    shape = only_subscription(found)
    if shape is None:
        return None
    return {**shape, "url": addresses.subscription_url(addresses.subscription_id_of(shape["id"]))}


def subscription_lines(rows: Sequence[Row], percents: Mapping[UUID, Decimal]) -> list[dict[str, Any]]:
    """This function will return what a short list of subscriptions shows."""
    return [
        {
            **row,
            "url": addresses.subscription_url(row["id"]),
            "status_shown": subscription_status(row),
            "next_bill": next_bill(row),
            "price": period_price(row, percents),
        }
        for row in rows
    ]


def trail_lines(entries: Iterable[Row]) -> list[dict[str, Any]]:
    """This function will return what a page shows of an object's trail, newest first."""
    return [{**entry, "word": action_word(entry["action"])} for entry in entries][::-1]


def journal_of(object_ids: list[UUID]) -> list[JournalEntry]:
    """This function will return the journal entries about objects, as the kit draws them."""
    entries = []
    for number, entry in enumerate(ledger.entries_about(object_ids), start=1):
        lines = [
            JournalLine(
                account=row["account"],
                name=row["name"],
                currency=row["currency"],
                debit_minor=row["amount_minor"] if row["side"] == "D" else 0,
                credit_minor=0 if row["side"] == "D" else row["amount_minor"],
            )
            for row in entry["postings"]
        ]
        entries.append(
            JournalEntry(
                number=f"{number}.",
                rule=entry["rule"],
                description=str(RULES.get(entry["rule"], "")),
                effective_date=entry["effective_date"],
                recorded_at=entry["recorded_at"],
                lines=lines,
            )
        )
    return entries
