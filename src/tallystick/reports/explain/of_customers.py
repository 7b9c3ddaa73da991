"""The numbers of one customer: what it owes and has, on any day, and how old that is."""

from datetime import date
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from tallystick.reports.explain.numbers import COUNTED, Number, Subject, postings
from tallystick.reports.statements import AGES

_OWN: Final = f"posting.customer_id = %(customer)s AND posting.currency = %(currency)s AND {COUNTED}"
_ON: Final = ("customer", "currency", "until", "known_before")
# Postings of credit that a credit note gave; what else there is of it came as a payment.
OF_NOTES: Final = "EXISTS (SELECT 1 FROM invoices_creditnote note WHERE note.id = posting.object_id)"
OF_AGE: Final = """posting.object_id IN (
SELECT id FROM invoices_invoice WHERE due_date BETWEEN %(due_from)s AND %(due_until)s
  AND (%(customer)s::uuid IS NULL OR customer_id = %(customer)s))"""
_LATER: Final = """
SELECT 'later' AS reason, posting.object_id AS id, posting.amount_minor AS minor, posting.currency::text AS currency
FROM ledger_posting posting JOIN ledger_journalentry entry ON entry.id = posting.entry_id
WHERE posting.customer_id = %(customer)s AND posting.currency = %(currency)s AND posting.account {accounts}
  AND NOT ({counted})"""
_ELSEWHERE: Final = """
SELECT 'other_currency', customer_id, CASE WHEN account = '1200' THEN balance_minor ELSE -balance_minor END,
       currency::text
FROM ledger_customerbalance
WHERE customer_id = %(customer)s AND currency <> %(currency)s AND account {accounts} AND balance_minor <> 0"""
_NOT_CLAIMED: Final = """
SELECT CASE state WHEN 'sent' THEN 'request' ELSE state::text END, id, total_minor, currency::text FROM invoices_invoice
WHERE customer_id = %(customer)s AND currency = %(currency)s AND state IN ('draft', 'void', 'sent')"""
_NO_MONEY: Final = """
SELECT CASE WHEN reversed_at IS NOT NULL THEN 'reversed' WHEN cancel_reason = 'superseded' THEN 'superseded'
            ELSE status END, id, total_minor, currency::text
FROM payments_payment
WHERE customer_id = %(customer)s AND currency = %(currency)s AND deleted_at IS NULL
  AND (status <> 'completed' OR reversed_at IS NOT NULL)
UNION ALL SELECT 'disputed', id, lost_minor, currency::text FROM payments_payment
WHERE customer_id = %(customer)s AND currency = %(currency)s AND lost_minor > 0"""


def _excluded(accounts: str, *more: str) -> str:
    later = _LATER.format(accounts=accounts, counted=COUNTED)
    return " UNION ALL ".join([later, _ELSEWHERE.format(accounts=accounts), *more])


def days_of_age(subject: Subject) -> dict[str, Any]:
    """This function will return the first and the last due date that an age has, on the day of a number."""
    assert subject.until is not None  # noqa: S101 - an age is one on a day
    first, last = AGES[subject.age]
    return {
        "due_from": date.min if last is None else _days_before(subject.until, last),
        "due_until": date.max if not first else _days_before(subject.until, first),
    }


def _days_before(day: date, days: int) -> date:
    """A day so many days earlier; never before the calendar's first."""
    return date.fromordinal(max(day.toordinal() - days, date.min.toordinal()))


_INVOICE: Final[dict[str, Any]] = {"part_number": "invoice.open", "part_takes": "invoice", "looks_ahead": True}

NUMBERS: Final = (
    Number(
        name="customer.owes",
        title=_("Owes"),
        formula=_("The sum of what is open on issued invoices: account 1200 of the customer, debits less credits."),
        takes=_ON,
        leaves=postings(f"{_OWN} AND posting.account = '1200'", plus="D"),
        excluded=_excluded("= '1200'", _NOT_CLAIMED, _NO_MONEY),
        **_INVOICE,
    ),
    Number(
        name="customer.credit",
        title=_("Credit"),
        formula=_(
            "The sum of money and credit notes that no invoice has taken yet: account 2100 of the customer, credits "
            "less debits. It is never taken off what is owed."
        ),
        takes=_ON,
        leaves=postings(f"{_OWN} AND posting.account = '2100'", plus="C"),
        excluded=_excluded("= '2100'", _NO_MONEY),
        looks_ahead=True,
    ),
    Number(
        name="customer.credit_of_payments",
        title=_("Credit from payments"),
        formula=_("What is left of payments that no invoice has taken yet: account 2100 without credit notes."),
        takes=_ON,
        leaves=postings(f"{_OWN} AND posting.account = '2100' AND NOT {OF_NOTES}", plus="C"),
        looks_ahead=True,
    ),
    Number(
        name="customer.credit_of_notes",
        title=_("Credit from credit notes"),
        formula=_("What is left of credit notes that settled no invoice: account 2100 of credit notes."),
        takes=_ON,
        leaves=postings(f"{_OWN} AND posting.account = '2100' AND {OF_NOTES}", plus="C"),
        looks_ahead=True,
    ),
    Number(
        name="customer.wallet",
        title=_("Wallet"),
        formula=_("The sum of prepaid money: accounts 2200 and 2210 of the customer, credits less debits."),
        takes=_ON,
        leaves=postings(f"{_OWN} AND posting.account IN ('2200', '2210')", plus="C"),
        excluded=_excluded("IN ('2200', '2210')"),
        looks_ahead=True,
    ),
    Number(
        name="customer.wallet_paid",
        title=_("Wallet, paid"),
        formula=_("The prepaid money that was paid for: account 2200 of the customer, credits less debits."),
        takes=_ON,
        leaves=postings(f"{_OWN} AND posting.account = '2200'", plus="C"),
        looks_ahead=True,
    ),
    Number(
        name="customer.wallet_promotional",
        title=_("Wallet, promotional"),
        formula=_("The prepaid money that was given: account 2210 of the customer, credits less debits."),
        takes=_ON,
        leaves=postings(f"{_OWN} AND posting.account = '2210'", plus="C"),
        looks_ahead=True,
    ),
    Number(
        name="customer.beyond_prepaid",
        title=_("Used beyond prepaid"),
        formula=_("Purchases that nothing prepaid was left for: accounts 2200 and 2210, debits less credits."),
        takes=_ON,
        leaves=postings(f"{_OWN} AND posting.account IN ('2200', '2210')", plus="D"),
        excluded=_excluded("IN ('2200', '2210')"),
    ),
    Number(
        name="customer.ageing",
        title=_("Open, by age"),
        formula=_("The sum of what is open on issued invoices whose due date lies so many days before the day."),
        takes=("customer", "currency", "age", "until", "known_before"),
        leaves=postings(f"{_OWN} AND posting.account = '1200' AND {OF_AGE}", plus="D"),
        excluded=f"""
SELECT 'other_age' AS reason, posting.object_id AS id,
       sum(CASE posting.side WHEN 'D' THEN amount_minor ELSE -amount_minor END)::bigint AS minor,
       posting.currency::text AS currency
FROM ledger_posting posting JOIN ledger_journalentry entry ON entry.id = posting.entry_id
JOIN invoices_invoice invoice ON invoice.id = posting.object_id
WHERE {_OWN} AND posting.account = '1200' AND NOT invoice.due_date BETWEEN %(due_from)s AND %(due_until)s
GROUP BY posting.object_id, posting.currency
HAVING sum(CASE posting.side WHEN 'D' THEN amount_minor ELSE -amount_minor END) <> 0""",  # noqa: S608 - our own text
        more=days_of_age,
        **_INVOICE,
    ),
)
