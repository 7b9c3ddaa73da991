"""The one registry of reports, by their names, in the order in which they are listed."""

from typing import Final

from tallystick.reports.frame import of_accounts, of_balances, of_deferred, of_groups, of_payments, of_tax, over_time
from tallystick.reports.frame.shape import Report

REPORTS: Final[dict[str, Report]] = {
    report.name: report
    for report in (
        *of_payments.REPORTS,
        *over_time.REPORTS,
        *of_groups.REPORTS,
        *of_balances.REPORTS,
        *of_tax.REPORTS,
        *of_deferred.REPORTS,
        *of_accounts.REPORTS,
    )
}
