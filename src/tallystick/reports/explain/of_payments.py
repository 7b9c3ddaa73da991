"""The numbers of payments: the total, and where its money is (model 15: at every instant they add up)."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tallystick.reports.explain.numbers import MADE_DAY, SOURCE, Number, postings, released, rows

_HELD: Final = "posting.object_id = %(payment)s AND posting.account IN ('2100', '2000')"
# What an entry of allocating, or of taking back, was about.
_INVOICE_OF: Final = "(SELECT invoice_id FROM allocations_allocation WHERE id = entry.subject_id)"
# Money that came in, or that went back: a refund stands with a minus.
_MOVED: Final = postings(
    "entry.subject_id = %(payment)s AND entry.rule IN ('J04', 'J05', 'J27', 'J50') "
    "AND posting.account IN ('2100', '2000')",
    plus="C",
)
_ONLY_SAID: Final = rows(
    MADE_DAY,
    "CASE WHEN kind IN ('refund', 'charge') THEN -total_minor ELSE total_minor END",
    "id",
    "payments_payment WHERE id = %(payment)s AND (status <> 'completed' OR kind IN ('voucher', 'charge'))",
)
_REFUNDS: Final = """
SELECT status::text AS reason, id, total_minor AS minor, currency::text AS currency FROM payments_payment
WHERE refund_of_id = %(payment)s AND status <> 'completed' AND deleted_at IS NULL"""
_RELEASED: Final = released("invoice_id", "payment_id = %(payment)s")
_LOST: Final = """
SELECT 'disputed', id, lost_minor, currency::text FROM payments_payment WHERE id = %(payment)s AND lost_minor > 0"""
# What a refund has laid its hand on and has not paid yet.
_UNDER_WAY: Final = rows(
    "completed_at::date",
    "{sign}refund_reserved_minor",
    "id",
    "payments_payment WHERE id = %(payment)s AND refund_reserved_minor > 0",
)

NUMBERS: Final = (
    Number(
        name="payment.total",
        title=_("Total of the payment"),
        formula=_("What came in, or went back. What is not completed is only expected or promised, and posts nothing."),
        takes=("payment",),
        leaves=f"{_MOVED} UNION ALL {_ONLY_SAID}",
    ),
    Number(
        name="payment.allocated",
        title=_("Allocated"),
        formula=_("The sum of what was set against invoices and top-up requests, less what was taken back."),
        takes=("payment",),
        leaves=postings(f"{_HELD} AND entry.rule IN ('J08', 'J09', 'J16', 'J17')", plus="D", part=_INVOICE_OF),
        excluded=_RELEASED,
        part_number="invoice.open",
        part_takes="invoice",
    ),
    Number(
        name="payment.unallocated",
        title=_("Not allocated"),
        formula=_(
            "The total less what is allocated, written to small differences, refunded, lost in disputes, or held for a "
            "refund that is under way."
        ),
        takes=("payment",),
        leaves=f"{postings(_HELD, plus='C', part=f'coalesce({_INVOICE_OF}, posting.object_id)')} "
        f"UNION ALL {_UNDER_WAY.format(sign='-')}",
        excluded=f"{_RELEASED} UNION ALL {_REFUNDS} UNION ALL {_LOST}",
    ),
    Number(
        name="payment.difference",
        title=_("Small differences"),
        formula=_("The small difference that the payment had too much, and that was written off."),
        takes=("payment",),
        leaves=postings(f"{_HELD} AND entry.rule = 'J14'", plus="D"),
    ),
    Number(
        name="payment.refunded",
        title=_("Refunded"),
        formula=_("The sum of completed refunds of this payment, less those that came back."),
        takes=("payment",),
        leaves=postings(f"{_HELD} AND entry.rule IN ('J27', 'J30')", plus="D", part="entry.subject_id"),
        excluded=_REFUNDS,
        part_number="payment.total",
        part_takes="payment",
    ),
    Number(
        name="payment.under_way",
        title=_("Refund under way"),
        formula=_("What a refund has laid its hand on and has not paid yet: it can be neither allocated nor refunded."),
        takes=("payment",),
        leaves=_UNDER_WAY.format(sign=""),
    ),
    Number(
        name="payment.lost",
        title=_("Lost in disputes"),
        formula=_("What the payer's bank took back."),
        takes=("payment",),
        leaves=postings(f"{_HELD} AND entry.rule IN ('J42', 'J43')", plus="D", part=SOURCE),
    ),
)
