"""What gateways have to say is asked for here, and their messages are acted upon."""

from uuid import UUID

import structlog

from tallystick.foundation import clock
from tallystick.foundation.jobs import job, periodic_job
from tallystick.usecases import bulk, collect, follow_up, import_payments, method_setups, receive, upkeep

log = structlog.get_logger()


@job("payments.ask")
def ask(attempt_id: str) -> None:
    """This function will ask what became of an attempt: the net under a process that died."""
    collect.ask(attempt_id=UUID(attempt_id), at=clock.now())


@job("payments.ask_refund")
def ask_refund(refund_id: str) -> None:
    """This function will find out what became of a refund, and order it when the gateway surely knows nothing of it."""
    follow_up.find_out_refund(refund_id=UUID(refund_id), at=clock.now())


@job("payments.bulk")
def go_on_in_bulk(act_id: str) -> None:
    """This function will do a step of an act on many payments, and see to the next one."""
    bulk.work(act_id=UUID(act_id), at=clock.now())


@job("gateways.handle_message")
def handle_message(message_id: str) -> None:
    """This function will act on a stored message of a gateway."""
    state = receive.handle_message(message_id=UUID(message_id), at=clock.now())
    if state == "unmatched":
        log.warning("gateway.message_unmatched", message_id=message_id)


@job("payments.import")
def record_import(import_id: str) -> None:
    """This function will record some steps of a file of receipts, and see to the next ones."""
    import_payments.work(import_id=UUID(import_id), at=clock.now())


@periodic_job("payments.sweep", cron="*/2 * * * *")
def sweep() -> None:
    """This function will ask about every attempt that is unknown or overdue, and cancel checkouts left for 24 hours."""
    collect.sweep(at=clock.now())


@periodic_job("payments.sweep_refunds", cron="1-59/2 * * * *")
def sweep_refunds() -> None:
    """This function will find out about every refund that is not over."""
    follow_up.sweep_refunds(at=clock.now())


@periodic_job("payments.sweep_setups", cron="1-59/2 * * * *")
def sweep_setups() -> None:
    """This function will ask about every card that a customer set out to store, and give up what waits for 24 hours."""
    method_setups.sweep(at=clock.now())


@periodic_job("payments.forget_card_tries", cron="23 * * * *")
def forget_card_tries() -> None:
    """This function will forget tries with new cards that no limit counts any more."""
    upkeep.forget_card_tries(at=clock.now())


@periodic_job("ledger.fold_balances", cron="*/5 * * * *")
def fold_balances() -> None:
    """This function will keep the balances of control accounts quick to read."""
    upkeep.fold_balances()


@periodic_job("ledger.fold_postings", cron="7 * * * *")
def fold_postings() -> None:
    """This function will keep reports of the books quick to read."""
    upkeep.fold_postings(told=_tell)


@periodic_job("reports.fold_tax", cron="9 * * * *")
def fold_tax() -> None:
    """This function will keep the report of tax quick to read."""
    upkeep.fold_tax(told=_tell)


@periodic_job("reports.fold_deferred", cron="11 * * * *")
def fold_deferred() -> None:
    """This function will keep reports of deferred revenue quick to read."""
    upkeep.fold_deferred(told=_tell)


@periodic_job("payments.fold", cron="2-59/5 * * * *")
def fold_payments() -> None:
    """This function will keep reports of payments quick to read."""
    upkeep.fold_payments(told=_tell)


def _tell(what: str, done: int, of: int) -> None:
    log.info("upkeep.folding", what=what, done=done, of=of)
