"""The numbers of invoices, credit notes, allocations and subscriptions."""

from typing import Any, Final

import orjson
from django.utils.translation import gettext_lazy as _

from tallystick.reports.explain.numbers import SOURCE, Number, Subject, postings, released
from tallystick.subscriptions.queries import income_lines

# Each line is a part, with its net amount and its tax as leaves; once it is issued, both stand in its entry (J02).
_LINES: Final = """
SELECT 'l' || lpad(line.position::text, 5, '0') || each.what AS leaf,
       coalesce(invoice.invoice_date, (invoice.created_at AT TIME ZONE %(zone)s)::date) AS day,
       each.minor, line.id AS part, entry.id AS entry_id, entry.rule::text AS rule,
       NULL::text AS account, NULL::text AS side
FROM invoices_invoiceline line JOIN invoices_invoice invoice ON invoice.id = line.invoice_id
LEFT JOIN ledger_journalentry entry ON entry.subject_id = invoice.id AND entry.rule = 'J02'
CROSS JOIN LATERAL (VALUES ('net', line.net_minor), ('tax', line.tax_minor)) each (what, minor)
WHERE invoice.id = %(invoice)s AND {which}"""
_OF_INVOICE: Final = "posting.object_id = %(invoice)s AND posting.account = '1200'"
_EXPECTED: Final = """
SELECT CASE WHEN reversed_at IS NOT NULL THEN 'reversed' WHEN cancel_reason = 'superseded' THEN 'superseded'
            ELSE status END AS reason, id, total_minor AS minor, currency::text AS currency
FROM payments_payment WHERE invoice_id = %(invoice)s AND deleted_at IS NULL
  AND (status <> 'completed' OR reversed_at IS NOT NULL)"""
_RELEASED: Final = released("coalesce(payment_id, credit_note_id)", "invoice_id = %(invoice)s")
# What filled a wallet from a top-up request: such a request is no claim, and stands on no account of receivables.
_PROVISIONED: Final = """entry.rule IN ('J16', 'J17') AND posting.account = '2100'
  AND entry.subject_id IN (SELECT id FROM allocations_allocation WHERE invoice_id = %(invoice)s)"""
_OF_TOPUP: Final = "entry.subject_id = %(allocation)s AND entry.rule = 'J16'"
_SETTLED: Final = f"{_EXPECTED} UNION ALL {_RELEASED}"


def _settled(kind: str) -> str:
    return postings(
        f"{_OF_INVOICE} AND entry.rule IN ('J08', 'J09') AND EXISTS (SELECT FROM {kind} WHERE id = {SOURCE})",
        plus="C",
        part=SOURCE,
    )


def _shares(subject: Subject) -> dict[str, Any]:
    """What Python computes of a subscription's income, as rows that SQL can read."""
    assert subject.subscription is not None  # noqa: S101 - the number takes one
    return {"rows": orjson.dumps(income_lines(subject.subscription)).decode()}


NUMBERS: Final = (
    Number(
        name="invoice.total",
        title=_("Total of the invoice"),
        formula=_("The sum of its lines, each with its net amount and its tax."),
        takes=("invoice",),
        leaves=_LINES.format(which="true"),
    ),
    Number(
        name="invoice.net",
        title=_("Net amount of the invoice"),
        formula=_("The sum of the net amounts of its lines."),
        takes=("invoice",),
        leaves=_LINES.format(which="each.what = 'net'"),
    ),
    Number(
        name="invoice.tax",
        title=_("Tax of the invoice"),
        formula=_(
            "The tax of one rate: computed once on the sum of the rate's net amounts, rounded half up, and split over "
            "the lines without loss."
        ),
        takes=("invoice", "tax_rate"),
        leaves=_LINES.format(which="each.what = 'tax' AND line.tax_rate_id = %(tax_rate)s"),
    ),
    Number(
        name="invoice.open",
        title=_("Open on the invoice"),
        formula=_(
            "The total less all that settled it: payments, credit notes, small differences, write-offs, the wallet. It "
            "is account 1200 of the invoice, debits less credits. Of a top-up request, which is no claim, it is what "
            "is still to be paid into the wallet."
        ),
        takes=("invoice",),
        leaves=" UNION ALL ".join(
            [
                postings(_OF_INVOICE, plus="D", part=f"coalesce({SOURCE}, posting.object_id)"),
                _LINES.format(which="invoice.kind = 'topup'"),
                postings(_PROVISIONED, plus="C"),
            ]
        ),
        excluded=_SETTLED,
    ),
    Number(
        name="invoice.paid",
        title=_("Paid of the invoice"),
        formula=_("The sum of what payments were set against it, less what was taken back."),
        takes=("invoice",),
        leaves=f"{_settled('payments_payment')} UNION ALL {postings(_PROVISIONED, plus='D')}",
        excluded=_SETTLED,
    ),
    Number(
        name="invoice.credited",
        title=_("Credited on the invoice"),
        formula=_("The sum of what credit notes were set against it, less what was taken back."),
        takes=("invoice",),
        leaves=_settled("invoices_creditnote"),
        excluded=_SETTLED,
    ),
    Number(
        name="invoice.difference",
        title=_("Small difference"),
        formula=_("The small difference that was written off."),
        takes=("invoice",),
        leaves=postings(f"{_OF_INVOICE} AND entry.rule = 'J14'", plus="C"),
    ),
    Number(
        name="invoice.written_off",
        title=_("Written off"),
        formula=_("What was given up of the invoice, less what was paid after all."),
        takes=("invoice",),
        leaves=postings(f"{_OF_INVOICE} AND entry.rule IN ('J12', 'J13')", plus="C"),
    ),
    Number(
        name="allocation.amount",
        title=_("Set against the invoice"),
        formula=_("What of the payment or credit note was set against the invoice."),
        takes=("allocation",),
        leaves=postings(
            "entry.subject_id = %(allocation)s AND entry.rule IN ('J08', 'J16') AND posting.account = '2100'",
            plus="D",
        ),
        excluded=released("invoice_id", "id = %(allocation)s"),
    ),
    Number(
        name="allocation.prepaid",
        title=_("Added to the wallet"),
        formula=_("What the top-up added to prepaid money: without its tax, where that is due when it is paid."),
        takes=("allocation",),
        leaves=postings(f"{_OF_TOPUP} AND posting.account = '2200'", plus="C"),
    ),
    Number(
        name="allocation.tax",
        title=_("Tax of the top-up"),
        formula=_("The tax within what was paid in. With all that was paid of its request it is the tax of that sum."),
        takes=("allocation",),
        leaves=postings(f"{_OF_TOPUP} AND posting.account = '2300'", plus="C"),
    ),
    Number(
        name="credit_note.total",
        title=_("Total of the credit note"),
        formula=_("What the credit note takes off its invoice, with tax."),
        takes=("credit_note",),
        leaves=postings(
            "posting.object_id = %(credit_note)s AND entry.rule = 'J26' AND posting.account = '2100'", plus="C"
        ),
    ),
    Number(
        name="subscription.income",
        title=_("Income to date"),
        formula=_(
            "What was paid of each invoice, times the share of the subscription's lines in it, without tax and after "
            "credit notes."
        ),
        takes=("subscription",),
        leaves="""
SELECT 'l' || line::text AS leaf, invoice.invoice_date AS day, share.minor, invoice_id AS part, NULL::uuid AS entry_id,
       NULL::text AS rule, NULL::text AS account, NULL::text AS side
FROM jsonb_to_recordset(%(rows)s::jsonb) AS share (line uuid, invoice_id uuid, minor bigint)
JOIN invoices_invoice invoice ON invoice.id = share.invoice_id""",
        more=_shares,
        part_number="invoice.paid",
        part_takes="invoice",
    ),
)
