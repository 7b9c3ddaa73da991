"""The tax report: net amounts and tax by rate and country, over a period."""

from itertools import groupby
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from tallystick.reports import taxed
from tallystick.reports.frame.of_accounts import days_of, this_month
from tallystick.reports.frame.shape import Asked, Cell, Column, Found, Part, Report, Row, Text, Why

CATEGORY_WORDS: Final[dict[str, Text]] = {
    "standard": _("Taxed"),
    "zero": _("Zero rated"),
    "exempt": _("Exempt"),
    "reverse_charge": _("Reverse charge"),
    "outside_scope": _("Outside the scope of tax"),
}


def _tax(asked: Asked) -> Found:
    rows = taxed.sums(first_day=asked.first_day, last_day=asked.last_day, currency=asked.currency)
    return Found(
        parts=[
            Part(
                currency=currency,
                rows=[_row(asked, each) for each in several],
                total={
                    "rate": Cell(value=_("All")),
                    **{
                        name: Cell(
                            value=sum(each[name] for each in several),
                            why=Why(number=number, about={"currency": currency, **days_of(asked)}),
                        )
                        for name, number in (("net", "taxes.net"), ("tax", "taxes.due"))
                    },
                },
            )
            for currency, rates in groupby(rows, key=lambda row: str(row["currency"]))
            for several in [list(rates)]
        ]
    )


def _row(asked: Asked, row: dict[str, Any]) -> Row:
    about = {"tax_rate": row["tax_rate_id"], "currency": row["currency"], **days_of(asked)}
    return {
        "rate": Cell(value=row["name"]),
        "percent": Cell(value=int(row["percent"].scaleb(4))),
        "country": Cell(value=row["country"]),
        "category": Cell(value=CATEGORY_WORDS[row["category"]]),
        "net": Cell(value=row["net"], why=Why(number="tax.net", about=about)),
        "tax": Cell(value=row["tax"], why=Why(number="tax.due", about=about)),
    }


TAX_REPORT: Final = Report(
    name="tax",
    title=_("Tax by rate"),
    answers=_("How much tax is due, at which rate and in which country."),
    formula=_(
        "Issued invoices less voided ones, credit notes and write-offs with relief of tax, tax documents of top-ups, "
        "and purchases as far as they are taxed on use, by the date on which they count in the books. The tax is what "
        "moved on account 2300."
    ),
    columns=[
        Column(name="rate", title=_("Tax rate")),
        Column(name="percent", title=_("Percent"), kind="rate"),
        Column(name="country", title=_("Country")),
        Column(name="category", title=_("Kind")),
        Column(
            name="net",
            title=_("Net"),
            kind="money",
            formula=_("Amounts without tax of all that this rate was applied to."),
            is_tile=True,
        ),
        Column(
            name="tax",
            title=_("Tax"),
            kind="money",
            formula=_("Account 2300 of the rate: credits less debits in the period."),
            is_tile=True,
        ),
    ],
    takes=["period", "currency"],
    read=_tax,
    usual=this_month,
)

REPORTS: Final = (TAX_REPORT,)
