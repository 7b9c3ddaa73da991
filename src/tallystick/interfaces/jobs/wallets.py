"""What happens to prepaid money by itself."""

import structlog

from tallystick.foundation import clock
from tallystick.foundation.jobs import periodic_job
from tallystick.usecases import expire, tax_purchases

log = structlog.get_logger()


# It becomes midnight at another hour for every business; a run that finds nothing costs one look at an index.
@periodic_job("wallets.expire", cron="7 * * * *")
def expire_lots() -> None:
    """This function will expire what nobody used of prepaid money whose last day is over."""
    if count := expire.expire_lots(at=clock.now()):
        log.info("wallets.expired", lots=count)


@periodic_job("wallets.tax_purchases", cron="37 * * * *")
def tax_purchases_of_last_month() -> None:
    """This function will issue the tax invoices of last month's purchases, once it is over where the business is."""
    if count := tax_purchases.issue_for_last_month(at=clock.now()):
        log.info("wallets.purchases_taxed", documents=count)
