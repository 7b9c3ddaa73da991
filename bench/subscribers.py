"""Loading an installation with subscribers: several prices, currencies and tax rates, a share of them in groups.

Every subscription has one whole period due. The triggers are off while the rows are written.
"""

from dataclasses import dataclass

from django.db import transaction

from bench.ground import query
from bench.load import settle_down

AS_OF = "2026-03-01"


@dataclass(frozen=True)
class Crowd:
    """How many there are."""

    customers: int
    subscriptions: int
    groups: int
    # How many customers each group has.
    members: int


_CATALOG = """
INSERT INTO catalog_taxrate (id, name, percent, category, country)
SELECT uuidv7(), name, percent, category, 'AT'
FROM (VALUES ('VAT 20 %%', 20, 'standard'), ('VAT 10 %%', 10, 'standard'), ('VAT 13 %%', 13, 'standard'),
             ('Exempt', 0, 'exempt')) AS rate (name, percent, category);
INSERT INTO catalog_product (id, name, description, created_at) VALUES (uuidv7(), 'Rental', '', now());
INSERT INTO catalog_variant (id, product_id, name, cost_currency, created_at)
SELECT uuidv7(), id, 'Size ' || n, '', now() FROM catalog_product, generate_series(1, 6) AS n;
INSERT INTO catalog_price (id, variant_id, currency, frequency, amount_minor, includes_tax, tax_rate_id, created_at)
SELECT uuidv7(), variant.id, currency, frequency, (1999 + 1777 * row_number() OVER ()) %% 50000, includes_tax, rate.id,
    now()
FROM catalog_variant AS variant, (VALUES ('EUR'), ('USD'), ('GBP')) AS money (currency),
    (VALUES ('monthly'), ('quarterly'), ('annually')) AS period (frequency),
    (VALUES (true), (false)) AS tax (includes_tax),
    catalog_taxrate AS rate;
INSERT INTO ledger_exchangerate (id, currency, valid_from, rate, source) VALUES
    (uuidv7(), 'USD', '2020-01-01', 0.917431192661, 'Bench'), (uuidv7(), 'GBP', '2020-01-01', 1.171234567891, 'Bench');
"""

_CUSTOMERS = """
INSERT INTO customers_customer (id, kind, name, number, currency, time_zone, language, tax_id, terms_days,
    address_lines, postal_code, city, region, country, applies_credit, completes_own_transfers, note, created_at)
SELECT uuidv7(), CASE WHEN n %% 3 = 0 THEN 'individual' ELSE 'business' END, 'Customer ' || n,
    'C-' || lpad(n::text, 7, '0'), 'EUR', '', 'en', '', CASE WHEN n %% 3 = 0 THEN 0 ELSE 30 END, 'High Street ' || n,
    '10115', 'Vienna', '', 'AT', true, false, '', now()
FROM generate_series(1, %(customers)s + %(groups)s) AS n;
CREATE TABLE bench_customer AS
SELECT id, row_number() OVER (ORDER BY number) AS n FROM customers_customer;
ALTER TABLE bench_customer ADD PRIMARY KEY (n);
UPDATE customers_customer SET kind = 'business', terms_days = 14
FROM bench_customer WHERE bench_customer.id = customers_customer.id AND n > %(customers)s;
INSERT INTO foundation_numberseries (name, last) VALUES
    ('customer', %(customers)s + %(groups)s), ('subscription', %(subscriptions)s);
"""

_GROUPS = """
INSERT INTO customers_billinggroup (id, name, payer_id, billing_day, next_billing_date, created_at)
SELECT uuidv7(), 'Group ' || payer.n, payer.id, 1, '2026-03-01', now()
FROM bench_customer AS payer WHERE payer.n > %(customers)s;
INSERT INTO customers_membership (id, group_id, customer_id, joined_date, created_at)
SELECT uuidv7(), grp.id, member.id, '2025-01-01', now()
FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM customers_billinggroup) AS grp
JOIN bench_customer AS member ON (member.n - 1) / %(members)s + 1 = grp.place;
"""

# Those of a group begin before its billing date, the others on it.
_SUBSCRIPTIONS = """
INSERT INTO subscriptions_subscription (id, number, state, customer_id, variant_id, price_id, description, remark,
    quantity, unit_price_minor, currency, prices_include_tax, tax_rate_id, frequency, collection, start_date,
    billing_start_date, anchor_date, anchor_day, next_period_start, cancel_reason, created_at, activated_at)
SELECT uuidv7(), 'S-' || lpad(wanted.n::text, 7, '0'), 'active', customer.id, price.variant_id, price.id,
    'Rental – ' || variant.name, '', 1 + wanted.n %% 3, price.amount_minor, price.currency, price.includes_tax,
    price.tax_rate_id, price.frequency, 'autopay', day, day, day, extract(day FROM day), day, '', now(), now()
FROM (
    SELECT n, 1 + n %% %(customers)s AS place,
        CASE WHEN 1 + n %% %(customers)s <= %(groups)s * %(members)s THEN date '2026-02-15' ELSE date '2026-03-01' END
            AS day
    FROM generate_series(1, %(subscriptions)s) AS n
) AS wanted
JOIN bench_customer AS customer ON customer.n = wanted.place
JOIN (SELECT *, row_number() OVER (ORDER BY id) AS place FROM catalog_price) AS price
    ON price.place = 1 + wanted.n * 7 %% (SELECT count(*) FROM catalog_price)
JOIN catalog_variant AS variant ON variant.id = price.variant_id;
"""


def load(crowd: Crowd) -> None:
    """This function will fill an empty installation and leave it as a rested database is."""
    numbers = {
        "customers": crowd.customers,
        "subscriptions": crowd.subscriptions,
        "groups": crowd.groups,
        "members": crowd.members,
    }
    with transaction.atomic():
        query("SET LOCAL session_replication_role = replica")
        for statement in (_CATALOG, _CUSTOMERS, _GROUPS, _SUBSCRIPTIONS):
            query(statement, numbers)
    settle_down()
