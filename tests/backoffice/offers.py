"""Something to subscribe to, and subscriptions in every state, made through the use cases."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from tallystick.foundation.ids import public_id
from tallystick.foundation.months import months_after
from tallystick.usecases import change_plan, contracts, offer, subscribe, unsubscribe
from tests.backoffice.business import SYSTEM, Business, moment, uid

PDF = b"%PDF-1.7\n%signed\n"


def today() -> date:
    """This function will return the business's day."""
    return datetime.now(tz=UTC).date()


def months_ago(months: int) -> date:
    """This function will return the first of a month some months ago."""
    return months_after(today().replace(day=1), -months, day=1)


def product(name: str = "Fibre") -> UUID:
    """This function will add a product and return its id."""
    return uid(offer.add_product(actor=SYSTEM, at=moment(300), name=name)["id"])


def variant(of: UUID, name: str = "1 Gbit/s", **cost: Any) -> UUID:
    """This function will add a variant and return its id."""
    return uid(offer.add_variant(actor=SYSTEM, at=moment(300), product_id=of, name=name, **cost)["id"])


def price(of: UUID, tax: UUID, amount_minor: int = 8900, *, currency: str = "EUR", **more: Any) -> UUID:
    """This function will add a price, monthly unless it is said otherwise, and return its id."""
    shape = offer.add_price(
        actor=SYSTEM,
        at=moment(300),
        variant_id=of,
        currency=currency,
        frequency=more.pop("frequency", "monthly"),
        amount_minor=amount_minor,
        tax_rate_id=tax,
        **more,
    )
    return uid(shape["id"])


def price_form(business: Business, *, amount: str, currency: str) -> dict[str, str]:
    """This function will fill in the form of a price that is changed."""
    tax = public_id("tax", business.vat)
    return {"amount": amount, "amount_currency": currency, "includes_tax": "no", "tax_rate": tax}


def draft(customer: UUID, at_price: UUID, **terms: Any) -> UUID:
    """This function will draft a subscription that starts today and return its id."""
    start = terms.pop("start_date", today())
    shape = subscribe.create_subscription(
        actor=SYSTEM, at=moment(), customer_id=customer, price_id=at_price, start_date=start, **terms
    )
    return uid(shape["id"])


def active(customer: UUID, at_price: UUID, **terms: Any) -> UUID:
    """This function will activate a subscription and return its id; its first period is billed."""
    subscription = draft(customer, at_price, **terms)
    subscribe.activate_subscription(actor=SYSTEM, at=moment(), subscription_id=subscription)
    return subscription


def offered(business: Business) -> dict[str, UUID]:
    """This function will fill the catalogue: monthly and yearly prices, yen and dinar, and a variant that has none."""
    fibre, laptop = product("Glasfaser Geschäftskunden"), product("ノートパソコン レンタル")
    empty = product("Nothing yet")
    basic = variant(fibre, "250 Mbit/s")
    pro = variant(fibre, "1 Gbit/s, feste IP-Adresse", cost_minor=240_00, cost_currency="EUR")
    model = variant(laptop, "16 インチ", cost_minor=280_000, cost_currency="JPY")
    return {
        "product": fibre,
        "empty": empty,
        "variant": pro,
        "basic": price(basic, business.vat, 4900),
        "pro": price(pro, business.vat, 8900),
        "yearly": price(pro, business.vat, 96_000, frequency="annually"),
        "gross": price(pro, business.vat, 10_900, includes_tax=True),
        "yen": price(model, business.exempt, 12_800, currency="JPY"),
        "dinar": price(model, business.exempt, 45_250_750, currency="KWD", frequency="quarterly"),
    }


def every_state(business: Business, prices: dict[str, UUID]) -> dict[str, UUID]:
    """This function will make a subscription in every state that a page can show, by name."""
    german = business.customer("Zweckverband Abfallwirtschaft und Kreislaufwirtschaft Nordschwarzwald-Mittelbaden")
    japanese = business.customer("株式会社東京データセンター運用サービス", currency="JPY")
    arabic = business.customer("شركة الخليج للاتصالات وتقنية المعلومات", currency="KWD")
    act: dict[str, Any] = {"actor": SYSTEM, "at": moment()}
    contract = {"contract_months": 12, "early_return_fee_minor": 150_00}
    found = {
        "draft": draft(german, prices["pro"], quantity=Decimal("2.5"), remark="Asked for a fixed address", **contract),
        "trial": active(german, prices["basic"], trial_days=14),
        "active": active(german, prices["pro"], start_date=months_ago(0), quantity=Decimal(2), **contract),
        "yearly": active(german, prices["yearly"]),
        "waiting": active(german, prices["pro"]),
        "ending": active(japanese, prices["yen"], collection="manual"),
        "dinar": active(arabic, prices["dinar"], quantity=Decimal(12)),
        "paused": active(german, prices["basic"]),
        "pausing": active(german, prices["basic"]),
        "suspended": active(german, prices["gross"]),
        "cancelled": draft(german, prices["basic"]),
    }
    told = change_plan.preview_change(
        **act, subscription_id=found["waiting"], price_id=prices["gross"], quantity=Decimal(3), when="renewal"
    )
    change_plan.change_plan(
        **act,
        subscription_id=found["waiting"],
        preview=told["preview"],
        price_id=prices["gross"],
        quantity=Decimal(3),
        when="renewal",
    )
    for name, when in (("ending", "period_end"), ("cancelled", "now")):
        ending = unsubscribe.preview_cancel(**act, subscription_id=found[name], when=when)
        unsubscribe.cancel_subscription(
            **act, subscription_id=found[name], when=when, reason="Moves to another city", preview=ending["preview"]
        )
    subscribe.pause_subscription(**act, subscription_id=found["paused"])
    subscribe.pause_subscription(
        **act,
        subscription_id=found["pausing"],
        from_date=today() + timedelta(days=5),
        resume_date=today() + timedelta(days=40),
    )
    subscribe.suspend_subscription(**act, subscription_id=found["suspended"], reason="Three invoices are unpaid")
    contracts.add_contract_file(**act, subscription_id=found["active"], name="Vertrag, signiert.pdf", content=PDF)
    return found


def one_price(business: Business, amount_minor: int = 8900) -> UUID:
    """This function will offer one product with a monthly price before tax, and return the price."""
    return price(variant(product()), business.vat, amount_minor)
