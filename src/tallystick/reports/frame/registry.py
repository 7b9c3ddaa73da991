"""The one registry of reports, by their names, in the order in which they are listed."""

from typing import Final

from tallystick.reports.frame import of_payments
from tallystick.reports.frame.shape import Report

REPORTS: Final[dict[str, Report]] = {report.name: report for report in (*of_payments.REPORTS,)}
