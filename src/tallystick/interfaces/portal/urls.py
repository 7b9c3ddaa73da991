"""Addresses of the portal."""

from django.urls import path

from tallystick.interfaces.portal import (
    autopay,
    checkout,
    contacts,
    documents,
    home,
    invoices,
    methods,
    pay,
    payments,
    profile,
    reports,
    transfers,
    wallet,
)

app_name = "portal"

urlpatterns = [
    path("", home.home, name="home"),
    path("invoices/", invoices.invoice_list, name="invoices"),
    path("invoices/<str:public>/", invoices.invoice_page, name="invoice"),
    path("invoices/<str:public>/pdf/", documents.invoice_pdf, name="invoice-pdf"),
    path("credit-notes/<str:public>/pdf/", documents.credit_note_pdf, name="credit-note-pdf"),
    path("tax-documents/<str:public>/pdf/", documents.tax_document_pdf, name="tax-document-pdf"),
    path(
        "purchase-tax-documents/<str:public>/pdf/",
        documents.purchase_tax_document_pdf,
        name="purchase-tax-document-pdf",
    ),
    path("pay/", pay.pay, name="pay"),
    path("payments/", payments.payment_list, name="payments"),
    path("payments/file/", payments.payment_file, name="payment-file"),
    path("payments/return/<str:public>/", checkout.come_back, name="return"),
    path("payments/<str:public>/", payments.payment_page, name="payment"),
    path("payments/<str:public>/receipt/pdf/", documents.receipt_pdf, name="receipt-pdf"),
    path("payments/<str:public>/receipt/", payments.receipt, name="receipt"),
    path("payments/<str:public>/check/", checkout.check, name="check"),
    path("payments/<str:public>/cancel/", checkout.give_up, name="give-up"),
    path("payments/<str:public>/again/", checkout.try_again, name="try-again"),
    path("payments/<str:public>/day/", checkout.choose_day, name="choose-day"),
    path("payments/<str:public>/sent/", transfers.sent, name="sent"),
    path("payments/<str:public>/withdraw/", transfers.withdraw, name="withdraw"),
    path("autopay/", autopay.autopay_page, name="autopay"),
    path("autopay/end/", autopay.end, name="autopay-end"),
    path("methods/", methods.method_list, name="methods"),
    path("methods/<str:public>/default/", methods.make_default, name="method-default"),
    path("methods/<str:public>/remove/", methods.remove, name="method-remove"),
    path("wallet/", wallet.wallet, name="wallet"),
    path("reports/", reports.reports, name="reports"),
    path("reports/statement/pdf/", reports.statement_pdf, name="statement-pdf"),
    path("reports/statement/csv/", reports.statement_csv, name="statement-csv"),
    path("notifications/", contacts.notifications, name="notifications"),
    path("people/", contacts.contact_list, name="contacts"),
    path("people/invite/", contacts.invite, name="contact-invite"),
    path("people/<str:public>/", contacts.contact_page, name="contact"),
    path("people/<str:public>/remove/", contacts.remove, name="contact-remove"),
    path("people/<str:public>/let-in/", contacts.let_in, name="contact-let-in"),
    path("profile/", profile.profile, name="profile"),
]
