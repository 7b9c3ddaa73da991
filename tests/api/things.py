"""One of every kind of thing that calls are about, made through the API, and ids that nobody has."""

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime

from tallystick.usecases import enrol
from tallystick.usecases.frame import SYSTEM
from tests.api.caller import Caller
from tests.api.conftest import Business, a_payment

MISSING = {
    "customer": "cus",
    "contact": "con",
    "invoice": "inv",
    "payment": "pay",
    "allocation": "alc",
    "credit_note": "crn",
    "payment_method": "pmt",
    "method_setup": "pms",
    "subscription": "sub",
    "contract_file": "fil",
    "dispute": "dsp",
    "topup_request": "inv",
    "tax_document": "txd",
    "purchase_tax_document": "ptx",
    "charge": "pay",
    "bulk_act": "blk",
    "approval": "apr",
    "wallet_draw": "wdr",
    "payment_link": "plk",
}
# What belongs to the business itself, and is named in addresses.
SHARED = (
    "dunning_plan",
    *("tax_rate", "product", "variant", "price", "group", "bill_run", "role", "member", "payment_import", "view"),
    *("audit_entry", "voucher_batch", "gateway_message", "letter"),
)
# A file that is one, by its first bytes.
A_FILE = ("contract.pdf", b"%PDF-1.7 signed")
A_TABLE = ("march.csv", b"Date,Amount,Reference\n2026-03-01,12.50,A\n2026-03-01,12.50,A\n")
A_BATCH = {
    "name": "Kiosk",
    "currency": "EUR",
    "amount_minor": 1000,
    "quantity": 2,
    "is_sold": True,
    "reseller": "Kiosk am Eck",
}
A_MAPPING = {
    "columns": {"date": 0, "amount": 1, "reference": 2},
    "decimal_mark": ".",
    "date_order": "ymd",
    "currency": "EUR",
}


@dataclass(frozen=True)
class Things:
    """One id of every kind of thing that belongs to a customer, and what everybody shares."""

    customer: str
    contact: str
    invoice: str
    payment: str
    allocation: str
    credit_note: str
    payment_method: str
    method_setup: str
    subscription: str
    contract_file: str
    dispute: str
    topup_request: str
    tax_document: str
    purchase_tax_document: str
    charge: str
    wallet_draw: str
    payment_link: str
    bulk_act: str
    approval: str
    dunning_plan: str
    tax_rate: str
    product: str
    variant: str
    price: str
    gateway_account: str
    group: str
    bill_run: str
    role: str
    member: str
    payment_import: str
    view: str
    audit_entry: str
    voucher_batch: str
    gateway_message: str
    letter: str


def things_of(business: Business, customer: str) -> Things:
    """This function will make one of everything for a customer, through the API."""
    caller = business.caller()
    inner = business.x if customer == business.cus_x else business.y
    # Credit that is left over shall not pay what is made here.
    enrol.change_customer(actor=SYSTEM, at=datetime.now(tz=UTC), customer_id=inner, changes={"applies_credit": False})
    credited = business.open_invoice(inner, 1000)
    note = caller.post(f"/invoices/{credited}/credit_notes", {"reason": "Test", "gross_minor": 200}).body
    settled, invoice = business.open_invoice(inner, 2000), business.open_invoice(inner, 3000)
    part = {"invoice": settled, "amount_minor": 700}
    payment = caller.post("/payments", a_payment(customer=customer, reference=customer, allows_duplicate=True)).body
    payment = caller.post(f"/payments/{payment['id']}/allocate", {"allocations": [part]}).body
    returned = caller.post("/payments", a_payment(customer=customer, reference="returned", allows_duplicate=True)).body
    product, variant, price = business.offered()
    subscription = business.rent(inner, price)
    tax_rate = caller.post("/tax_rates", {"name": f"VAT of {product}", "percent": "20"}).body["id"]
    plan = caller.post("/dunning_plans", {"name": f"Plan of {product[-8:]}"}).body["id"]
    caller.post(f"/dunning_plans/{plan}/levels", {"days": 9})
    for paused in (f"/invoices/{invoice}", f"/customers/{customer}"):
        caller.post(f"{paused}/dunning/pause", {"reason": "Is looked into"})
    caller.post("/bank_accounts", {"currency": "USD", "details": "Account number: 12345"})
    wanted = {"customer": customer, "currency": "EUR", "total_minor": 5000}
    topup = caller.post("/topup_requests", wanted).body["id"]
    caller.post(f"/topup_requests/{topup}/send", {})
    filled = caller.post("/topup_requests", wanted).body["id"]
    caller.post(f"/topup_requests/{filled}/send", {})
    topped = caller.post("/payments", a_payment(customer=customer, reference="topped", allows_duplicate=True)).body
    caller.post(f"/payments/{topped['id']}/allocate", {"allocations": [{"invoice": filled, "amount_minor": 500}]})
    taxed = caller.post("/topup_requests", {**wanted, "tax_rate": tax_rate}).body["id"]
    caller.post(f"/topup_requests/{taxed}/send", {})
    caller.post(f"/payments/{topped['id']}/allocate", {"allocations": [{"invoice": taxed, "amount_minor": 120}]})
    # A month whose tax invoice nobody issued yet.
    business.bought_before(inner, months_ago=2)
    bought = {**wanted, "total_minor": 120, "tax_rate": tax_rate, "description": "A call"}
    path = f"/subscriptions/{subscription}"
    # A change waits, which can be withdrawn.
    change = {"quantity": "2", "when": "renewal"}
    told = caller.get(f"{path}/preview_change", **change).body
    caller.post(f"{path}/change", {**change, "preview": told["preview"]})
    account = business.gateway()
    role = caller.post("/roles", {"name": f"Role {product[-8:]}", "permissions": ["view", "download"]}).body["id"]
    newcomer = {"name": "Eve", "email": f"{product}@example.com", "roles": [role]}
    return Things(
        customer=customer,
        contact=caller.get(f"/customers/{customer}").body["contacts"][0]["id"],
        invoice=invoice,
        payment=payment["id"],
        allocation=payment["allocations"][0]["id"],
        credit_note=note["id"],
        payment_method=business.card(inner, business.gateway()),
        # Nobody answers there, so it is over at once.
        method_setup=caller.post(
            f"/customers/{customer}/method_setups", {"gateway_account": account, "return_url": "https://shop.example"}
        ).body["id"],
        subscription=subscription,
        dispute=caller.post(f"/payments/{returned['id']}/bank_return", {"amount_minor": 1}).body["id"],
        contract_file=caller.upload(f"{path}/files", *A_FILE).body["id"],
        topup_request=topup,
        tax_document=caller.get(f"/topup_requests/{taxed}").body["tax_documents"][0]["id"],
        purchase_tax_document=caller.post(
            "/purchase_tax_documents",
            {"customer": customer, "currency": "EUR", "month": business.bought_before(inner, months_ago=1)},
        ).body["id"],
        wallet_draw=caller.post(f"/invoices/{settled}/wallet_draws", {"amount_minor": 1}).body["id"],
        payment_link=caller.post(f"/invoices/{invoice}/payment_links", {}).body["id"],
        charge=caller.post("/charges", bought).body["id"],
        # Begun by a program that sees this customer alone, so that it is this customer's.
        bulk_act=business.caller(customer=inner)
        .post("/payments/bulk", {"action": "cancel", "payments": [payment["id"]]})
        .body["id"],
        # One that can be archived without the rest of the business missing it.
        dunning_plan=plan,
        tax_rate=tax_rate,
        product=product,
        variant=variant,
        price=price,
        gateway_account=account,
        group=business.group(inner),
        bill_run=business.failed_run(subscription),
        approval=business.approval(inner),
        role=role,
        member=caller.post("/staff", newcomer).body["id"],
        payment_import=_an_import(caller),
        view=caller.post("/views", {"list": "payments", "name": product, "is_shared": True}).body["id"],
        audit_entry=caller.get("/audit", limit=1).body["data"][0]["id"],
        voucher_batch=caller.post("/voucher_batches", A_BATCH).body["id"],
        gateway_message=business.message(account, product),
        letter=business.letter(inner, invoice),
    )


def _an_import(caller: Caller) -> str:
    """A file that was read, of which one line is ready and one looks the same."""
    made: str = caller.upload("/payment_imports", *A_TABLE).body["id"]
    caller.post(f"/payment_imports/{made}/map", A_MAPPING)
    return made


def missing(things: Things, slot: str) -> Things:
    """This function will put an id that nobody has in the place of one thing."""
    return replace(things, **{slot: f"{MISSING[slot]}_{'0' * 12}7{'0' * 3}8{'0' * 15}"})


def marks() -> Things:
    """This function will return things that are nothing, to see where one of them would stand."""
    return Things(*["-"] * len(fields(Things)))


def by_parameter(things: Things) -> dict[str, str]:
    """This function will return the things by the names that addresses have for them."""
    named = {f"{slot}_id": getattr(things, slot) for slot in (*MISSING, *SHARED)}
    return {**named, "report": "metrics"}
