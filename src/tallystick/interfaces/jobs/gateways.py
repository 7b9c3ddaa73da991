"""What lost messages of gateways told is found here by asking."""

from uuid import UUID

import structlog

from tallystick.foundation import clock
from tallystick.foundation.jobs import job, periodic_job
from tallystick.gateways.port import GatewayUnavailable
from tallystick.usecases import receive

log = structlog.get_logger()


@periodic_job("gateways.ask_for_changes", cron="3-59/10 * * * *")
def ask_for_changes() -> None:
    """This function will have every enabled gateway account asked for what changed there."""
    receive.ask_for_changes()


@job("gateways.receive_changes", attempts=1)
def receive_changes(account_id: str) -> None:
    """This function will ask one account. One that does not answer is asked again in ten minutes, not before."""
    try:
        new = receive.receive_changes(account_id=UUID(account_id), at=clock.now())
    except GatewayUnavailable as error:
        log.warning("gateway.changes_unavailable", account_id=account_id, reason=error.reason)
        return
    if new:
        log.info("gateway.changes_found", account_id=account_id, count=new)
