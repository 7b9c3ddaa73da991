"""What each permission means, a sentence each, in groups: the matrix of roles and the API both take them from here."""

from typing import Final

from django.utils.translation import gettext_noop as _

# Title of the group, and the sentence of each of its permissions.
GROUPS: Final[dict[str, dict[str, str]]] = {
    _("Looking"): {
        "view": _("See customers, invoices, payments and subscriptions, and why a balance is what it is."),
        "download": _("Download invoices, credit notes, receipts and contract files."),
        "view_bank_data": _("See bank details of customers."),
        "view_as_customer": _("See the portal as a customer sees it, without changing anything."),
        "audit.view": _("See the audit: who did what, when, from what to what."),
    },
    _("Customers and mail"): {
        "customers.edit": _("Add and change customers."),
        "contacts.manage": _("Add, change and remove contacts of customers, and open the portal to them."),
        "mail.resend": _("Send a mail once more."),
    },
    _("Invoices"): {
        "invoices.draft": _("Write drafts of invoices."),
        "invoices.issue": _("Issue invoices."),
        "invoices.void": _("Void invoices that went to nobody."),
        "invoices.credit": _("Issue credit notes."),
        "invoices.small_differences": _("Write off small differences."),
        "invoices.write_off": _("Write off what will not be paid, and undo that."),
    },
    _("Payments"): {
        "payments.record": _("Record promised payments."),
        "payments.collect": _("Charge stored cards, and retry what failed."),
        "payments.complete": _(
            "Record money that came, mark payments as paid, and let customers complete their own bank transfers."
        ),
        "payments.assign": _("Assign payments to customers, and take them away again."),
        "payments.allocate": _("Set payments and credit against invoices, and undo that."),
        "payments.cancel": _("Cancel promised payments that will not come."),
        "payments.reverse": _("Undo records that were wrong."),
        "payments.refund": _("Refund payments up to the limit."),
        "payments.refund_above_limit": _("Refund payments above the limit, too."),
        "payments.dispute": _("Follow disputes, and record what banks send back."),
        "payments.delete": _("Delete payments that were never booked."),
        "charges.record": _("Record purchases on the account of a customer."),
        "charges.credit": _("Credit purchases back."),
        "wallets.set_limit": _("Say how far a wallet may be used beyond what was prepaid."),
        "vouchers.manage": _("Make, sell and deactivate vouchers, and download their codes."),
        "vouchers.redeem": _("Redeem vouchers for customers."),
        "methods.manage": _("Choose and remove stored cards of customers, and send customers to store one."),
        "autopay.manage": _("Record and end agreements of automatic payment."),
    },
    _("Selling and billing"): {
        "catalog.change": _("Change products, prices and tax rates."),
        "subscriptions.draft": _("Write drafts of subscriptions."),
        "subscriptions.change": _("Activate, change, pause and end subscriptions."),
        "groups.change": _("Make billing groups and change who is in them."),
        "billing.run": _("Bill what is due: groups, and everything at once."),
    },
    _("The books"): {
        "books.close": _("Close months, which locks the past, and download the general journal."),
        "books.reopen": _("Reopen the month that was closed last."),
    },
    _("The business"): {
        "views.share": _("Share views of lists with everybody, and change shared ones."),
        "settings.change": _("Change the settings of the business, and exchange rates."),
        "staff.manage": _("Manage staff and roles, and set passwords for the portal."),
    },
    _("Programs and services"): {
        "api_keys.manage": _("Create and revoke API keys."),
        "gateways.manage": _("Set up payment services."),
        "inbox.handle": _("Look after messages of payment services that fit nothing."),
    },
}

# Each permission with its sentence, for the document of the API.
MEANINGS: Final[dict[str, str]] = {
    permission: sentence for group in GROUPS.values() for permission, sentence in group.items()
}
