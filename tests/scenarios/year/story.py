"""What people do in the year, told by date; what happens by itself is left to the jobs of `business`.

Every `yield` lets the days pass up to noon of a day.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from tallystick.catalog import operations as catalog
from tallystick.foundation import settings_store
from tallystick.foundation.transactions import transaction
from tallystick.invoices.write_off_queries import TAX_RELIEF
from tallystick.payments import queries as payments
from tallystick.usecases import collect, dunning_pauses, dunning_plans, grouping, method_setups, record, write_off
from tallystick.usecases.record import Part
from tests.sandbox_service import pay
from tests.scenarios.conftest import uid
from tests.scenarios.subscribers import rows
from tests.scenarios.year.business import Business
from tests.usecases.autopay_stories import behave
from tests.usecases.disputing import decide, dispute_at_gateway
from tests.usecases.shop import RETURN_URL

MASTERCARD: Final = "5555555555554444"
YEAR: Final = 2026
# Days from the due date, how many days each reminder leaves, and its fee; services are suspended so many days after the
# last.
LEVELS: Final = ((-2, None, 0), (3, 7, 0), (12, 7, 500), (21, 7, 1000))
GRACE_DAYS: Final = 14


def tell(shop: Business) -> None:
    """This function will let the business live the year, and close its last month."""
    for day in story(shop):
        shop.live_until(date.fromisoformat(f"{YEAR}-{day}"))
    shop.live_until(date(YEAR + 1, 1, 1))


def story(shop: Business) -> Iterator[str]:
    """This function will do what people do, day by day, and yield the next day before it does."""
    yield "01-02"
    plan(shop)
    with transaction():
        ten = catalog.add_tax_rate(name="VAT 10 %", percent=Decimal(10), category="standard", country="AT")
        settings_store.put(TAX_RELIEF, True)
    payer = shop.customer("Payer", day="2026-01-02", terms_days=30)
    anna, bert, carl = (shop.customer(name, day="2026-01-02", kind="individual") for name in ("Anna", "Bert", "Carl"))
    group = uid("grp", grouping.create_group(**shop.doing, name="Group", billing_day=8, payer_id=payer)["id"])
    for member, net in ((anna, 4000), (bert, 5000)):
        grouping.add_member(**shop.doing, group_id=group, customer_id=member)
        shop.agree(member, shop.price(net), "2026-01-02")

    yield "01-05"
    good = shop.customer("Good", day="2026-01-05", terms_days=14)
    shop.card_of(good)
    shop.agree(good, shop.price(10000), "2026-01-05")

    yield "01-10"
    late = shop.customer("Late", day="2026-01-10", terms_days=14)
    late_subscription = shop.agree(late, shop.price(30000, frequency="quarterly"), "2026-01-10")

    yield "01-25"
    shop.transfer(latest(payer))

    yield "01-30"
    # After the second reminder.
    transfer_all(shop, late)

    yield "02-02"
    promising = shop.customer("Promise", day="2026-02-02", terms_days=14)
    promised = shop.invoice(promising, 100000, day="2026-02-02", description="Printing press")

    yield "02-04"
    yearly = shop.customer("Yearly", day="2026-02-04", terms_days=14)
    contract = shop.agree(
        yearly,
        shop.price(120000, frequency="annually"),
        "2026-02-04",
        contract_months=12,
        early_return_fee_minor=10000,
    )

    yield "02-06"
    disputing = shop.customer("Dispute", day="2026-02-06", terms_days=14)
    shop.card_of(disputing)
    shop.agree(disputing, shop.price(6000), "2026-02-06")

    yield "02-10"
    shop.transfer(latest(yearly))

    yield "02-20"
    dunning_pauses.promise_to_pay(**shop.doing, invoice_id=promised, pay_date=date(2026, 3, 2), note="On the phone")

    yield "02-25"
    shop.transfer(latest(payer))

    yield "03-03"
    stolen = shop.customer("Stolen", day="2026-03-03", terms_days=7)
    card = shop.card_of(stolen)
    shop.agree(stolen, shop.price(8000), "2026-03-03")

    yield "03-12"
    won = dispute_at_gateway(shop, paid_for(latest(disputing, before=date(2026, 3, 1))))

    yield "03-25"
    shop.transfer(latest(payer))

    yield "03-30"
    decide(shop, won, "won")

    yield "04-02"
    grouping.add_member(**shop.doing, group_id=group, customer_id=carl)
    shop.agree(carl, shop.price(3000, tax=ten), "2026-04-02")

    yield "04-09"
    behave(shop, card, "stolen_card")

    yield "04-15"
    record.record_payment(
        **shop.doing,
        total_minor=40000,
        currency="EUR",
        method="bank_transfer",
        received_date=shop.today,
        parts=[Part(invoice_id=promised, amount_minor=40000)],
        mails_confirmation=True,
    )
    new_card(shop, stolen, latest(stolen))

    yield "04-25"
    shop.transfer(latest(payer))

    yield "05-08"
    # After the third reminder, with its fee.
    transfer_all(shop, late)

    yield "05-25"
    shop.transfer(latest(payer))

    yield "06-09"
    lost = dispute_at_gateway(shop, paid_for(latest(disputing, before=date(2026, 6, 1))))

    yield "07-02"
    decide(shop, lost, "lost")

    yield "07-07"
    # Later than usual: the reminder before the due date has come.
    shop.transfer(latest(payer, before=date(2026, 7, 1)))

    yield "07-16"
    shop.transfer(latest(disputing, before=date(2026, 6, 1)))

    yield "07-25"
    shop.transfer(latest(payer))

    yield "08-20"
    # After the last reminder, with both fees.
    transfer_all(shop, late)

    yield "08-25"
    shop.transfer(latest(payer))

    yield "09-16"
    shop.end(contract, "2026-09-16", credits_unused=True, reason="Moves away")

    yield "09-25"
    shop.transfer(latest(payer))

    yield "09-30"
    grouping.remove_member(**shop.doing, group_id=group, customer_id=bert)

    for month in (10, 11, 12):
        yield f"{month}-03"
        shop.transfer(latest(bert))
        if month == 12:
            # Only when the service was suspended.
            yield "12-10"
            assert shop.row(late_subscription)["state"] == "suspended"
            transfer_all(shop, late)
            yield "12-15"
            for invoice in opened(promising):
                write_off.write_off_invoice(**shop.doing, invoice_id=invoice, reason="Insolvent")
        yield f"{month}-25"
        shop.transfer(latest(payer))

    yield "12-28"
    recovered = record.record_payment(
        **shop.doing,
        customer_id=promising,
        total_minor=24000,
        currency="EUR",
        method="bank_transfer",
        received_date=shop.today,
    )
    write_off.recover_invoice(
        **shop.doing, invoice_id=promised, payment_id=uid("pay", recovered["id"]), reason="The administrator paid"
    )


def plan(shop: Business) -> None:
    """This function will choose the plan by which everybody is reminded."""
    made = dunning_plans.create_plan(**shop.doing, name="Firm", grace_days=GRACE_DAYS)
    plan_id = uid("dpl", made["id"])
    for days, pay_by_days, fee_minor in LEVELS:
        dunning_plans.set_level(
            **shop.doing,
            plan_id=plan_id,
            days=days,
            pay_by_days=pay_by_days,
            fees={"EUR": fee_minor} if fee_minor else {},
        )
    dunning_plans.choose_default_plan(**shop.doing, plan_id=plan_id)


def new_card(shop: Business, customer: UUID, invoice: UUID) -> None:
    """This function will have a payer store another card, pay with it what the old one did not, and charge it on."""
    begun = method_setups.begin_setup(
        **shop.doing,
        customer_id=customer,
        account_id=shop.account_id,
        return_url="http://127.0.0.1:9/stored/{setup}",
        makes_default=True,
    )
    assert begun["action_url"] is not None
    pay(begun["action_url"], MASTERCARD)
    method_setups.ask(setup_id=uid("pms", begun["id"]), at=shop.now)
    method = next(row["id"] for row in payments.methods(customer) if row["last_four"] == MASTERCARD[-4:])
    collect.retry(
        **shop.doing,
        payment_id=shop.expected_payment(invoice)["id"],
        account_id=shop.account_id,
        return_url=RETURN_URL,
        method_id=method,
    )
    shop.autopay_with(customer, method)


def latest(payer: UUID, *, before: date = date.max) -> UUID:
    """This function will return a payer's newest invoice, or the newest of those dated before a day."""
    ((found,),) = rows(
        "SELECT id FROM invoices_invoice WHERE customer_id = %s AND invoice_date < %s AND state = 'issued'"
        " ORDER BY invoice_date DESC LIMIT 1",
        payer,
        before,
    )
    return UUID(str(found))


def opened(payer: UUID) -> list[UUID]:
    """This function will return the open invoices of a payer, in the order of their due dates."""
    found = rows(
        "SELECT id FROM invoices_invoice WHERE customer_id = %s AND state = 'issued' AND open_minor > 0"
        " ORDER BY due_date, number",
        payer,
    )
    return [UUID(str(each)) for (each,) in found]


def transfer_all(shop: Business, payer: UUID) -> None:
    """This function will mark as paid what is expected for every open invoice of a payer."""
    for invoice in opened(payer):
        shop.transfer(invoice)


def paid_for(invoice: UUID) -> UUID:
    """This function will return the payment that settled an invoice."""
    paid = payments.paid_scheduled(invoice)
    assert paid is not None
    return UUID(str(paid["id"]))
