"""The sums of the reports of payments: each is made of payments, by the days on which they count."""

from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tallystick.payments.counting import COUNTED, COUNTED_DAY, counting_zone
from tallystick.reports.explain.numbers import Number, Subject, rows

_DAY: Final = f"({COUNTED_DAY.replace('%s', '%(zone)s')})"
_WITHIN: Final = (
    "p.currency = %(currency)s AND (%(customer)s::uuid IS NULL OR p.customer_id = %(customer)s) "
    f"AND (%(first_day)s::date IS NULL OR {_DAY} >= %(first_day)s) "
    f"AND (%(until)s::date IS NULL OR {_DAY} <= %(until)s)"
)


def _zone(_subject: Subject) -> dict[str, Any]:
    return {"zone": counting_zone()}


def _number(name: str, title: Promise, formula: Promise, condition: str) -> Number:
    """A sum of counted payments; what was reversed would have been in it."""
    return Number(
        name=f"reports.{name}",
        title=title,
        formula=formula,
        leaves=rows(_DAY, "p.total_minor", "p.id", f"payments_payment p WHERE {COUNTED} AND {condition} AND {_WITHIN}"),
        excluded=f"""
SELECT 'reversed' AS reason, p.id, p.total_minor AS minor, p.currency::text AS currency FROM payments_payment p
WHERE p.reversed_at IS NOT NULL AND p.kind IN ('scheduled', 'receipt') AND {condition} AND {_WITHIN}""",  # noqa: S608 - our own text
        more=_zone,
        # A due date may lie ahead.
        looks_ahead=True,
        takes=("currency",),
        part_number="payment.total",
        part_takes="payment",
        of_business=True,
    )


NUMBERS: Final = (
    _number(
        "income",
        _("Total income"),
        _("The sum of completed payments, on their received dates, without those reversed, refunds and vouchers."),
        "p.status = 'completed'",
    ),
    _number(
        "outstanding",
        _("Outstanding balance"),
        _("The sum of expected payments that are pending, on their due dates."),
        "p.status = 'pending' AND p.kind = 'scheduled'",
    ),
    _number(
        "promised",
        _("Promised transfers"),
        _("The sum of bank transfers that customers promised and that have not come, on the days of the promise."),
        "p.status = 'pending' AND p.kind = 'receipt' AND p.method = 'bank_transfer'",
    ),
    _number(
        "failed",
        _("Failed payments"),
        _("The sum of payments that failed and were not paid since, on their due dates."),
        "p.status = 'failed'",
    ),
)
