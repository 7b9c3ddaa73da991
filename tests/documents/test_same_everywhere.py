"""One invoice, read in five places: the office's page, the API, the books, its PDF and the e-invoice in that say the
same amounts.
"""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

from tallystick.catalog import operations as catalog
from tallystick.foundation import business, settings_store
from tallystick.foundation.ids import public_id
from tallystick.foundation.transactions import transaction
from tallystick.invoices.totals import LineInput
from tallystick.ledger import queries as ledger
from tallystick.money.amounts import to_decimal
from tallystick.usecases import bill, documents, keys
from tallystick.usecases.frame import SYSTEM
from tests.backoffice.business import member
from tests.documents.samples import text_of
from tests.documents.test_amounts import AMOUNT, amounts_after, read_minor
from tests.einvoices import amount, xml_of
from tests.portal.conftest import STAFF, Business, uid

EXAMPLES = max(25, settings().max_examples // 40)
RATES = {"Full": "20", "Low": "5.5", "Odd": "8.375", "Free": "0"}

lines_of = st.lists(
    st.tuples(
        st.sampled_from(sorted(RATES)),
        st.integers(1, 10**5).map(lambda number: Decimal(number) / 100),
        st.integers(-(10**4), 10**6),
    ),
    min_size=1,
    max_size=6,
)


@pytest.fixture
def rates(house: Business) -> dict[str, UUID]:
    """The rates, and exchange rates for yen and dinar."""
    for currency, rate in (("JPY", "0.0061"), ("KWD", "3.01")):
        house.rate(currency, rate)
    with transaction():
        return {
            name: catalog.add_tax_rate(
                name=name,
                percent=Decimal(percent),
                category="standard" if Decimal(percent) else "exempt",
                country="AT",
            )
            for name, percent in RATES.items()
        }


def test_every_place_says_the_same(house: Business, rates: dict[str, UUID], client: Client) -> None:
    office = Client()
    office.force_login(member("Finance"))
    key = keys.create_api_key(actor=SYSTEM, at=moment(), name="Reader", permissions=["view", "download"])
    headers = {"Authorization": f"Bearer {key['secret']}"}
    with transaction():
        settings_store.put(business.TAX_ID, "IE1234567T")
    customers = {
        currency: house.customer(f"{currency} Ltd", currency=currency, details={"country": "IE"})
        for currency in ("EUR", "JPY", "KWD")
    }

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(
        chosen=lines_of,
        includes=st.booleans(),
        currency=st.sampled_from(["EUR", "JPY", "KWD"]),
    )
    def agree(chosen: list[tuple[str, Decimal, int]], includes: bool, currency: str) -> None:
        # A credit may be taxed higher than what it is taken from: neither the net nor the total is to be below nothing.
        parts = [(quantity * price, Decimal(RATES[rate]) / 100) for rate, quantity, price in chosen]
        if min(sum(net for net, _part in parts), sum(net * (1 + part) for net, part in parts)) < 100:
            chosen = [*chosen, ("Full", Decimal(1), 10**9)]
        invoice = issued(customers[currency], chosen, rates, includes=includes, currency=currency)
        shape = client.get(f"/api/v1/invoices/{public_id('inv', invoice)}", headers=headers).json()
        net, tax, total = (shape[name] for name in ("net_minor", "tax_minor", "total_minor"))
        assert sum(line["net_minor"] for line in shape["lines"]) == net
        assert sum(line["tax_minor"] for line in shape["lines"]) == tax
        assert net + tax == total

        assert in_the_books(invoice) == (total, -net, -tax)

        answer = client.get(f"/api/v1/invoices/{shape['id']}/pdf", headers=headers)
        assert answer.content == documents.invoice_document(actor=STAFF, invoice_id=invoice).content
        read = text_of(answer.content).split("\n")
        assert amounts_after(read, "Net" if includes else "Subtotal", currency) == [[net]]
        assert amounts_after(read, "Total", currency) == [[total]]
        taxes = [row for name in RATES for row in amounts_after(read, f"{name} on", currency)]
        assert sum(part for _base, part in taxes) == tax
        assert sum(base for base, _part in taxes) == net

        xml = xml_of(answer.content)
        assert (xml is None) is (currency == "KWD")
        if xml is not None:
            said = [amount(xml, f"{name}Amount") for name in ("TaxBasisTotal", "TaxTotal", "GrandTotal", "DuePayable")]
            assert said == [to_decimal(minor, currency) for minor in (net, tax, total, total)]

        assert on_the_page(office, shape["id"], currency) == {"Net": net, "Total": total, "tax": tax}

    agree()


def moment() -> datetime:
    return datetime.now(tz=UTC)


def issued(
    customer: UUID, chosen: list[tuple[str, Decimal, int]], rates: dict[str, UUID], *, includes: bool, currency: str
) -> UUID:
    shape = bill.create_invoice(
        actor=STAFF,
        at=moment(),
        customer_id=customer,
        currency=currency,
        prices_include_tax=includes,
        lines=[
            LineInput(description="Goods", quantity=quantity, unit_price_minor=price, tax_rate_id=rates[rate])
            for rate, quantity, price in chosen
        ],
    )
    invoice_id = uid("inv", shape["id"])
    bill.issue_invoice(actor=STAFF, at=moment(), invoice_id=invoice_id, sends_mail=False)
    return invoice_id


def in_the_books(invoice: UUID) -> tuple[int, int, int]:
    """What was posted to receivables, revenue and output tax; debits above zero."""
    sums = {"1200": 0, "4000": 0, "2300": 0}
    for entry in ledger.entries_about([invoice]):
        for row in entry["postings"]:
            sums[row["account"]] += row["amount_minor"] if row["side"] == "D" else -row["amount_minor"]
    receivable, revenue, tax = sums.values()
    return receivable, revenue, tax


def on_the_page(office: Client, public: str, currency: str) -> dict[str, int]:
    """The sums below the lines of the office's page, those of all rates as one."""
    page = html.fromstring(office.get(f"/office/invoices/{public}/").content.decode())
    found = {"tax": 0}
    for row in page.xpath("//table//tr[td]"):
        label, *_others, amount = [" ".join(cell.text_content().split()) for cell in row.xpath("td")]
        if label in RATES:
            found["tax"] += read_minor(*AMOUNT.findall(amount)[0], currency)
        elif label in {"Net", "Total"}:
            found[label] = read_minor(*AMOUNT.findall(amount)[0], currency)
    return found
