"""A business whose books have something in every column of every report."""

from datetime import timedelta
from uuid import UUID

from tallystick.foundation import clock
from tallystick.foundation.months import months_after
from tallystick.foundation.transactions import transaction
from tallystick.payments import operations as payments
from tallystick.payments.models import Payment
from tallystick.payments.states import FAIL
from tallystick.usecases import bill, earn_revenue, upkeep, write_off
from tallystick.usecases.record import Part
from tallystick.wallets import operations as wallets
from tests.backoffice.billing import Billing
from tests.backoffice.business import SYSTEM, moment
from tests.backoffice.test_explain import stories
from tests.backoffice.test_groups import generate

# Why payments failed: more reasons than a chart has colours for.
REASONS = ("card_declined", "expired_card", "lost_card", "do_not_honor", "fraudulent", "insufficient_funds", "")


def rich_books() -> UUID:
    """This function will tell months with every kind of act, and return a customer who has some of each figure."""
    business = Billing()
    stories(business)
    customer = business.customer("Something of everything Ltd", days_ago=300)
    _groups(business)
    _failures(business, customer)
    _revenue(business, customer)
    _given_up_and_given(business, customer)
    _credit(business)
    upkeep.fold_payments()
    upkeep.fold_postings()
    upkeep.fold_tax()
    # What came since the sums were folded counts as well.
    business.payment(customer, 1_111, days_ago=2)
    business.invoice(customer, 2_222, days_ago=1)
    return customer


def _groups(business: Billing) -> None:
    """Two groups of which one has the name of the other within its own; something is paid, and something failed."""
    for name in ("Acme", "Acme, laptops"):
        group = business.group(name)
        for number in range(2):
            business.member(group, f"Member {number} of {name}", business.price(8900))
        (invoice,) = generate(business, group)
        if name == "Acme":
            (expected,) = Payment.objects.filter(invoice_id=invoice)
            business.payment(expected.customer_id, expected.total_minor, parts=[Part(invoice_id=invoice)])
    later = business.group("Acme, phones")
    business.member(later, "Member of phones", business.price(700))
    (invoice,) = generate(business, later)
    fail(Payment.objects.get(invoice_id=invoice).id, "card_declined")


def fail(payment_id: UUID, code: str) -> None:
    """This function will have a payment service refuse a payment."""
    with transaction():
        payments.move(payments.locked(payment_id), FAIL, by="Tests", at=moment(), failure_code=code)


def _failures(business: Billing, customer: UUID) -> None:
    for number, code in enumerate([*REASONS, "card_declined", "card_declined"]):
        invoice = business.invoice(customer, 1_000 + number, days_ago=60 - 5 * number)
        fail(Payment.objects.get(invoice_id=invoice, status="pending").id, code)


def _revenue(business: Billing, customer: UUID) -> None:
    """Revenue of a year in two currencies, of which some is earned, and some is credited."""
    today = clock.local_date(clock.now())
    begin = months_after(today, -2, day=1)
    lines = {"period_start": begin, "period_end": begin + timedelta(days=365), "days_ago": 30}
    credited = business.invoice(customer, 120_000, **lines)
    business.invoice(customer, 77_000, currency="JPY", **lines)
    bill.issue_credit_note(actor=SYSTEM, at=moment(20), invoice_id=credited, reason="Part", gross_minor=12_000)
    earn_revenue.begin_revenue_run(actor=SYSTEM, at=moment(), month=months_after(today, -1, day=1))
    while earn_revenue.step(at=moment()):
        pass


def _credit(business: Billing) -> None:
    """Credit of payments and of credit notes, and money of nobody."""
    customer = business.customer("Credit Ltd", days_ago=300)
    paid = business.invoice(customer, 5_000, days_ago=50)
    business.payment(customer, 6_000, days_ago=49, parts=[Part(invoice_id=paid, amount_minor=6_000)])
    bill.issue_credit_note(actor=SYSTEM, at=moment(40), invoice_id=paid, reason="Came back", gross_minor=1_200)
    business.payment(customer, 700, days_ago=40)
    business.payment(None, 4_321, days_ago=40)


def _given_up_and_given(business: Billing, customer: UUID) -> None:
    business.invoice(customer, 4_000, currency="JPY", days_ago=120)
    lost = business.invoice(customer, 3_000, days_ago=200)
    write_off.write_off_invoice(actor=SYSTEM, at=moment(10), invoice_id=lost, reason="Insolvent", amount_minor=1_000)
    with transaction():
        wallets.grant(
            customer_id=customer,
            currency="EUR",
            amount_minor=5_000,
            source="Welcome credit",
            expires_date=None,
            day=moment(30).date(),
            at=moment(30),
        )
