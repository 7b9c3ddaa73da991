"""The doors of the back office that take forms, held against the table of the payments desk.

A new door is a row of the table, or a name below: beside what it is no act of the desk for, and where it is tested.
"""

from collections.abc import Iterable
from typing import Final

from django.test import Client
from django.urls import URLPattern, resolve, reverse

from tallystick.interfaces.backoffice.urls import urlpatterns

ELSEWHERE: Final[dict[str, frozenset[str]]] = {
    "Shows something and writes nothing.": frozenset(
        {
            *("find", "find-customers", "find-invoices", "find-prices", "find-prices-in"),
            *("preview-invoice", "preview-payment", "preview-charge"),
            *("preview-subscription", "preview-change", "preview-cancel", "invoice-documents"),
        }
    ),
    "Customers and their contacts: test_writes.py.": frozenset(
        {"new-customer", "edit-customer", "add-contact", "edit-contact", "remove-contact", "open-portal"}
    ),
    "What payers agreed to, and their stored methods: test_autopay.py.": frozenset(
        {"autopay-agree", "autopay-end", "method-default", "method-remove", "method-setup"}
    ),
    "Invoices are written, issued, voided and credited: test_writes.py.": frozenset(
        {"new-invoice", "invoice-issue", "invoice-void", "invoice-credit"}
    ),
    "What is given up, and paid after all: test_write_offs.py.": frozenset({"invoice-write-off", "invoice-recover"}),
    "Months are earned, closed and reopened: test_month_end.py.": frozenset(
        {"earn-month", "close-month", "reopen-month", "send-statements"}
    ),
    "Billing groups and bill runs: test_groups.py, test_bill_runs.py.": frozenset(
        {
            *("new-group", "edit-group", "archive-group", "add-group-member", "remove-member", "generate-invoice"),
            *("new-bill-run", "bill-run-again"),
        }
    ),
    "Subscriptions and their files: test_subscriptions.py, test_subscription_plans.py.": frozenset(
        {
            *("new-subscription", "subscription-edit", "subscription-activate", "subscription-pause"),
            *("subscription-resume", "subscription-suspend", "subscription-lift", "subscription-change"),
            *("withdraw-change", "subscription-cancel", "add-contract-file", "remove-file"),
        }
    ),
    "The catalogue and tax rates: test_catalog.py.": frozenset(
        {
            *("new-product", "edit-product", "archive-product", "add-variant", "edit-variant", "archive-variant"),
            *("add-price", "change-price", "archive-price", "move-price", "add-tax-rate", "archive-tax-rate"),
        }
    ),
    "Keys are made, settings change: test_business_writes.py.": frozenset(
        {"new-key", "revoke-key", "clock", "add-exchange-rate", "change-settings"}
    ),
    "Bank accounts in other currencies: test_bank_accounts.py.": frozenset(
        {"add-bank-account", "bank-account", "remove-bank-account"}
    ),
    "Messages of payment services that fit nothing: test_inbox.py.": frozenset(
        {"close-gateway-message", "reopen-gateway-message"}
    ),
    "Payment links, and days of retries: test_payment_links.py.": frozenset(
        {"invoice-payment-link", "revoke-payment-link", "payment-plan-retry"}
    ),
    "Dunning plans: test_dunning.py.": frozenset(
        {
            *("new-dunning-plan", "default-dunning-plan", "edit-dunning-plan", "new-dunning-level", "dunning-level"),
            "archive-dunning-plan",
            *("remove-dunning-level", "customer-dunning", "group-dunning", "pause-customer", "resume-customer"),
            *("pause-invoice", "promise-to-pay", "resume-invoice", "invoice-due-date"),
        }
    ),
    "Letters that are printed: test_letters.py.": frozenset({"print-letters"}),
    "The logo: tests/documents/test_downloads.py.": frozenset({"logo"}),
    "Who is staff: test_staff.py.": frozenset(
        {"invite-staff", "member-deactivate", "member-reactivate", "member-second-factor"}
    ),
}


def left_out(doors: Iterable[str]) -> set[str]:
    """This function will return the doors that take forms and are neither among those of the table nor elsewhere.

    What is named in both, or is there no more, is returned as well.
    """
    tabled = {name for door in doors if takes_forms(name := str(resolve(door).url_name))}
    elsewhere = [name for names in ELSEWHERE.values() for name in names]
    taking = {name for name in map(_name, urlpatterns) if takes_forms(name)}
    twice = {name for name in elsewhere if elsewhere.count(name) > 1 or name in tabled}
    return (taking ^ (tabled | set(elsewhere))) | twice


def takes_forms(name: str) -> bool:
    """This function will say whether a door takes forms; one that does sends a stranger who brings one to sign in."""
    (pattern,) = (each for each in urlpatterns if each.name == name)
    arguments = {each: 1 if kind.regex == "[0-9]+" else "x" for each, kind in pattern.pattern.converters.items()}
    answer = Client().post(reverse(f"office:{name}", kwargs=arguments))
    assert answer.status_code in {302, 405}, name
    return answer.status_code == 302


def _name(pattern: URLPattern) -> str:
    assert pattern.name is not None
    return pattern.name
