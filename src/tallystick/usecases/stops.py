"""What keeps a plan from acting on an open invoice for the time being."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from tallystick.dunning.decisions import Stop
from tallystick.dunning.queries import Claim
from tallystick.payments import autopay_queries
from tallystick.usecases import autopay_run
from tallystick.usecases.autopay_run import Ways


def stops_of(claims: Sequence[Claim], *, today: date, ways: Ways | None = None) -> dict[UUID, Stop]:
    """This function will return what keeps invoices from being reminded of on a day, by their ids; those that it
    keeps from nothing are left out. What autopay is still to charge is left alone until it has tried: `ways` is how
    these payers are charged, where that is known already.
    """
    paused = [each.invoice_id for each in claims if any(pause.holds(today) for pause in each.pauses)]
    found = {**dict.fromkeys(paused, Stop.PAUSED), **{each.invoice_id: each.stop for each in claims if each.stop}}
    if ways is None:
        agreed = autopay_queries.agreements({each.customer_id for each in claims if each.invoice_id not in found})
        ways = autopay_run.ways_of(agreed)
    candidates = autopay_queries.candidates(each.payment_id for each in claims if each.customer_id in ways.agreed)
    for charge in autopay_run.charges(candidates, ways=ways) if candidates else ():
        if charge.why_not is None:
            found.setdefault(charge.payment.invoice_id, Stop.AUTOPAY)
    return found
