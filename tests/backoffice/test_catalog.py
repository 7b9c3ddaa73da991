"""The catalogue in the back office: products, variants, prices and tax rates; subscriptions moved to a new price."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from tallystick.catalog import queries
from tallystick.catalog.queries import PriceFilter
from tallystick.foundation.ids import public_id
from tallystick.subscriptions.queries import subscription, waiting_changes
from tests.backoffice import offers
from tests.backoffice.business import Business, uid
from tests.backoffice.forms import Signed, closed, done, refused, sub, text_of, url
from tests.backoffice.test_lists import queries_of

pytestmark = pytest.mark.django_db


def test_a_product_gets_variants_and_prices(business: Business, as_role: Signed) -> None:
    support, finance = as_role("Support"), as_role("Finance")
    told = {"name": "Fibre", "description": "To the home"}
    closed(support, url("new-product"), told)
    product = done(finance, url("new-product"), told).rstrip("/").rpartition("/")[2]
    assert "No variant yet" in text_of(finance.get(url("product", product)))

    told = {"name": "1 Gbit/s", "cost": "240", "cost_currency": "EUR"}
    closed(support, url("add-variant", product), told)
    done(finance, url("add-variant", product), told)
    [variant] = queries.variants_of([uid(product)])
    assert (variant["cost_minor"], variant["cost_currency"]) == (24000, "EUR")
    assert "No price yet" in text_of(finance.get(url("product", product)))

    price = {"amount": "89", "amount_currency": "EUR", "frequency": "monthly", "includes_tax": "no"}
    price["tax_rate"] = public_id("tax", business.vat)
    address = url("add-price", public_id("var", variant["id"]))
    closed(support, address, price)
    done(finance, address, price)
    [row] = queries.prices_of([uid(product)])
    assert (row["amount_minor"], row["frequency"], row["includes_tax"]) == (8900, "monthly", False)
    assert "Change that one instead." in refused(finance, address, {**price, "amount": "90"})
    page = text_of(as_role("Read-only").get(url("product", product)))
    assert "One unit cost 240.00 EUR" in page
    assert "89.00 EUR a month VAT 20 %, on top of the price" in page
    assert "Add price" not in page


def test_names_change_and_are_told_apart(business: Business, as_role: Signed) -> None:
    finance = as_role("Finance")
    product, _other = public_id("prd", offers.product("Fibre")), offers.product("Copper")
    told = {"name": "Glass", "description": ""}
    closed(as_role("Support"), url("edit-product", product), told)
    assert "called “Copper” already" in refused(finance, url("edit-product", product), {**told, "name": "Copper"})
    done(finance, url("edit-product", product), told)
    assert queries.product(uid(product))["name"] == "Glass"
    variant = public_id("var", offers.variant(uid(product)))
    told = {"name": "2 Gbit/s", "cost": "", "cost_currency": "EUR"}
    closed(as_role("Support"), url("edit-variant", variant), told)
    done(finance, url("edit-variant", variant), told)
    assert queries.variant(uid(variant))["name"] == "2 Gbit/s"


def test_what_is_archived_is_shown_when_asked_for(business: Business, as_role: Signed) -> None:
    prices, finance = offers.offered(business), as_role("Finance")
    product, variant = public_id("prd", prices["product"]), public_id("var", prices["variant"])
    yearly = public_id("prc", prices["yearly"])
    closed(as_role("Support"), url("archive-price", yearly), {})
    done(finance, url("archive-price", yearly), {})
    assert "960.00 EUR" not in text_of(finance.get(url("product", product)))
    assert "960.00 EUR a year Archived" in text_of(finance.get(url("product", product) + "?archived=yes"))
    assert "is archived" in refused(
        finance, url("change-price", yearly), offers.price_form(business, amount="1", currency="EUR")
    )

    closed(as_role("Support"), url("archive-variant", variant), {})
    done(finance, url("archive-variant", variant), {})
    assert [each["name"] for each in queries.variants_of([uid(product)])] == ["250 Mbit/s"]
    closed(as_role("Support"), url("archive-product", product), {})
    done(finance, url("archive-product", product), {})
    assert "Glasfaser" not in text_of(finance.get(url("catalog")))
    assert "Glasfaser" in text_of(finance.get(url("catalog") + "?archived=yes"))


def test_a_price_changes_and_its_subscriptions_move_at_their_renewal(business: Business, as_role: Signed) -> None:
    prices, finance = offers.offered(business), as_role("Finance")
    customer = business.customer()
    first = offers.active(customer, prices["pro"])
    offers.active(customer, prices["pro"], quantity=Decimal(2))
    old = public_id("prc", prices["pro"])
    asked = text_of(finance.get(url("change-price", old)))
    assert "2 subscriptions that run go on at the price that they have." in asked
    told = offers.price_form(business, amount="95", currency="EUR")
    closed(as_role("Support"), url("change-price", old), told)
    # The subscriptions keep theirs; what leads on is the way to move them.
    assert done(finance, url("change-price", old), told) == url("move-price", old)
    assert subscription(first)["unit_price_minor"] == 8900
    wanted = PriceFilter(variant_id=prices["variant"], frequency="monthly", currency="EUR")
    new = next(each for each in queries.prices_page(wanted).rows if each["amount_minor"] == 9500)

    page = text_of(finance.get(url("move-price", old)))
    assert "2 subscriptions take the chosen price" in page
    assert "95.00 EUR a month" in page
    move = {"to": public_id("prc", new["id"])}
    closed(as_role("Support"), url("move-price", old), move)
    done(finance, url("move-price", old), move)
    assert waiting_changes([first])[first]["price_id"] == new["id"]
    assert "The plan changes on" in text_of(finance.get(url("subscription", sub(first))))


def test_a_price_without_another_has_nowhere_to_move_to(business: Business, finance: Client) -> None:
    prices = offers.offered(business)
    page = text_of(finance.get(url("move-price", public_id("prc", prices["basic"]))))
    assert "There is no other price to move to" in page


def test_the_catalogue_is_found_and_costs_the_same_for_more(business: Business, finance: Client) -> None:
    assert "Nothing is offered yet" in text_of(finance.get(url("catalog")))

    def add(first: int, count: int) -> None:
        for number in range(first, first + count):
            offers.price(offers.variant(offers.product(f"Product {number:02}")), business.vat, 100 + number)

    add(0, 5)
    few = queries_of(finance, url("catalog"))
    add(5, 50)
    assert queries_of(finance, url("catalog")) <= few
    page: Any = finance.get(url("catalog") + "?q=duct+07")
    assert page.content.decode().count('class="table-link"') == 1
    assert "1.07 EUR a month" in text_of(page)


def test_the_price_picker_offers_what_can_be_chosen(business: Business, finance: Client) -> None:
    prices = offers.offered(business)
    assert finance.get(url("find-prices")).content.decode().count('role="option"') == 6
    page = text_of(finance.get(url("find-prices") + "?q=glasfaser+1"))
    assert "Glasfaser Geschäftskunden – 1 Gbit/s, feste IP-Adresse, 89.00 EUR a month plus tax" in page
    assert finance.get(url("find-prices-in", "KWD")).content.decode().count('role="option"') == 1
    finance.post(url("archive-variant", public_id("var", prices["variant"])), {"idempotency_key": "a"})
    assert finance.get(url("find-prices")).content.decode().count('role="option"') == 3


def test_tax_rates_are_added_and_archived(business: Business, as_role: Signed) -> None:
    rate = {"name": "VAT 10 %", "percent": "10", "category": "standard", "country": "at"}
    closed(as_role("Support"), url("add-tax-rate"), rate)
    finance = as_role("Finance")
    done(finance, url("add-tax-rate"), rate)
    [added] = [each for each in queries.tax_rates() if each.name == "VAT 10 %"]
    assert (added.percent, added.country) == (Decimal(10), "AT")
    assert "called “VAT 10 %” already" in refused(finance, url("add-tax-rate"), rate)
    public = public_id("tax", added.id)
    closed(as_role("Support"), url("archive-tax-rate", public), {})
    done(finance, url("archive-tax-rate", public), {})
    listed, _, history = text_of(finance.get(url("tax-rates"))).partition("Who did what")
    assert ("VAT 10 %" in listed, "Tax rate archived" in history) == (False, True)
    assert "VAT 10 % Archived" in text_of(finance.get(url("tax-rates") + "?archived=yes"))


def test_a_price_needs_a_tax_rate_first(finance: Client) -> None:
    variant = public_id("var", offers.variant(offers.product()))
    assert "There is no tax rate yet" in text_of(finance.get(url("add-price", variant)))
