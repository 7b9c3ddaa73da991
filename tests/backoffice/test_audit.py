"""The audit: what happened in words, found by person, act, thing, day and words, and given as a file."""

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.http import StreamingHttpResponse
from django.test import Client

from tallystick import usecases
from tallystick.foundation import roles
from tallystick.foundation import staff as staff_room
from tallystick.foundation.ids import public_id
from tallystick.foundation.models import User
from tallystick.foundation.permissions import staff_actor
from tallystick.foundation.transactions import transaction
from tallystick.interfaces.backoffice.audit_words import ACTIONS, OBJECTS
from tallystick.usecases import (
    allocate,
    amend,
    bill_run,
    bulk,
    configure,
    dispute,
    enrol,
    grouping,
    import_payments,
    keys,
    offer,
    recombine,
    refund,
    staff,
)
from tallystick.wire.audit import OBJECT_KINDS
from tests.backoffice.business import SYSTEM, Business, member, moment, uid


def rows_of(client: Client, **asked: str) -> list[list[str]]:
    """This function will return the rows that the list shows, each cell as its words."""
    page = client.get("/office/audit/", asked)
    assert page.status_code == 200
    body = page.content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        [" ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split()) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    ]


def file_of(client: Client, **asked: str) -> list[dict[str, str]]:
    """This function will return the rows of the file of the same list."""
    answer = client.get("/office/audit/", {**asked, "format": "csv"})
    assert isinstance(answer, StreamingHttpResponse)
    text = b"".join(answer).decode().removeprefix("\ufeff")  # type: ignore[arg-type]
    return list(csv.DictReader(io.StringIO(text)))


def act(user: User) -> dict[str, Any]:
    """This function will return who acts, and when: in the evening of the first of March in Vienna."""
    return {"actor": staff_actor(user), "at": datetime(2026, 3, 1, 23, 30, tzinfo=UTC)}


@pytest.fixture
def story(business: Business) -> dict[str, UUID]:
    """What three people did to a customer, an invoice and a payment, in a business in Vienna."""
    boss, clerk = member("Administrator"), member("Finance")
    configure.change_settings(**act(boss), changes={"time_zone": "Europe/Vienna"})
    customer = business.customer("Acme <b>Corp</b>")
    invoice, payment = business.invoice(customer, 5000), business.payment(customer, 6000, status="pending")
    enrol.change_customer(**act(clerk), customer_id=customer, changes={"terms_days": 30, "city": "Graz", "note": "sly"})
    changes = {"total_minor": 123_456, "description": "Open words #secret words", "remark": "=a remark"}
    amend.edit_payment(**act(clerk), payment_id=payment, changes=changes)
    return {"customer": customer, "invoice": invoice, "payment": payment}


def test_a_row_says_what_happened_in_words(story: dict[str, UUID], finance: Client) -> None:
    payment = public_id("pay", story["payment"])
    edited = next(row for row in rows_of(finance, q=payment) if row[0] == "Payment edited")
    assert edited[1].endswith("Payment")
    assert "Total 60.00 EUR → 1,234.56 EUR" in edited[2]
    assert "Private text nothing → secret words" in edited[2]
    assert edited[3] == "Finance Okonkwo Staff"
    # In Vienna it was the next day.
    assert edited[4].startswith("Mar 2, 2026")
    [changed] = rows_of(finance, action="details changed")
    assert changed[1] == "Acme <b>Corp</b> Customer"
    assert "Terms in days 14 → 30" in changed[2]
    assert "City Wien → Graz" in changed[2]
    [zone] = rows_of(finance, kind="setting", action="setting", q="", who="Administrator")
    assert zone[1:3] == ["Time zone Setting", "Time zone UTC → Europe/Vienna"]
    page = finance.get("/office/audit/", {"kind": "customer"}).content.decode()
    assert f'href="/office/customers/{public_id("cus", story["customer"])}/"' in page
    # Who may not manage staff gets no link to them, and who may does.
    clerk = public_id("usr", member("Finance").id)
    assert f"/office/staff/{clerk}/" not in finance.get("/office/audit/").content.decode()


def test_people_lead_to_their_pages_for_who_may_open_them(
    story: dict[str, UUID], as_role: Callable[[str], Client]
) -> None:
    clerk = public_id("usr", member("Finance").id)
    assert f"/office/staff/{clerk}/" in as_role("Administrator").get("/office/audit/").content.decode()


def test_the_list_is_narrowed_by_everything_together(story: dict[str, UUID], finance: Client) -> None:
    whole = rows_of(finance)
    by_clerk = rows_of(finance, who="finance")
    assert [row[0] for row in by_clerk] == ["Payment edited", "Details changed"]
    assert rows_of(finance, who="finance", kind="customer") == by_clerk[1:]
    assert rows_of(finance, who="finance", kind="invoice") == rows_of(finance, who="nobody at all") == []
    assert rows_of(finance, action="no such act") == []
    assert {row[3] for row in rows_of(finance, **{"as": "system"})} == {"Tests System"}
    vienna = rows_of(finance, day_from="2026-03-02", day_to="2026-03-02")
    assert len(vienna) == 3
    assert rows_of(finance, day_from="2026-03-01", day_to="2026-03-01") == []
    assert rows_of(finance, q="acme", who="finance") == by_clerk[1:]
    assert rows_of(finance, q="no such words") == []
    assert len(whole) > len(rows_of(finance, q=public_id("inv", story["invoice"]))) == 2
    assert finance.get("/office/audit/?kind=nothing").status_code == 400
    assert finance.get("/office/audit/?after=nothing").status_code == 400


def test_the_file_has_the_same_rows_without_what_is_private(story: dict[str, UUID], finance: Client) -> None:
    assert len(file_of(finance)) == len(rows_of(finance))
    rows = file_of(finance, who="finance")
    assert [(row["What"], row["As"], row["When"]) for row in rows] == [
        ("Payment edited", "Staff", "2026-03-02T00:30:00+01:00"),
        ("Details changed", "Staff", "2026-03-02T00:30:00+01:00"),
    ]
    assert "Total: 60.00\N{NO-BREAK SPACE}EUR → 1,234.56\N{NO-BREAK SPACE}EUR" in rows[0]["Change"]
    assert rows[0]["Id"] == public_id("pay", story["payment"])
    assert "Private text: (private)" in rows[0]["Change"]
    for hidden in ("secret words", "a remark", "sly"):
        assert hidden not in str(file_of(finance))
    assert file_of(finance, q="secret") == file_of(finance, q="sly") == []


def test_only_auditors_see_it(story: dict[str, UUID], client: Client) -> None:
    with transaction():
        staff_room.ensure_roles({"Narrow": ["view"]})
        staff_room.add_member(email="n@example.com", name="Nia", password="correct horse staple", roles=["Narrow"])
    client.force_login(User.objects.get(email="n@example.com"))
    assert client.get("/office/audit/").status_code == client.get("/office/audit/?format=csv").status_code == 403
    assert "/office/audit/" not in client.get("/office/").content.decode()


def test_every_act_and_thing_has_a_name() -> None:
    sources = [each.read_text() for each in Path(str(usecases.__file__)).parent.glob("*.py")]
    named = {name for source in sources for name in re.findall(r'action="(\w+)"', source)}
    kinds = {name for source in sources for name in re.findall(r'audit\.record[^)]*?kind="(\w+)"', source)}
    assert len(named) > 80
    assert named - ACTIONS.keys() == set()
    assert len(kinds) > 10
    assert kinds - OBJECTS.keys() == set()
    assert OBJECTS.keys() == OBJECT_KINDS.keys()


def test_changed_roles_say_only_what_came_and_went(story: dict[str, UUID], as_role: Callable[[str], Client]) -> None:
    boss, clerk = member("Administrator"), member("Finance")
    wanted = [role.id for role in roles.all_roles() if role.name == "Support"]
    staff.give_roles(actor=staff_actor(boss), at=moment(), member_id=clerk.id, role_ids=wanted)
    [given] = rows_of(as_role("Administrator"), action="roles changed")
    assert given[1:3] == ["Finance Okonkwo Member of staff", "Roles Finance → Support"]


def history_of(client: Client, address: str) -> list[str]:
    """This function will return what a page says of a thing's history, an entry a line."""
    page = client.get(address).content.decode()
    # On the page of a payment it is one with what happened.
    title = "What happened" if "/payments/pay_" in address else "Who did what"
    part = page.partition(f"{title}</h2>")[2].partition("</section>")[0]
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", each)).split()) for each in part.split('<li class="event"')[1:]]


def test_the_page_of_a_thing_shows_the_newest_of_its_history(
    business: Business, as_role: Callable[[str], Client]
) -> None:
    boss, customer = as_role("Administrator"), business.customer("Acme Corp")
    told = act(member("Administrator"))
    for days in range(1, 25):
        enrol.change_customer(**told, customer_id=customer, changes={"terms_days": 100 + days, "note": f"sly {days}"})
    address = f"/office/customers/{public_id('cus', customer)}/"
    shown = history_of(boss, address)
    assert len(shown) == 20
    assert "Terms in days 123 → 124" in shown[0]
    assert "Note sly 23 → sly 24" in shown[0]
    assert "Administrator Okonkwo" in shown[0]
    whole = f"/office/audit/?q={public_id('cus', customer)}"
    assert f'href="{whole}"' in boss.get(address).content.decode()
    assert len(rows_of(boss, q=public_id("cus", customer))) == 25


def test_the_page_of_a_payment_tells_in_one_history_what_happened_and_who_did_it(
    business: Business, as_role: Callable[[str], Client]
) -> None:
    customer = business.customer()
    payment, clerk = business.payment(customer, 600, days_ago=3), staff_actor(member("Finance"))
    amend.edit_payment(actor=clerk, at=moment(2), payment_id=payment, changes={"reference": "TRX 9"})
    allocate.reverse_payment(actor=clerk, at=moment(1), payment_id=payment, reason="Twice")
    address = f"/office/payments/{public_id('pay', payment)}/"
    page = as_role("Administrator").get(address).content.decode()
    assert "Who did what" not in page
    reversed_, edited, *made = history_of(as_role("Administrator"), address)
    assert [each.count("Twice") for each in (reversed_, edited)] == [1, 0]
    assert "Finance Okonkwo" in reversed_
    assert "Reference nothing → TRX 9" in edited
    assert any("Payment recorded" in each for each in made)
    # What the audit does not tell, the payment does: the number of its receipt.
    assert sum("Receipt: R-" in each for each in made) == 1


def test_every_page_of_a_thing_has_its_history(business: Business, as_role: Callable[[str], Client]) -> None:
    boss, clerk = as_role("Administrator"), member("Finance")
    customer = business.customer()
    invoice, payment = business.invoice(customer, 5000), business.payment(customer, 600)
    opened = dispute.record_bank_return(actor=SYSTEM, at=moment(), payment_id=payment, amount_minor=100)["id"]
    configure.change_settings(**act(member("Administrator")), changes={"business_name": "Northwind"})
    run = bill_run.begin_bill_run(actor=SYSTEM, at=moment(), as_of_date=moment().date(), workers=0)["id"]
    made = bulk.begin_bulk_act(actor=staff_actor(clerk), at=moment(), action="cancel", payment_ids=[payment])["id"]
    files = import_payments.begin_import(
        actor=SYSTEM, at=moment(), name="march.csv", content=b"Date,Amount\n2026-03-01,12.50\n"
    )["id"]
    group = grouping.create_group(actor=SYSTEM, at=moment(), name="All", billing_day=1, payer_id=customer)["id"]
    grouping.add_member(actor=SYSTEM, at=moment(), group_id=uid(group), customer_id=customer)
    product = offer.add_product(actor=SYSTEM, at=moment(), name="Laptop")["id"]
    offer.add_variant(actor=SYSTEM, at=moment(), product_id=uid(product), name="Pro 16")
    role = next(each for each in roles.all_roles() if each.name == "Finance")
    recombine.change_role(
        **act(member("Administrator")),
        role_id=role.id,
        name="Money",
        permissions=sorted(role.permissions - {"payments.cancel"}),
    )
    keys.create_api_key(**act(member("Administrator")), name="Shop", permissions=["view"])
    staff.deactivate_member(**act(member("Administrator")), member_id=clerk.id)
    expected = {
        f"customers/{public_id('cus', customer)}": "Customer added",
        f"invoices/{public_id('inv', invoice)}": "Invoice issued",
        f"payments/{public_id('pay', payment)}": "Payment recorded",
        f"disputes/{opened}": "Bank return recorded",
        f"bill-runs/{run}": "Bill run started",
        f"payments/bulk/{made}": "Act on many payments started",
        f"payments/import/{files}": "File of payments uploaded",
        f"billing-groups/{group}": "Joined the billing group",
        f"catalogue/{product}": "Variant added",
        "catalogue/tax-rates": "Tax rate added",
        f"staff/roles/{public_id('rol', role.id)}": "Role changed",
        f"staff/{public_id('usr', clerk.id)}": "Kept out",
        "settings": "Setting changed",
        "keys": "API key created",
    }
    for path, word in expected.items():
        shown = history_of(boss, f"/office/{path}/")
        assert any(word in each for each in shown), (path, shown)
        assert "All of its history" in boss.get(f"/office/{path}/").content.decode(), path
    # What somebody may do is told in the sentences of the roles.
    changed = " ".join(history_of(boss, f"/office/staff/roles/{public_id('rol', role.id)}/"))
    assert "Permissions Cancel promised payments that will not come. → nothing" in changed
    made = " ".join(history_of(boss, "/office/keys/"))
    assert "Permissions See customers, invoices, payments and subscriptions, and why a balance is what it is." in made


def test_ids_that_name_nothing_are_left_out_and_those_of_things_are_names(business: Business, finance: Client) -> None:
    payment = business.payment(business.customer(), 5000)
    told = {"actor": SYSTEM, "at": moment()}
    refund.refund_payment(**told, payment_id=payment, amount_minor=1000, reason="Left early", method="cash")
    wrong = business.payment(business.customer(), 700)
    allocate.reverse_payment(**told, payment_id=wrong, reason="Entered twice")
    opened = dispute.record_bank_return(**told, payment_id=payment, amount_minor=100)["id"]
    product = offer.add_product(**told, name="Laptop")["id"]
    variant = offer.add_variant(**told, product_id=uid(product), name="Pro 16")["id"]
    price = offer.add_price(
        **told,
        variant_id=uid(variant),
        currency="EUR",
        frequency="monthly",
        amount_minor=8900,
        tax_rate_id=business.vat,
    )["id"]
    offer.change_price(**told, price_id=uid(price), changes={"tax_rate_id": business.exempt})
    [ordered] = rows_of(finance, action="refund ordered")
    assert ordered[2] == "Amount 10.00 EUR Refund Refund Reason Left early"
    assert "Reason Entered twice" in rows_of(finance, action="payment reversed")[0][2]
    [returned] = rows_of(finance, q=opened)
    assert returned[1] == f"{ordered[1].removesuffix(' Payment')} Dispute"
    [added] = rows_of(finance, action="price added")
    assert added[1:3] == ["Laptop – Pro 16 Price", "Amount 89.00 EUR Frequency Monthly"]
    assert any("Tax rate VAT 20 % → Exempt" in row[2] for row in rows_of(finance, action="price changed"))
