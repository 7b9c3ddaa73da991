"""How each call is made rightly: the tests of scope and permission walk the document's routes with these."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from tallystick.foundation.months import months_after
from tallystick.payments.terms import terms_hash
from tallystick.usecases.autopay import TERMS
from tests.api.caller import PREFIX, Answer, Caller, document
from tests.api.conftest import TODAY, a_payment
from tests.api.things import A_BATCH, A_FILE, A_MAPPING, A_TABLE, MISSING, Things, by_parameter, marks

TWO_MONTHS_AGO = months_after(date.fromisoformat(TODAY), -2, day=1).isoformat()[:7]
LATER = (date.fromisoformat(TODAY) + timedelta(days=60)).isoformat()
RETURN_URL = "https://shop.example/back"


@dataclass(frozen=True)
class Recipe:
    """What a call is sent, and the permissions that it needs."""

    body: Callable[[Things], dict[str, Any]] = lambda _things: {}
    needs: tuple[str, ...] = ("view",)
    # The name and the bytes of a file that is sent in the place of a body.
    uploads: tuple[str, bytes] | None = None


_CATALOG, _CHANGE, _GROUPS = ("catalog.change",), ("subscriptions.change",), ("groups.change",)
_DISPUTE = ("payments.dispute",)
_RECORD = ("payments.record",)
_SETTINGS = ("settings.change",)
_STAFF = ("staff.manage",)
_CONTACTS = ("contacts.manage",)
_SHARE = ("view", "views.share")
_AUDIT = ("audit.view",)
_INBOX = ("inbox.handle",)

RECIPES: dict[str, Recipe] = {
    "get_me": Recipe(needs=()),
    "list_customers": Recipe(),
    "create_customer": Recipe(
        lambda _: {"kind": "business", "name": "New Ltd", "currency": "EUR"}, ("customers.edit",)
    ),
    "get_customer": Recipe(),
    "change_customer": Recipe(lambda _: {"tax_id": "ATU1"}, ("customers.edit",)),
    "list_standings": Recipe(),
    "get_activity": Recipe(),
    "get_statement": Recipe(),
    "download_statement": Recipe(needs=("download",)),
    "download_statement_csv": Recipe(needs=("download",)),
    "send_statement": Recipe(lambda _: {}, ("mail.resend",)),
    "explain_number": Recipe(),
    "list_reports": Recipe(),
    "get_report": Recipe(),
    "add_contact": Recipe(lambda _: {"name": "Cy", "email": "cy@example.com"}, _CONTACTS),
    "change_contact": Recipe(lambda _: {"phone": "+43 1 22"}, ("view", *_CONTACTS)),
    "remove_contact": Recipe(needs=_CONTACTS),
    "invite_contact": Recipe(lambda it: {"contact": it.contact}, _CONTACTS),
    "list_billing_groups": Recipe(),
    "create_billing_group": Recipe(
        lambda it: {
            "name": f"Beside {it.group}",
            "new_payer": {"contact_name": "Ada", "email": "ada@example.com", "currency": "EUR"},
        },
        _GROUPS,
    ),
    "get_billing_group": Recipe(),
    "change_billing_group": Recipe(lambda _: {"billing_day": 15}, _GROUPS),
    "list_members": Recipe(),
    "add_member": Recipe(lambda it: {"customer": it.customer}, _GROUPS),
    "remove_member": Recipe(needs=_GROUPS),
    "archive_billing_group": Recipe(needs=_GROUPS),
    "preview_group_invoice": Recipe(needs=("billing.run",)),
    "generate_group_invoice": Recipe(lambda _: {"version": "unseen"}, ("billing.run",)),
    "list_bank_accounts": Recipe(),
    "set_bank_account": Recipe(
        lambda _: {"currency": "EUR", "iban": "DE89370400440532013000", "bic": "COBADEFFXXX"}, ("settings.change",)
    ),
    "remove_bank_account": Recipe(lambda _: {"currency": "USD"}, ("settings.change",)),
    "list_dunning_plans": Recipe(),
    "create_dunning_plan": Recipe(lambda it: {"name": f"Strict {it.tax_rate[-8:]}"}, _SETTINGS),
    "choose_default_dunning_plan": Recipe(lambda it: {"plan": it.dunning_plan}, _SETTINGS),
    "get_dunning_plan": Recipe(),
    "change_dunning_plan": Recipe(
        lambda it: {"name": f"Mild {it.tax_rate[-8:]}", "grace_days": 7, "fee_tax_rate": it.tax_rate}, _SETTINGS
    ),
    "archive_dunning_plan": Recipe(needs=_SETTINGS),
    "set_dunning_level": Recipe(
        lambda _: {
            "days": 4,
            "pay_by_days": 7,
            "texts": {"en": "Late."},
            "channel": "both",
            "fees": [{"currency": "EUR", "fee_minor": 500}],
        },
        _SETTINGS,
    ),
    "remove_dunning_level": Recipe(lambda _: {"days": 9}, _SETTINGS),
    "get_dunning_plan_of_customer": Recipe(),
    "choose_dunning_plan_of_customer": Recipe(lambda it: {"choice": it.dunning_plan}, ("customers.edit",)),
    "get_dunning_plan_of_group": Recipe(),
    "choose_dunning_plan_of_group": Recipe(lambda _: {"choice": "none"}, _GROUPS),
    "agree_due_date": Recipe(lambda _: {"due_date": LATER, "note": "Ada on the phone"}, _RECORD),
    "get_offers": Recipe(),
    "get_dunning": Recipe(),
    "pause_reminders": Recipe(lambda _: {"reason": "Is looked into"}, _RECORD),
    "promise_to_pay": Recipe(lambda _: {"pay_date": TODAY, "amount_minor": 100}, _RECORD),
    "resume_reminders": Recipe(needs=_RECORD),
    "get_pause_of_customer": Recipe(),
    "pause_reminders_of_customer": Recipe(lambda _: {"reason": "Moves"}, _RECORD),
    "resume_reminders_of_customer": Recipe(needs=_RECORD),
    "list_tax_rates": Recipe(),
    "add_tax_rate": Recipe(lambda _: {"name": "VAT 5.5 %", "percent": "5.5"}, _CATALOG),
    "get_tax_rate": Recipe(),
    "archive_tax_rate": Recipe(needs=_CATALOG),
    "list_products": Recipe(),
    "add_product": Recipe(lambda _: {"name": "Phone"}, _CATALOG),
    "get_product": Recipe(),
    "change_product": Recipe(lambda _: {"description": "Rented by the month"}, _CATALOG),
    "archive_product": Recipe(needs=_CATALOG),
    "list_variants": Recipe(),
    "add_variant": Recipe(lambda it: {"product": it.product, "name": "Air 13"}, _CATALOG),
    "get_variant": Recipe(),
    "change_variant": Recipe(lambda _: {"cost_minor": 50000, "cost_currency": "EUR"}, _CATALOG),
    "archive_variant": Recipe(needs=_CATALOG),
    "list_prices": Recipe(),
    "add_price": Recipe(
        lambda it: {
            "variant": it.variant,
            "currency": "USD",
            "frequency": "annually",
            "amount_minor": 99900,
            "tax_rate": it.tax_rate,
        },
        _CATALOG,
    ),
    "get_price": Recipe(),
    "change_price": Recipe(lambda _: {"amount_minor": 9100}, _CATALOG),
    "archive_price": Recipe(needs=_CATALOG),
    "preview_price_move": Recipe(needs=_CHANGE),
    "move_price": Recipe(lambda it: {"to": it.price}, _CHANGE),
    "list_subscriptions": Recipe(),
    "create_subscription": Recipe(
        lambda it: {"customer": it.customer, "price": it.price, "start_date": TODAY}, ("subscriptions.draft",)
    ),
    "get_subscription": Recipe(),
    # It lives, so that more than the right to draft is needed.
    "edit_subscription": Recipe(lambda _: {"collection": "manual"}, ("subscriptions.draft", *_CHANGE)),
    "activate_subscription": Recipe(needs=_CHANGE),
    "list_upcoming_periods": Recipe(),
    "list_billed_periods": Recipe(),
    "get_income": Recipe(),
    "preview_plan_change": Recipe(needs=_CHANGE),
    "change_plan": Recipe(lambda _: {"quantity": "2", "preview": "unseen"}, _CHANGE),
    "withdraw_plan_change": Recipe(needs=_CHANGE),
    "preview_cancellation": Recipe(needs=_CHANGE),
    "cancel_subscription": Recipe(lambda _: {"reason": "Sent back", "preview": "unseen"}, _CHANGE),
    "pause_subscription": Recipe(lambda _: {}, _CHANGE),
    "resume_subscription": Recipe(lambda _: {}, _CHANGE),
    "suspend_subscription": Recipe(lambda _: {}, _CHANGE),
    "lift_suspension": Recipe(needs=_CHANGE),
    "list_contract_files": Recipe(),
    "add_contract_file": Recipe(needs=_CHANGE, uploads=A_FILE),
    "download_contract_file": Recipe(needs=("download",)),
    "remove_contract_file": Recipe(needs=_CHANGE),
    "list_gateway_accounts": Recipe(),
    "list_invoices": Recipe(),
    "create_invoice": Recipe(
        lambda it: {
            "customer": it.customer,
            "currency": "EUR",
            "lines": [{"description": "A", "quantity": "1", "unit_price_minor": 100, "tax_rate": it.tax_rate}],
        },
        ("invoices.draft",),
    ),
    "list_bill_runs": Recipe(),
    "begin_bill_run": Recipe(needs=("billing.run",)),
    "preview_bill_run": Recipe(lambda _: {"as_of_date": TODAY}, ("billing.run",)),
    "what_if": Recipe(lambda it: {"months": 2, "customer": it.customer}, ("billing.run",)),
    "get_bill_run": Recipe(),
    "list_bill_failures": Recipe(),
    "rerun_failed": Recipe(needs=("billing.run",)),
    "get_month_end": Recipe(),
    "download_journal": Recipe(needs=("books.close",)),
    # Every customer's business, like the bill runs above.
    "send_month_statements": Recipe(lambda _: {"month": TWO_MONTHS_AGO}, ("mail.resend",)),
    "begin_revenue_run": Recipe(lambda _: {"month": TWO_MONTHS_AGO}, ("books.close",)),
    "close_month": Recipe(lambda _: {"month": TWO_MONTHS_AGO}, ("books.close",)),
    "reopen_month": Recipe(lambda _: {"month": TWO_MONTHS_AGO, "reason": "Late bill"}, ("books.reopen",)),
    "get_invoice": Recipe(),
    "download_invoice": Recipe(needs=("download",)),
    "download_invoice_xml": Recipe(needs=("download",)),
    "issue_invoice": Recipe(lambda _: {}, ("invoices.issue",)),
    "list_payment_links": Recipe(),
    "make_payment_link": Recipe(lambda _: {"days": 7}, ("payments.collect",)),
    "revoke_payment_link": Recipe(needs=("payments.collect",)),
    "void_invoice": Recipe(lambda _: {"reason": "Wrong"}, ("invoices.void",)),
    "issue_credit_note": Recipe(lambda _: {"reason": "Wrong", "gross_minor": 100}, ("invoices.credit",)),
    "write_off_invoice": Recipe(lambda _: {"reason": "Insolvent", "amount_minor": 100}, ("invoices.write_off",)),
    "recover_invoice": Recipe(lambda _: {"reason": "They pay", "amount_minor": 100}, ("invoices.write_off",)),
    "get_credit_note": Recipe(),
    "download_credit_note": Recipe(needs=("download",)),
    "download_credit_note_xml": Recipe(needs=("download",)),
    "list_payments": Recipe(),
    "record_payment": Recipe(
        lambda it: a_payment(
            customer=it.customer, allocations=[{"invoice": it.invoice, "amount_minor": 1}], allows_duplicate=True
        ),
        ("payments.record", "payments.complete"),
    ),
    "collect_payment": Recipe(
        lambda it: {
            "customer": it.customer,
            "invoices": [{"invoice": it.invoice, "amount_minor": 1}],
            "gateway_account": it.gateway_account,
            "return_url": RETURN_URL,
        },
        ("payments.collect",),
    ),
    "get_payment": Recipe(),
    "get_payment_money": Recipe(),
    "download_receipt": Recipe(needs=("download",)),
    "edit_payment": Recipe(lambda _: {"reference": "B-18"}, ("payments.record",)),
    "delete_payment": Recipe(needs=("payments.delete",)),
    "mark_paid": Recipe(lambda _: {"received_date": TODAY, "method": "cash"}, ("payments.complete",)),
    "begin_bulk_act": Recipe(lambda it: {"action": "cancel", "payments": [it.payment]}, ("view", "payments.cancel")),
    "get_bulk_act": Recipe(),
    "list_bulk_rows": Recipe(),
    "deposit_cheque": Recipe(lambda _: {"deposited_date": TODAY}, ("payments.complete",)),
    "cancel_payment": Recipe(needs=("payments.cancel",)),
    "allocate_payment": Recipe(
        lambda it: {"allocations": [{"invoice": it.invoice, "amount_minor": 1}]}, ("payments.allocate",)
    ),
    "assign_payment": Recipe(lambda it: {"customer": it.customer}, ("payments.assign",)),
    "unassign_payment": Recipe(needs=("payments.assign",)),
    "reverse_payment": Recipe(lambda _: {"reason": "Wrong"}, ("payments.reverse",)),
    "refund_payment": Recipe(lambda _: {"amount_minor": 1, "reason": "Wrong", "method": "cash"}, ("payments.refund",)),
    "retry_payment": Recipe(
        lambda it: {"gateway_account": it.gateway_account, "return_url": RETURN_URL}, ("payments.collect",)
    ),
    "plan_retry": Recipe(lambda _: {"day": TODAY}, ("payments.collect",)),
    "cancel_checkout": Recipe(needs=("payments.collect",)),
    "record_bank_return": Recipe(lambda _: {"amount_minor": 1}, _DISPUTE),
    "list_disputes": Recipe(),
    "open_dispute": Recipe(lambda it: {"payment": it.payment}, _DISPUTE),
    "get_dispute": Recipe(),
    "win_dispute": Recipe(lambda _: {"fee_returned": True}, _DISPUTE),
    "lose_dispute": Recipe(needs=_DISPUTE),
    "release_allocation": Recipe(needs=("payments.allocate",)),
    "list_payment_imports": Recipe(),
    "begin_payment_import": Recipe(needs=("payments.record",), uploads=A_TABLE),
    "get_payment_import": Recipe(),
    "list_import_lines": Recipe(),
    "map_payment_import": Recipe(lambda _: A_MAPPING, ("payments.record",)),
    "allow_import_duplicates": Recipe(lambda _: {"lines": [3]}, ("payments.record",)),
    "record_payment_import": Recipe(needs=("payments.record", "payments.complete")),
    "list_payment_methods": Recipe(),
    "begin_method_setup": Recipe(
        lambda it: {"gateway_account": it.gateway_account, "return_url": RETURN_URL}, ("methods.manage",)
    ),
    "get_method_setup": Recipe(),
    "make_method_default": Recipe(needs=("methods.manage",)),
    "remove_method": Recipe(needs=("methods.manage",)),
    "get_autopay": Recipe(),
    "agree_autopay": Recipe(
        lambda it: {"terms_sha256": terms_hash(TERMS.default), "method": it.payment_method}, ("autopay.manage",)
    ),
    "end_autopay": Recipe(lambda _: {"reason": "By phone"}, ("autopay.manage",)),
    "list_charges": Recipe(),
    "list_approvals": Recipe(),
    "get_approval": Recipe(),
    "approve": Recipe(needs=("view", "payments.record", "payments.complete")),
    "decline": Recipe(lambda _: {"reason": "Not ours"}, ("view", "payments.complete")),
    "list_roles": Recipe(needs=_STAFF),
    "create_role": Recipe(lambda it: {"name": f"Beside {it.role[-6:]}", "permissions": ["view"]}, _STAFF),
    "get_role": Recipe(needs=_STAFF),
    "change_role": Recipe(lambda _: {"permissions": ["view"]}, _STAFF),
    "list_staff": Recipe(needs=_STAFF),
    "invite_member": Recipe(
        lambda it: {"name": "Nia", "email": f"nia-{it.member}@example.com", "roles": [it.role]}, _STAFF
    ),
    "get_member": Recipe(needs=_STAFF),
    "give_roles": Recipe(lambda it: {"roles": [it.role]}, _STAFF),
    "deactivate_member": Recipe(needs=_STAFF),
    "reactivate_member": Recipe(needs=_STAFF),
    "reset_second_factor": Recipe(needs=_STAFF),
    "list_views": Recipe(),
    "save_view": Recipe(
        lambda it: {"list": "payments", "name": f"Beside {it.view[-6:]}", "query": "status=failed", "is_shared": True},
        _SHARE,
    ),
    "get_view": Recipe(),
    "change_view": Recipe(lambda _: {"query": "status=pending&sort=due"}, _SHARE),
    "delete_view": Recipe(needs=_SHARE),
    "list_gateway_messages": Recipe(needs=_INBOX),
    "get_gateway_message": Recipe(needs=_INBOX),
    "close_gateway_message": Recipe(lambda _: {"reason": "Of another shop"}, _INBOX),
    "reopen_gateway_message": Recipe(needs=_INBOX),
    "list_audit_entries": Recipe(needs=_AUDIT),
    "get_audit_entry": Recipe(needs=_AUDIT),
    "list_wallets": Recipe(),
    "set_debit_limit": Recipe(lambda _: {"currency": "EUR", "debit_limit_minor": 500}, ("wallets.set_limit",)),
    "list_topup_requests": Recipe(),
    "create_topup_request": Recipe(
        lambda it: {"customer": it.customer, "currency": "EUR", "total_minor": 5000}, ("invoices.draft",)
    ),
    "get_topup_request": Recipe(),
    "download_topup_request": Recipe(needs=("download",)),
    "download_tax_document": Recipe(needs=("download",)),
    "download_tax_document_xml": Recipe(needs=("download",)),
    "list_letters": Recipe(),
    "download_letter": Recipe(needs=("download",)),
    "print_letter": Recipe(needs=("mail.resend", "download")),
    "list_purchase_tax_documents": Recipe(),
    "issue_purchase_tax_document": Recipe(
        lambda it: {"customer": it.customer, "currency": "EUR", "month": TWO_MONTHS_AGO}, ("invoices.issue",)
    ),
    "get_purchase_tax_document": Recipe(),
    "download_purchase_tax_document": Recipe(needs=("download",)),
    "download_purchase_tax_document_xml": Recipe(needs=("download",)),
    "send_topup_request": Recipe(lambda _: {}, ("invoices.issue",)),
    "void_topup_request": Recipe(lambda _: {"reason": "Wrong"}, ("invoices.void",)),
    "list_account_charges": Recipe(),
    "charge_account": Recipe(
        lambda it: {
            "customer": it.customer,
            "currency": "EUR",
            "total_minor": 120,
            "tax_rate": it.tax_rate,
            "description": "A call",
        },
        ("charges.record",),
    ),
    "authorise_charge": Recipe(
        lambda it: {"customer": it.customer, "currency": "EUR", "total_minor": 1}, ("charges.record",)
    ),
    "get_charge": Recipe(),
    "list_wallet_draws": Recipe(),
    "pay_from_wallet": Recipe(lambda _: {"amount_minor": 1}, ("payments.allocate",)),
    "take_back_to_wallet": Recipe(needs=("payments.allocate",)),
    "invoice_usage": Recipe(lambda _: {"currency": "EUR"}, ("invoices.issue",)),
    "list_voucher_batches": Recipe(),
    "create_voucher_batch": Recipe(lambda _: {**A_BATCH, "valid_until": TODAY}, ("vouchers.manage",)),
    "get_voucher_batch": Recipe(),
    "list_redemptions": Recipe(),
    "sell_voucher_batch": Recipe(lambda _: {"method": "bank_transfer"}, ("vouchers.manage",)),
    "deactivate_voucher_batch": Recipe(lambda _: {"reason": "Leaked"}, ("vouchers.manage",)),
    "download_voucher_codes": Recipe(needs=("vouchers.manage",)),
    "download_voucher_sheets": Recipe(needs=("vouchers.manage",)),
    # No voucher of anybody: what can be redeemed is told in test_vouchers.
    "redeem_voucher": Recipe(
        lambda it: {"customer": it.customer, "number": "7Q3F-M2XK-90VN-4HJC-8ZTA", "currency": "EUR"},
        ("vouchers.redeem",),
    ),
    "credit_charge": Recipe(lambda _: {"reason": "Dropped", "amount_minor": 1}, ("charges.credit",)),
}


@dataclass(frozen=True)
class Route:
    """A call as the document has it."""

    name: str
    method: str
    template: str

    @property
    def slots(self) -> list[str]:
        """The kinds of things of customers that the call names: in its address or in its body."""
        used: list[str] = []
        for slot in MISSING:
            marked = replace(marks(), **{slot: "HERE"})
            if "HERE" in self.template.format(**by_parameter(marked)) or "HERE" in str(RECIPES[self.name].body(marked)):
                used.append(slot)
        return used

    def make(self, caller: Caller, things: Things, *, key: str | None = None) -> Answer:
        """This function will make the call about these things."""
        path = self.template.removeprefix(PREFIX).format(**by_parameter(things))
        if self.method == "get":
            return caller.get(path)
        if (file := RECIPES[self.name].uploads) is not None:
            return caller.upload(path, *file, key=key)
        if self.method == "patch":
            return caller.patch(path, RECIPES[self.name].body(things), key=key)
        return caller.post(path, RECIPES[self.name].body(things), key=key)


def routes() -> Iterator[Route]:
    """This function will yield every call of the document; a new one needs a recipe before any test passes."""
    for template, methods in document()["paths"].items():
        for method, operation in methods.items():
            yield Route(operation["operationId"], method, template)
