"""Tax on top-up, told by date: it is due when a request is paid, and its use is not taxed again (J16, second form)."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from tallystick.catalog import operations as catalog
from tallystick.catalog.operations import Archived
from tallystick.foundation.errors import NotAllowed, NotFound
from tallystick.foundation.transactions import transaction
from tallystick.reports import statements
from tallystick.reports.movement_words import movement_words
from tallystick.reports.statements import Asked
from tallystick.usecases import allocate, dispute, documents, expire, refund, topup
from tallystick.wallets import queries
from tallystick.wallets.operations import TopupSpent
from tallystick.wallets.settling import WalletTooSmall
from tests.documents.samples import text_of
from tests.scenarios.conftest import World, at
from tests.scenarios.prepaid import Prepaid

pytestmark = pytest.mark.django_db


@pytest.fixture
def prepaid(world: World) -> Prepaid:
    return Prepaid(world)


def told(request: UUID) -> list[tuple[str, int, int, bool]]:
    """The tax documents of a request: number, net, tax, and whether it is void."""
    return [
        (each["number"], each["net_minor"], each["tax_minor"], each["lot__taken_back_at"] is not None)
        for each in queries.tax_documents([request])[request]
    ]


def test_parts_are_taxed_as_they_are_paid_and_add_up(world: World, prepaid: Prepaid, posted: Any) -> None:
    customer = prepaid.customer(is_prepaid=False)
    request = prepaid.request(customer, 1000, tax=world.vat)
    shape = topup.wire.one_topup_request(request)
    assert (shape["total_minor"], shape["tax_minor"], posted(request)) == (1000, 167, [])

    first = prepaid.receive(customer, 333, invoice=request)
    assert posted(first)[1] == ("J16", [("2100", "D", 333), ("2200", "C", 277), ("2300", "C", 56)])
    prepaid.receive(customer, 333, invoice=request)
    prepaid.receive(customer, 334, invoice=request)
    assert told(request) == [
        ("TAX-2026-00001", 277, 56, False),
        ("TAX-2026-00002", 278, 55, False),
        ("TAX-2026-00003", 278, 56, False),
    ]
    assert prepaid.state(request) == ("sent", 1000, 0)
    assert (prepaid.wallet(customer), world.credit(customer), world.owes(customer)) == (833, 0, 0)
    assert prepaid.lots(customer) == [("paid", 277, 277), ("paid", 278, 278), ("paid", 278, 278)]


def test_what_was_taxed_is_not_taxed_again_and_pays_no_invoice(world: World, prepaid: Prepaid, posted: Any) -> None:
    customer = prepaid.customer(is_prepaid=False)
    taxed = prepaid.receive(customer, 1200, invoice=prepaid.request(customer, 1200, tax=world.vat))
    prepaid.receive(customer, 600, invoice=prepaid.request(customer, 600))
    invoice = world.invoice(customer, 1000)
    with pytest.raises(WalletTooSmall) as refused:
        prepaid.pay_from_wallet(invoice)
    assert refused.value.available_minor == 600

    bought = prepaid.buy(customer, 1120)
    assert posted(bought) == [
        ("J18", [("2200", "D", 1000), ("2200", "D", 120), ("4010", "C", 1100), ("2300", "C", 20)])
    ]
    prepaid.credit(bought, 620)
    assert posted(bought)[1] == (
        "J19",
        [("4010", "D", 600), ("2300", "D", 20), ("2200", "C", 120), ("2200", "C", 500)],
    )
    with pytest.raises(TopupSpent):
        allocate.reverse_payment(actor=world.staff, at=at("2026-01-12"), payment_id=taxed, reason="Wrong")
    prepaid.credit(bought)
    allocate.reverse_payment(actor=world.staff, at=at("2026-01-12"), payment_id=taxed, reason="Wrong")
    assert (prepaid.wallet(customer), world.credit(customer)) == (600, 0)


def test_a_top_up_that_goes_back_takes_its_tax_and_voids_its_document(world: World, prepaid: Prepaid) -> None:
    customer = prepaid.customer(is_prepaid=False)
    request = prepaid.request(customer, 1200, tax=world.vat)
    payment = prepaid.receive(customer, 1200, invoice=request)
    refund.refund_payment(
        actor=world.staff,
        at=at("2026-01-12"),
        payment_id=payment,
        amount_minor=600,
        reason="Wanted back",
        still_owed=False,
        method="bank_transfer",
    )
    assert told(request) == [("TAX-2026-00001", 1000, 200, True), ("TAX-2026-00002", 500, 100, False)]
    moved = statements.movements(
        Asked(customer_id=customer, from_date=None, until_date=date(2026, 1, 31), known_before=None), limit=10
    )
    named = statements.names(moved)
    (receipt,) = [each.number for each in named.values() if each.kind == "payment"]
    words = [movement_words(each, named) for each in moved]
    assert f"Wallet topped up from {receipt}, its tax taken out" in words
    assert f"Top-up taken back with its tax, {receipt}" in words
    assert (prepaid.wallet(customer), prepaid.state(request)) == (500, ("sent", 600, 600))
    shape = topup.wire.one_topup_request(request)
    assert [each["is_void"] for each in shape["tax_documents"]] == [True, False]


def test_a_wallet_below_zero_is_filled_first_by_what_is_not_taxed_again(world: World, prepaid: Prepaid) -> None:
    customer = prepaid.customer(is_prepaid=False)
    bought = prepaid.buy(customer, 300, day="2026-01-01")
    request = prepaid.request(customer, 1500, tax=world.vat)
    prepaid.receive(customer, 1500, invoice=request)
    assert told(request) == [("TAX-2026-00001", 1000, 200, False)], "the purchase was taxed when it was made"
    assert (prepaid.wallet(customer), prepaid.state(request)) == (1000, ("sent", 1500, 0))
    assert prepaid.lots(customer) == [("paid", 1000, 1000), ("paid", 0, 300)]
    assert prepaid.credit(bought)["tax_minor"] == 50
    assert prepaid.wallet(customer) == 1300


def test_money_that_its_payer_takes_back_takes_the_tax_with_it(world: World, prepaid: Prepaid) -> None:
    customer = prepaid.customer(is_prepaid=False)
    request = prepaid.request(customer, 1200, tax=world.vat)
    payment = prepaid.receive(customer, 1200, invoice=request)
    prepaid.receive(customer, 500, invoice=prepaid.request(customer, 500))
    bought = prepaid.buy(customer, 300)
    dispute.record_bank_return(
        actor=world.staff, at=at("2026-01-12"), payment_id=payment, returned_date=date(2026, 1, 12)
    )
    assert told(request) == [("TAX-2026-00001", 1000, 200, True)]
    assert [
        (each["number"], each["spent_minor"], each["tax_minor"])
        for each in queries.untaxed_by_loss(payment, at=at("2026-01-12"))
    ] == [("TAX-2026-00001", 300, 60)]
    assert queries.untaxed_by_loss(payment, at=at("2026-01-13")) == []
    # No other lot was taxed: what was spent is used beyond prepaid.
    assert (prepaid.wallet(customer), prepaid.lots(customer)) == (200, [("paid", 500, 500)])
    prepaid.credit(bought)
    assert prepaid.wallet(customer) == 500


def test_a_taxed_lot_that_expires_is_income_of_the_net_amount(world: World, prepaid: Prepaid, posted: Any) -> None:
    customer = prepaid.customer(is_prepaid=False)
    prepaid.receive(customer, 1200, invoice=prepaid.request(customer, 1200, tax=world.vat))
    (lot,) = queries.lots_of([queries.wallets_of(customer)[0]["id"]]).popitem()[1]
    queries.Lot.objects.filter(id=lot["id"]).update(expires_date=date(2026, 1, 31))
    assert expire.expire_lots(at=at("2026-02-01")) == 1
    assert posted(lot["id"])[1:] == [("J25", [("2200", "D", 1000), ("4910", "C", 1000)])]


def test_its_document_is_the_customer_s_alone(world: World, prepaid: Prepaid) -> None:
    customer, other = prepaid.customer(is_prepaid=False), prepaid.customer("Others Ltd", is_prepaid=False)
    request = prepaid.request(customer, 1200, tax=world.vat)
    payment = prepaid.receive(customer, 1200, invoice=request)
    (document,) = queries.tax_documents([request])[request]
    found = documents.tax_document(actor=replace(world.staff, scope=("customer", customer)), document_id=document["id"])
    assert found.name == "TAX-2026-00001.pdf"
    read = text_of(found.content)
    for words in ("Tax invoice TAX-2026-00001", "TOP-2026-00001", "€12.00", "€2.00", "This is paid."):
        assert words in read, read
    assert "How to pay" not in read
    allocate.reverse_payment(actor=world.staff, at=at("2026-01-12"), payment_id=payment, reason="Wrong")
    read = text_of(documents.tax_document(actor=world.staff, document_id=document["id"]).content)
    assert ("Void" in read, "This is paid." in read) == (True, False)
    pro_forma = text_of(documents.topup_document(actor=world.staff, request_id=request).content)
    assert "without its tax, and you get a tax invoice of it" in " ".join(pro_forma.split())
    with pytest.raises(NotFound):
        documents.tax_document(actor=replace(world.staff, scope=("customer", other)), document_id=document["id"])
    with pytest.raises(NotFound):
        documents.tax_document(actor=world.staff, document_id=uuid4())
    with pytest.raises(NotAllowed):
        documents.tax_document(actor=replace(world.staff, permissions=frozenset()), document_id=document["id"])


def test_only_a_rate_that_can_be_chosen_taxes_a_request(world: World, prepaid: Prepaid) -> None:
    customer = prepaid.customer(is_prepaid=False)
    with pytest.raises(NotFound):
        prepaid.request(customer, 1200, tax=uuid4())
    with transaction():
        catalog.archive_tax_rate(world.vat, at=at("2026-01-01"))
    with pytest.raises(Archived):
        prepaid.request(customer, 1200, tax=world.vat)
