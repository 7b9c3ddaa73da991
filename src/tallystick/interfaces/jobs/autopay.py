"""Autopay runs by itself here: what is due is found, charged, and written about."""

from uuid import UUID

import structlog

from tallystick.correspondence.contents import Need
from tallystick.foundation import clock
from tallystick.foundation.jobs import job, periodic_job
from tallystick.usecases import autopay_run, autopay_switch, notify_autopay

log = structlog.get_logger()


@periodic_job("autopay.run", cron="7 * * * *")
def run() -> None:
    """This function will have everything charged that is due by today, and whoever has to do something told."""
    if count := autopay_run.run(at=clock.now()):
        log.info("autopay.found", count=count)


@job("autopay.charge")
def charge(payment_ids: list[str]) -> None:
    """This function will charge some payments, one after the other; one that fails stops no other.

    Raises:
        ExceptionGroup: when some of them failed.
    """
    failures: list[Exception] = []
    for payment_id in payment_ids:
        try:
            why_not = autopay_run.charge(payment_id=UUID(payment_id), at=clock.now())
        except Exception as error:  # noqa: BLE001 - one that fails must not keep the others waiting
            failures.append(error)
            continue
        if why_not is not None:
            log.info("autopay.not_charged", payment_id=payment_id, why=why_not.value)
    if failures:
        raise ExceptionGroup("Some payments could not be charged.", failures)


@job("autopay.switch")
def switch(attempt_id: str, method_id: str) -> None:
    """This function will have automatic payment go on with the card that its payer paid with."""
    autopay_switch.switch_autopay(attempt_id=UUID(attempt_id), method_id=UUID(method_id), at=clock.now())


@job("mail.action_needed")
def action_needed(payment_id: str, need: str) -> None:
    """This function will write what a payment needs so that it can be charged."""
    notify_autopay.write_action_needed(payment_id=UUID(payment_id), need=Need(need), at=clock.now())


@job("mail.confirmation_needed")
def confirmation_needed(attempt_id: str) -> None:
    """This function will write that a charge waits for its payer to confirm it."""
    notify_autopay.write_confirmation_needed(attempt_id=UUID(attempt_id), at=clock.now())


@job("mail.autopay_agreed")
def autopay_agreed(agreement_id: str) -> None:
    """This function will write what was agreed of automatic payment."""
    notify_autopay.write_agreed(agreement_id=UUID(agreement_id), at=clock.now())


@job("mail.autopay_ended")
def autopay_ended(agreement_id: str) -> None:
    """This function will write that automatic payment has ended."""
    notify_autopay.write_ended(agreement_id=UUID(agreement_id), at=clock.now())


@job("mail.autopay_method")
def autopay_method(agreement_id: str, method_id: str) -> None:
    """This function will write that automatic payment goes on with another method."""
    notify_autopay.write_other_method(agreement_id=UUID(agreement_id), method_id=UUID(method_id), at=clock.now())
