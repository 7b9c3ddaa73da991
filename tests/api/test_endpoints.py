"""Each call does what the document says, and answers with the whole thing."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from tallystick.foundation.ids import public_id
from tallystick.foundation.transactions import transaction
from tallystick.ledger.operations import set_rate
from tests.api.caller import Caller
from tests.api.conftest import TODAY, Business, a_payment


def test_a_key_is_told_what_it_may_do(business: Business) -> None:
    told = business.caller("view", "payments.record", customer=business.x).get("/me")
    assert told.status == 200
    assert told.body["permissions"] == ["payments.record", "view"]
    assert told.body["customer"] == business.cus_x
    assert "secret" not in told.body


def test_a_customer_is_added_changed_and_read(api: Caller) -> None:
    made = api.post(
        "/customers",
        {
            "kind": "business",
            "name": "Analytical Engines Ltd",
            "currency": "EUR",
            "terms_days": 14,
            "time_zone": "Europe/Vienna",
            "address": {"lines": "Ring 1", "postal_code": "1010", "city": "Wien", "country": "AT"},
            "note": "Calls on Fridays",
            "contacts": [{"name": "Ada", "email": "ada@example.com", "is_billing": True, "rights": ["view"]}],
        },
    )
    assert made.status == 201
    assert made.body["number"].startswith("C-")
    assert made.body["contacts"][0]["rights"] == ["view"]
    assert made.body["address"]["city"] == "Wien"
    assert b"Fridays" not in made.raw
    path = f"/customers/{made.body['id']}"
    changed = api.patch(path, {"terms_days": 30, "address": {"city": "Graz"}})
    assert changed.status == 200
    assert (changed.body["terms_days"], changed.body["name"]) == (30, "Analytical Engines Ltd")
    assert changed.body["address"] == {**made.body["address"], "city": "Graz"}
    assert api.get(path).body == changed.body
    assert api.get("/customers", search="analytical").body["data"] == [changed.body]


def test_a_contact_is_added_and_invited_once(api: Caller, business: Business) -> None:
    added = api.post(f"/customers/{business.cus_x}/contacts", {"name": "Bo", "email": "bo@example.com"})
    assert added.status == 201
    body = {"contact": added.body["id"]}
    first = api.post(f"/customers/{business.cus_x}/portal_invitations", body)
    assert (first.status, first.body) == (201, {"contact": added.body["id"], "invited": True})
    assert api.post(f"/customers/{business.cus_x}/portal_invitations", body).body["invited"] is False
    again = api.post(f"/customers/{business.cus_x}/contacts", {"name": "Bo", "email": "BO@example.com"})
    assert (again.status, again.body["code"], again.body["field"]) == (409, "contact_exists", "email")


def test_a_contact_is_changed_and_removed(api: Caller, business: Business) -> None:
    path = f"/customers/{business.cus_x}/contacts"
    added = api.post(path, {"name": "Bo", "email": "bo@example.com", "rights": ["view"], "invites": True})
    own = f"{path}/{added.body['id']}"
    changed = api.patch(own, {"rights": ["pay", "view"]})
    assert (changed.status, changed.body) == (200, {**added.body, "rights": ["pay", "view"]})
    assert api.patch(own, {"rights": ["rule"]}).status == 422
    chosen = api.patch(own, {"mails": ["statements", "invoices"], "notice_days": 14})
    assert (chosen.body["mails"], chosen.body["is_billing"], chosen.body["notice_days"]) == (
        ["invoices", "statements"],
        True,
        14,
    )
    assert api.patch(own, {"mails": ["invoices", "gossip"]}).status == 422
    assert api.patch(own, {"notice_days": 31}).body["field"] == "notice_days"
    assert api.patch(own, {"notice_days": None}).body["notice_days"] is None
    assert api.patch(own, {"language": "de"}).body["language"] == "de"
    assert api.patch(own, {"language": "fr"}).body["field"] == "language"
    assert api.patch(own, {"email": "other@example.com"}).status == 422
    removed = api.post(f"{own}/remove", {}, key="once")
    assert (removed.status, added.body["id"] in {each["id"] for each in removed.body["contacts"]}) == (200, False)
    assert api.post(f"{own}/remove", {}, key="once").replayed
    assert api.post(f"{own}/remove", {}).status == 404


def test_an_invoice_goes_from_draft_to_credit(api: Caller, business: Business) -> None:
    assert api.get("/tax_rates").body["data"][1]["percent"] == "20.0000"
    line = {
        "description": "Support",
        "quantity": "1.5",
        "unit_price_minor": 10000,
        "tax_rate": business.tax_rate,
        "period_start": "2026-03-01",
        "period_end": "2026-04-01",
    }
    discount = {"description": "Discount", "quantity": "1", "unit_price_minor": -1000, "tax_rate": business.tax_rate}
    draft = api.post(
        "/invoices", {"customer": business.cus_x, "currency": "EUR", "lines": [line, discount], "title": "March"}
    )
    assert draft.status == 201
    assert (draft.body["state"], draft.body["number"], draft.body["total_minor"]) == ("draft", None, 16800)
    path = f"/invoices/{draft.body['id']}"
    issued = api.post(f"{path}/issue", {"sends_mail": False})
    assert (issued.status, issued.body["state"], issued.body["open_minor"]) == (200, "open", 16800)
    assert issued.body["number"].startswith("INV-")
    assert api.get(path).body == issued.body
    credited = api.post(
        f"{path}/credit_notes", {"reason": "A day less", "lines": [{"position": 1, "gross_minor": 1200}]}
    )
    assert (credited.status, credited.body["total_minor"], credited.body["tax_minor"]) == (201, 1200, 200)
    assert api.get(f"/credit_notes/{credited.body['id']}").body == credited.body
    rest = api.post(f"{path}/credit_notes", {"reason": "All of it"})
    assert rest.body["total_minor"] == 15600
    assert api.get(path).body["state"] == "credited"
    assert [each["id"] for each in api.get("/invoices", state="credited").body["data"]] == [draft.body["id"]]
    assert api.get("/invoices", state="paid").body["data"] == []
    gone = api.post(f"{path}/void", {"reason": "Too late"})
    assert (gone.status, gone.body["code"]) == (409, "invoice_is_settled")
    assert gone.body["invoice"] == draft.body["id"]


def test_an_invoice_is_voided(api: Caller, business: Business) -> None:
    invoice = business.open_invoice(business.x)
    done = api.post(f"/invoices/{invoice}/void", {"reason": "Twice"})
    assert (done.status, done.body["state"]) == (200, "void")
    assert api.get(f"/customers/{business.cus_x}/standings").body["data"] == [
        {"currency": "EUR", "owes_minor": 0, "credit_minor": 0, "wallet_minor": 0}
    ]


def test_a_payment_is_recorded_allocated_and_released(api: Caller, business: Business) -> None:
    invoice = business.open_invoice(business.x)
    made = api.post(
        "/payments",
        a_payment(customer=business.cus_x, status="paid", method="cash", reference="B-17", description="May #secret"),
    )
    assert made.status == 201
    assert (made.body["status"], made.body["unallocated_minor"]) == ("completed", 5000)
    assert made.body["receipt_number"].startswith("R-")
    assert b"secret" not in made.raw
    path = f"/payments/{made.body['id']}"
    part = {"invoice": invoice, "amount_minor": 3000}
    allocated = api.post(f"{path}/allocate", {"allocations": [part]})
    assert (allocated.status, allocated.body["allocated_minor"]) == (200, 3000)
    (allocation,) = allocated.body["allocations"]
    released = api.post(f"/allocations/{allocation['id']}/release")
    assert (released.status, released.body["allocated_minor"]) == (200, 0)
    assert api.post(f"{path}/allocate", {"takes_oldest_first": True}).body["allocated_minor"] == 5000
    reversed_ = api.post(f"{path}/reverse", {"reason": "Wrong customer"})
    assert (reversed_.status, reversed_.body["reversed"], reversed_.body["unallocated_minor"]) == (200, True, 0)
    assert api.get(f"/invoices/{invoice}").body["open_minor"] == 10680


def test_money_in_suspense_is_assigned_and_taken_back(api: Caller, business: Business) -> None:
    made = api.post("/payments", a_payment()).body
    path = f"/payments/{made['id']}"
    assert [each["id"] for each in api.get("/payments", suspense="true").body["data"]] == [made["id"]]
    assert api.post(f"{path}/assign", {"customer": business.cus_x}).body["customer"] == business.cus_x
    assert api.get("/payments", suspense="true").body["data"] == []
    assert api.get("/payments", unallocated="true", customer=business.cus_x).body["data"][0]["id"] == made["id"]
    assert api.post(f"{path}/unassign").body["customer"] is None
    assert api.post(f"{path}/reverse", {"reason": "Not ours"}).body["reversed"] is True
    again = api.post(f"{path}/assign", {"customer": business.cus_x})
    assert (again.status, again.body["code"]) == (409, "payment_not_completed")


def test_the_sixth_edit_of_an_assignment_is_refused_and_repeats_count_nothing(
    api: Caller, business: Business, traces: Callable[[], dict[str, int]]
) -> None:
    path = f"/payments/{api.post('/payments', a_payment(customer=business.cus_x)).body['id']}"
    for turn in range(2):
        for act, body in (("unassign", {}), ("assign", {"customer": business.cus_x})):
            first, again = (api.post(f"{path}/{act}", body, key=f"{act} {turn}") for _ in range(2))
            assert (first.status, again.raw, again.replayed) == (200, first.raw, True)
            # Refused, and not counted: it is where it is.
            refused = api.post(f"{path}/{act}", body)
            assert (refused.status, refused.body["code"]) == (409, "payment_in_use")
    before = traces()
    told = api.post(f"{path}/unassign")
    assert (told.status, told.body["code"], told.body["limit"]) == (409, "assignment_edit_limit_reached", 5)
    assert traces() == before
    assert api.get(path).body["customer"] == business.cus_x


def test_a_payment_that_looks_the_same_is_refused_unless_the_caller_says_so(
    business: Business, api: Caller, traces: Callable[[], dict[str, int]]
) -> None:
    body = a_payment(customer=business.cus_x, reference="B-17")
    first = api.post("/payments", body, key="order-1")
    before = traces()
    again = api.post("/payments", body, key="order-1")
    assert (again.status, again.replayed, again.body) == (201, True, first.body)
    refused = api.post("/payments", {**body, "received_date": "2026-01-02"})
    assert (refused.status, refused.body["code"], refused.body["payment"]) == (
        409,
        "duplicate_payment",
        first.body["id"],
    )
    assert traces() == before
    another = api.post("/payments", {**body, "allows_duplicate": True})
    assert (another.status, another.body["id"] == first.body["id"]) == (201, False)


def test_a_payment_is_edited_and_a_promise_deleted(business: Business, api: Caller) -> None:
    promised = api.post(
        "/payments", a_payment(customer=business.cus_x, status="pending", description="May #angry")
    ).body
    path = f"/payments/{promised['id']}"
    edited = api.patch(path, {"description": "June", "total_minor": 4000, "customer": business.cus_y, "method": "cash"})
    assert (edited.status, edited.body["description"], edited.body["total_minor"]) == (200, "June", 4000)
    assert (edited.body["customer"], edited.body["method"]) == (business.cus_y, "cash")
    assert "angry" not in edited.raw.decode()
    booked = api.post("/payments", a_payment(customer=business.cus_x)).body["id"]
    assert api.patch(f"/payments/{booked}", {"reference": "B-18"}).body["reference"] == "B-18"
    fixed = api.patch(f"/payments/{booked}", {"total_minor": 1})
    assert (fixed.status, fixed.body["code"], fixed.body["payment"]) == (409, "payment_facts_fixed", booked)
    kept = api.post(f"/payments/{booked}/delete")
    assert (kept.status, kept.body["code"]) == (409, "payment_not_deletable")
    gone = api.post(f"{path}/delete", key="gone")
    assert (gone.status, gone.body["total_minor"]) == (200, 4000)
    assert api.post(f"{path}/delete", key="gone").replayed
    assert (api.get(path).status, api.post(f"{path}/delete").status) == (404, 404)
    assert [each["id"] for each in api.get("/payments").body["data"]] == [booked]


def test_a_promised_payment_comes_or_does_not(api: Caller, business: Business) -> None:
    promised = a_payment(customer=business.cus_x, status="pending")
    path = f"/payments/{api.post('/payments', promised).body['id']}"
    paid = api.post(f"{path}/mark_paid", {"received_date": TODAY, "method": "cheque", "total_minor": 4900})
    assert (paid.status, paid.body["status"], paid.body["total_minor"]) == (200, "completed", 4900)
    other = f"/payments/{api.post('/payments', promised).body['id']}"
    assert api.post(f"{other}/cancel").body["status"] == "cancelled"
    again = api.post(f"{other}/cancel")
    assert (again.status, again.body["code"], again.body["payment_status"]) == (
        409,
        "payment_transition_refused",
        "cancelled",
    )


def test_money_comes_in_another_currency(api: Caller, business: Business) -> None:
    with transaction():
        set_rate(currency="USD", valid_from=date(2020, 1, 1), rate=Decimal("0.92"), source="ECB")
    invoice = business.open_invoice(business.x)
    dollars = {"amount_minor": 10000, "currency": "USD"}
    told = a_payment(allocations=[{"invoice": invoice}], came=dollars)
    listed = api.post("/payments", {**told, "total_minor": None})
    assert (listed.status, listed.body["total_minor"], listed.body["currency"]) == (201, 9200, "EUR")
    assert listed.body["came"] == {**dollars, "rate": "0.92", "rate_source": "ECB"}
    promised = api.post("/payments", a_payment(customer=business.cus_x, status="pending", total_minor=5000)).body
    path = f"/payments/{promised['id']}/mark_paid"
    how = {"received_date": TODAY, "method": "bank_transfer", "came": dollars}
    paid = api.post(path, {**how, "total_minor": 9000})
    assert (paid.status, paid.body["total_minor"], paid.body["came"]["rate"]) == (200, 9000, "0.9")
    nothing = api.post("/payments", {**a_payment(), "total_minor": None})
    assert (nothing.status, nothing.body["field"]) == (422, "total_minor")
    same = api.post("/payments", a_payment(came={"amount_minor": 100, "currency": "EUR"}))
    assert (same.status, same.body["code"]) == (422, "exchange_not_accepted")


def test_money_is_paid_back(api: Caller, business: Business) -> None:
    invoice = business.open_invoice(business.x)
    made = api.post("/payments", a_payment(allocations=[{"invoice": invoice}], total_minor=10680)).body
    path = f"/payments/{made['id']}/refund"
    wrong = api.post(path, {"amount_minor": 100, "reason": "Paid twice"})
    assert (wrong.status, wrong.body["field"]) == (422, "method")
    done = api.post(path, {"amount_minor": 680, "reason": "Paid twice", "still_owed": True, "method": "bank_transfer"})
    assert (done.status, done.body["kind"], done.body["total_minor"]) == (201, "refund", -680)
    assert (done.body["refund_of"], done.body["unallocated_minor"]) == (made["id"], 0)
    assert api.get(f"/invoices/{invoice}").body["open_minor"] == 680
    twice = api.post(f"/payments/{done.body['id']}/refund", {"amount_minor": 100, "reason": "Back", "method": "cash"})
    assert twice.status == 422
    too_much = api.post(path, {"amount_minor": 10680, "reason": "All", "method": "cash"})
    assert (too_much.status, too_much.body["code"]) == (409, "nothing_to_refund_from")
    assert (too_much.body["left_minor"], too_much.body["currency"]) == (10000, "EUR")
    assert too_much.body["detail"] == "Only 100.00 EUR of this payment can still be refunded."
    assert [each["kind"] for each in api.get("/payments", kind="refund").body["data"]] == ["refund"]
    assert [each["kind"] for each in api.get("/payments", unallocated="true").body["data"]] == []


def test_gateway_accounts_show_their_names_only(api: Caller, business: Business) -> None:
    account = business.gateway()
    assert api.get("/gateway_accounts").body == {"data": [{"id": account, "name": "Cards"}]}


def test_lists_narrow_as_the_screens_do(api: Caller, business: Business) -> None:
    invoice = business.open_invoice(business.x)
    cash = api.post("/payments", a_payment(customer=business.cus_x, method="cash", reference="Till 7")).body["id"]
    promised = api.post("/payments", a_payment(customer=business.cus_y, status="pending", currency="USD")).body["id"]
    every = [each["id"] for each in api.get("/payments").body["data"]]
    expected = next(each for each in every if each not in {cash, promised})

    def found(**query: str) -> set[str]:
        return {each["id"] for each in api.get("/payments", **query).body["data"]}

    assert found(status="paid") == {cash}
    assert found(status="pending") == {promised, expected}
    assert found(kind="scheduled") == {expected}
    assert found(currency="USD") == {promised}
    assert found(method="cash") == {cash}
    assert found(search="till") == {cash}
    assert found(customer=business.cus_y) == {promised}
    assert found(due_from=TODAY, due_until=TODAY) == {expected}
    assert found(received_from=TODAY) == {cash}
    assert found(received_until="2020-01-01") == set()
    assert [each["id"] for each in api.get("/invoices", customer=business.cus_x, state="open").body["data"]] == [
        invoice
    ]
    assert api.get("/invoices", currency="USD").body["data"] == []
    assert {each["id"] for each in api.get("/customers", kind="business").body["data"]} == {
        business.cus_x,
        business.cus_y,
    }


def test_documents_whose_time_has_not_come_are_refused_as_the_document_says(api: Caller, business: Business) -> None:
    pending = api.post("/payments", a_payment(customer=business.cus_x, status="pending")).body["id"]
    wanted = {"customer": business.cus_x, "currency": "EUR", "total_minor": 5000}
    draft = api.post("/topup_requests", wanted).body["id"]
    invoice = public_id("inv", business.draft(business.x, day=TODAY))
    refused = [
        api.get(f"/payments/{pending}/receipt"),
        api.get(f"/topup_requests/{draft}/pdf"),
        api.get(f"/invoices/{invoice}/pdf"),
    ]
    assert [(each.status, each.body["code"]) for each in refused] == [
        (409, "no_receipt"),
        (409, "invoice_not_issued"),
        (409, "invoice_not_issued"),
    ]


def test_the_customers_search_finds_no_private_text(api: Caller, business: Business) -> None:
    api.post("/payments", a_payment(customer=business.cus_x, description="Rent #marker-4711"))
    assert len(api.get("/payments", search="rent").body["data"]) == 1
    assert api.get("/payments", search="marker-4711").body["data"] == []


def test_public_ids_are_written_one_way(api: Caller, business: Business) -> None:
    assert api.get(f"/customers/{public_id('cus', business.x).upper()}").status == 404
    assert api.get(f"/customers/{business.x}").status == 404
