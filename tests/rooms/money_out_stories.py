"""What is posted when money leaves again: refunds, fees, disputes and bank returns."""

from tallystick.foundation.transactions import transaction
from tallystick.gateways.port import Outcome
from tallystick.payments import fees
from tallystick.payments.queries import payment
from tallystick.usecases import bill, dispute
from tests.rooms.posting_stories import FEBRUARY, JANUARY, Story, posts
from tests.scenarios.conftest import at

# Money out


@posts("J27", ("2100", "D", 12000, 11040), ("1000", "C", 12000, 10800), ("6810", "C", 0, 240))
def refund_in_cash(story: Story) -> None:
    story.refunds(story.receives(JANUARY), method="cash")


@posts("J27", ("2000", "D", 12000, 11040), ("1100", "C", 12000, 10800), ("6810", "C", 0, 240))
def refund_to_nobody(story: Story) -> None:
    story.refunds(story.receives(JANUARY, known=False))


@posts("J27", ("2100", "D", 12000, 11040), ("1120", "C", 12000, 10800), ("6810", "C", 0, 240))
def refund_by_gateway(story: Story) -> None:
    story.refunds_by_gateway(story.receives_by_gateway(JANUARY), Outcome.SUCCEEDED)


CREDITED = (("4000", "D", 10000, 9200), ("2300", "D", 2000, 1840), ("2100", "C", 12000, 11040))
PAID_OUT = (("2100", "D", 12000, 10800), ("1100", "C", 12000, 10800))


@posts("J28", *CREDITED, *PAID_OUT)
def refund_what_is_owed_no_longer(story: Story) -> None:
    story.refunds(story.pays(story.bills()), still_owed=False)


@posts("J29", ("1200", "D", 12000, 11040), ("2100", "C", 12000, 10800), ("6810", "C", 0, 240), *PAID_OUT)
def refund_what_is_still_owed(story: Story) -> None:
    story.refunds(story.pays(story.bills()), still_owed=True)


@posts("J30", ("1120", "D", 12000, 10800), ("2100", "C", 12000, 11040), ("6810", "D", 0, 240))
def refund_that_fails_after_completion(story: Story) -> None:
    story.refunds_by_gateway(story.receives_by_gateway(JANUARY), Outcome.SUCCEEDED, Outcome.DECLINED)


@posts("J31", *CREDITED)
def refund_to_credit(story: Story) -> None:
    invoice = story.bills()
    story.pays(invoice)
    bill.issue_credit_note(actor=story.staff, at=at(FEBRUARY), invoice_id=invoice, reason="Returned")


@posts("J35", ("6100", "D", 350, 315), ("1120", "C", 350, 315))
def gateway_s_fee(story: Story) -> None:
    paid = payment(story.receives_by_gateway())
    with transaction():
        fees.report(
            payment_id=paid["id"],
            account_id=paid["account_id"],
            external_id="fee_1",
            amount_minor=350,
            currency=story.currency,
            day=at(FEBRUARY).date(),
            at=at(FEBRUARY),
        )


# Disputes and bank returns


@posts("J40", ("1130", "D", 12000, 10800), ("1120", "C", 12000, 10800))
def dispute_without_a_fee(story: Story) -> None:
    story.disputes(story.receives_by_gateway())


@posts(
    "J40",
    *(("1130", "D", 12000, 10800), ("1120", "C", 12000, 10800)),
    *(("6110", "D", 1500, 1350), ("1120", "C", 1500, 1350)),
)
def dispute_with_its_fee(story: Story) -> None:
    story.disputes(story.receives_by_gateway(), fee_minor=1500)


@posts(
    "J41",
    *(("1120", "D", 12000, 11040), ("1130", "C", 12000, 11040)),
    *(("1120", "D", 1500, 1380), ("6110", "C", 1500, 1380)),
)
def win(story: Story) -> None:
    opened = story.disputes(story.receives_by_gateway(JANUARY), JANUARY, fee_minor=1500)
    dispute.win_dispute(**opened, fee_returned=True)


@posts("J42", ("2100", "D", 12000, 11040), ("1130", "C", 12000, 10800), ("6810", "C", 0, 240))
def lose(story: Story) -> None:
    dispute.lose_dispute(**story.disputes(story.receives_by_gateway(JANUARY)))


@posts("J42", ("2000", "D", 12000, 11040), ("1130", "C", 12000, 10800), ("6810", "C", 0, 240))
def lose_what_nobody_paid(story: Story) -> None:
    dispute.lose_dispute(**story.disputes(story.receives_by_gateway(JANUARY, known=False)))


@posts(
    "J42",
    ("2100", "D", 10000, 9200),
    ("6110", "D", 2000, 1800),
    ("1130", "C", 12000, 10800),
    ("6810", "C", 0, 200),
)
def lose_what_was_refunded_in_part(story: Story) -> None:
    paid = story.receives_by_gateway(JANUARY)
    story.refunds(paid, minor=2000)
    dispute.lose_dispute(**story.disputes(paid))


@posts("J43", ("2100", "D", 12000, 11040), ("1110", "C", 12000, 11040))
def cheque_that_bounced(story: Story) -> None:
    story.returns(story.receives(JANUARY, method="cheque"))


@posts("J43", ("2000", "D", 12000, 11040), ("1100", "C", 12000, 10800), ("6810", "C", 0, 240))
def debit_of_nobody_that_was_sent_back(story: Story) -> None:
    story.returns(story.receives(JANUARY, method="direct_debit", known=False))
