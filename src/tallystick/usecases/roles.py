"""Every permission there is, and the roles that come with the product (`docs/model.md`, 32)."""

from enum import StrEnum
from typing import Final

from tallystick.customers.rights import Right


class Permission(StrEnum):
    """One thing that somebody may do. Each use case names the one that it needs."""

    VIEW = "view"
    DOWNLOAD = "download"
    VIEW_BANK_DATA = "view_bank_data"
    VIEW_AS_CUSTOMER = "view_as_customer"
    VIEW_AUDIT = "audit.view"
    EDIT_CUSTOMERS = "customers.edit"
    MANAGE_CONTACTS = "contacts.manage"
    DRAFT_INVOICES = "invoices.draft"
    ISSUE_INVOICES = "invoices.issue"
    VOID_INVOICES = "invoices.void"
    ISSUE_CREDIT_NOTES = "invoices.credit"
    RECORD_PAYMENTS = "payments.record"
    COLLECT_PAYMENTS = "payments.collect"
    COMPLETE_PAYMENTS = "payments.complete"
    ASSIGN_PAYMENTS = "payments.assign"
    ALLOCATE_PAYMENTS = "payments.allocate"
    REVERSE_PAYMENTS = "payments.reverse"
    CANCEL_PAYMENTS = "payments.cancel"
    REFUND_PAYMENTS = "payments.refund"
    REFUND_ABOVE_LIMIT = "payments.refund_above_limit"
    DISPUTE_PAYMENTS = "payments.dispute"
    DELETE_PAYMENTS = "payments.delete"
    WRITE_SMALL_DIFFERENCES = "invoices.small_differences"
    WRITE_OFF_INVOICES = "invoices.write_off"
    CHARGE_ACCOUNTS = "charges.record"
    CREDIT_CHARGES = "charges.credit"
    SET_DEBIT_LIMITS = "wallets.set_limit"
    MANAGE_VOUCHERS = "vouchers.manage"
    REDEEM_VOUCHERS = "vouchers.redeem"
    CHANGE_CATALOG = "catalog.change"
    DRAFT_SUBSCRIPTIONS = "subscriptions.draft"
    CHANGE_SUBSCRIPTIONS = "subscriptions.change"
    CHANGE_GROUPS = "groups.change"
    RUN_BILLING = "billing.run"
    CLOSE_MONTHS = "books.close"
    REOPEN_MONTHS = "books.reopen"
    RESEND_MAIL = "mail.resend"
    MANAGE_METHODS = "methods.manage"
    MANAGE_AUTOPAY = "autopay.manage"
    SHARE_VIEWS = "views.share"
    CHANGE_SETTINGS = "settings.change"
    MANAGE_STAFF = "staff.manage"
    MANAGE_API_KEYS = "api_keys.manage"
    MANAGE_GATEWAYS = "gateways.manage"
    HANDLE_INBOX = "inbox.handle"


_SEE: Final = {Permission.VIEW, Permission.DOWNLOAD, Permission.VIEW_AUDIT}
_SERVE: Final = {
    Permission.RECORD_PAYMENTS,
    Permission.COLLECT_PAYMENTS,
    Permission.REDEEM_VOUCHERS,
    Permission.RESEND_MAIL,
    Permission.VIEW_AS_CUSTOMER,
    Permission.EDIT_CUSTOMERS,
    Permission.MANAGE_CONTACTS,
    Permission.DRAFT_INVOICES,
    Permission.DRAFT_SUBSCRIPTIONS,
}
_MOVE: Final = {
    Permission.VIEW_BANK_DATA,
    Permission.ISSUE_INVOICES,
    Permission.VOID_INVOICES,
    Permission.ISSUE_CREDIT_NOTES,
    Permission.COMPLETE_PAYMENTS,
    Permission.ASSIGN_PAYMENTS,
    Permission.ALLOCATE_PAYMENTS,
    Permission.REVERSE_PAYMENTS,
    Permission.CANCEL_PAYMENTS,
    Permission.REFUND_PAYMENTS,
    Permission.DISPUTE_PAYMENTS,
    Permission.WRITE_SMALL_DIFFERENCES,
    Permission.WRITE_OFF_INVOICES,
    Permission.CHARGE_ACCOUNTS,
    Permission.CREDIT_CHARGES,
    Permission.SET_DEBIT_LIMITS,
    Permission.MANAGE_VOUCHERS,
    Permission.CHANGE_CATALOG,
    Permission.CHANGE_SUBSCRIPTIONS,
    Permission.CHANGE_GROUPS,
    Permission.RUN_BILLING,
    Permission.CLOSE_MONTHS,
    Permission.MANAGE_METHODS,
    Permission.MANAGE_AUTOPAY,
}
_RULE: Final = {
    Permission.REFUND_ABOVE_LIMIT,
    Permission.DELETE_PAYMENTS,
    Permission.REOPEN_MONTHS,
    Permission.SHARE_VIEWS,
    Permission.CHANGE_SETTINGS,
    Permission.MANAGE_STAFF,
}
_CONNECT: Final = {Permission.MANAGE_API_KEYS, Permission.MANAGE_GATEWAYS, Permission.HANDLE_INBOX}

# The roles of model 32. Staff may recombine them; these are what a new installation begins with.
ROLES: Final[dict[str, frozenset[Permission]]] = {
    "Support": frozenset(_SEE | _SERVE),
    "Finance": frozenset(_SEE | _SERVE | _MOVE),
    "Administrator": frozenset(_SEE | _SERVE | _MOVE | _RULE | _CONNECT),
    "Engineer": frozenset(_SEE | {Permission.VIEW_BANK_DATA} | _CONNECT),
    "Read-only": frozenset(_SEE | {Permission.VIEW_BANK_DATA}),
}

# What the rights of a contact mean; its scope narrows all of them to its own customer.
OF_RIGHT: Final[dict[str, frozenset[Permission]]] = {
    Right.VIEW: frozenset({Permission.VIEW}),
    Right.PAY: frozenset({Permission.COLLECT_PAYMENTS, Permission.REDEEM_VOUCHERS}),
    Right.MANAGE_METHODS: frozenset({Permission.MANAGE_METHODS}),
    Right.MANAGE_AUTOPAY: frozenset({Permission.MANAGE_AUTOPAY}),
    Right.DOWNLOAD: frozenset({Permission.DOWNLOAD}),
    Right.MANAGE_CONTACTS: frozenset({Permission.MANAGE_CONTACTS}),
}

EVERYTHING: Final = frozenset(Permission)
