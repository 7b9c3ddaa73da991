"""Text behind `#` and remarks leave the back office by no way at all (`docs/model.md`, 11; row A9)."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from urllib.parse import quote, quote_plus

import orjson
import pikepdf
import pytest
from django.http import HttpResponseBase, StreamingHttpResponse
from django.urls import NoReverseMatch, reverse

from tallystick.customers import queries as customers
from tallystick.foundation.ids import public_id
from tallystick.interfaces.portal.urls import urlpatterns
from tallystick.invoices.models import Invoice
from tallystick.payments.models import Attempt
from tests.api.caller import Answer
from tests.api.recipes import RECIPES, routes
from tests.api.things import Things, things_of
from tests.conftest import given_back
from tests.sandbox_service import SandboxService, running_sandbox
from tests.scenarios.conftest import uid
from tests.scenarios.leaks import found_in
from tests.scenarios.private_story import OPEN, SECRETS, Story, description, remark

pytestmark = pytest.mark.django_db
WORD = SECRETS[1]
# What the customer sees of a payment that was made, by the names of the story.
MADE = (
    "recorded",
    "marked",
    "edited",
    "imported",
    "paid",
    "assigned",
    "source",
    "returned",
    "refund",
    "wrongly",
    "givenback",
)
# What a program that is narrowed to the customer writes about it, with private text where there is a place for it.
WRITES = {
    "record_payment": {"description": description("program"), "remark": remark("program")},
    "edit_payment": {"description": description("program"), "remark": remark("program")},
    "charge_account": {"description": description("program")},
    "refund_payment": {"reason": description("program")},
    "create_invoice": {"remark": remark("program")},
    "issue_credit_note": {"reason": description("program")},
    "create_topup_request": {"remark": remark("program")},
    "create_subscription": {"remark": remark("program")},
    "edit_subscription": {"remark": remark("program")},
    "agree_due_date": {"note": description("program")},
    "pause_reminders": {"reason": description("program")},
    "promise_to_pay": {"note": description("program")},
    "pause_reminders_of_customer": {"reason": description("program")},
}
# What has to be done before a call is about something.
AFTER = {
    "resume_subscription": "pause_subscription",
    "lift_suspension": "suspend_subscription",
    "remove_contact": "add_contact",
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxService]:
    """The payment service."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as served:
        yield served


@pytest.fixture
def story(db: None, service: SandboxService) -> Story:
    """The customer about whom much is written."""
    return Story(service)


def public(name: str) -> tuple[str, str]:
    """This function will return the words of a payment of the story that anybody may read."""
    return OPEN[0] + name, OPEN[1] + name


def private(content: bytes) -> set[str]:
    """This function will return the private words in something that leaves the house."""
    return found_in(content, *SECRETS)


def content_of(answer: HttpResponseBase) -> bytes:
    """This function will return all that a server sends: the body, and the headers, where a file has its name."""
    body = b"".join(answer) if isinstance(answer, StreamingHttpResponse) else answer.content  # type: ignore[attr-defined]
    assert not private(str(answer.headers).encode())
    return bytes(body)


def without(page: bytes, sought: str) -> bytes:
    """This function will take what was searched for, which the page repeats, out of a page."""
    # The link that keeps the search as a view has it in an address within an address.
    for form in (quote(quote(sought)), quote_plus(quote_plus(sought)), sought, quote(sought), quote_plus(sought)):
        page = page.replace(form.encode(), b"")
    return page


def _pdf() -> bytes:
    pdf, into = pikepdf.new(), io.BytesIO()
    pdf.add_blank_page()
    pdf.pages[0].Contents = pdf.make_stream(f"% {WORD}".encode())
    pdf.save(into, compress_streams=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return into.getvalue()


def _titled_pdf() -> bytes:
    pdf, into = pikepdf.new(), io.BytesIO()
    pdf.add_blank_page()
    pdf.docinfo["/Title"] = pikepdf.String(WORD)
    pdf.save(into)
    return into.getvalue()


def _zip(content: bytes) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", content)
    return into.getvalue()


def _mail() -> bytes:
    mail = EmailMessage()
    mail["Subject"] = "Nothing"
    mail.set_content("Nothing")
    mail.add_attachment(_zip(WORD.encode()), maintype="application", subtype="zip", filename="a.zip")
    return mail.as_bytes()


def _subject() -> bytes:
    mail = EmailMessage()
    mail["Subject"] = WORD
    return mail.as_bytes()


@pytest.mark.parametrize(
    "content",
    [
        WORD.upper().encode(),
        WORD.encode("utf-16-be"),
        WORD.encode("utf-16-be").hex().upper().encode(),
        quote(WORD).encode(),
        quote(WORD).lower().encode(),
        b"&#382;qverb&ouml;rgen",
        b"%26%23x17e;qverb%c3%b6rgen",
        orjson.dumps({"a": WORD}),
        b'"\\u017eqverb\\u00F6rgen"',
        b'{"a": "&quot;\\u017eqverb\\u00f6r<br>"}'.replace(b"<br>", b"gen"),
        "z\u030cqverbo\u0308rgen".encode(),
        "žqver\nbör\u00adgen".encode(),
        _pdf(),
        _titled_pdf(),
        _zip(_pdf()),
        _mail(),
        _subject(),
    ],
)
def test_the_search_sees_a_word_however_it_is_written(content: bytes) -> None:
    assert found_in(content, WORD) == {WORD}


def test_no_page_or_file_of_the_portal_has_it(story: Story) -> None:
    client, seen = story.contact(), {}
    story.pause(story.invoice(940))
    things = [
        *story.public_payments().values(),
        *(
            public_id("inv", each)
            for each in Invoice.objects.filter(customer=story.customer).values_list("id", flat=True)
        ),
        *(public_id("att", each) for each in Attempt.objects.values_list("id", flat=True)),
        story.credit_note,
        story.tax_document,
        story.purchase_tax_document,
        *(public_id("con", each.id) for each in customers.contacts(story.customer)),
        story.business.card(story.customer, public_id("gwa", story.account)),
        story.business.caller()
        .post(
            f"/customers/{public_id('cus', story.customer)}/method_setups",
            {"gateway_account": public_id("gwa", story.account), "return_url": "https://shop.example"},
        )
        .body["id"],
    ]
    reached = set()
    for route in urlpatterns:
        for address in _addresses(str(route.name), things):
            answer = client.get(address)
            if answer.status_code < 400:
                reached.add(route.name)
                seen[address] = content_of(answer)
    assert reached >= {route.name for route in urlpatterns} - {
        *(
            "check",
            "give-up",
            "try-again",
            "choose-day",
            "promise-to-pay",
            "sent",
            "complete",
            "withdraw",
            "autopay-end",
            "method-default",
        ),
        *("contact-let-in", "language"),
    }
    assert {address: words for address, content in seen.items() if (words := private(content))} == {}
    for name in MADE:
        payment = story.public_payments()[name]
        for address in (
            reverse("portal:payments"),
            reverse("portal:payment-file"),
            reverse("portal:payment", args=[payment]),
        ):
            assert found_in(seen[address], *public(name)) == set(public(name)), (name, address)
    for route_name in ("receipt", "receipt-pdf"):
        address = reverse(f"portal:{route_name}", args=[story.public_payments()["recorded"]])
        assert found_in(seen[address], *public("recorded")) == set(public("recorded"))

    # And what is answered to what the customer does.
    done = set()
    for name in ("check", "give-up", "try-again", "sent", "complete", "withdraw"):
        for payment in story.public_payments().values():
            answer = client.post(reverse(f"portal:{name}", args=[payment]), {"reference": "TRX"}, follow=True)
            assert not private(content_of(answer)), (name, payment)
            if answer.status_code == 200:
                done.add(name)
    assert done >= {"sent", "withdraw"}


def _addresses(name: str, things: list[str]) -> list[str]:
    try:
        return [reverse(f"portal:{name}")]
    except NoReverseMatch:
        return [reverse(f"portal:{name}", args=[thing]) for thing in things]


def test_the_customers_own_search_does_not_find_by_it(story: Story) -> None:
    client, program = story.contact(), story.business.caller(customer=story.customer)
    sought_for = [
        *SECRETS,
        *(each[:5] for each in SECRETS),
        *(f"{secret}{more}" for secret in SECRETS for more in ("recorded", "pending", "bought", "remarkrecorded")),
        *(f"{OPEN[0]} {secret}" for secret in SECRETS),
    ]
    for sought in sought_for:
        for address in ("payments", "payment-file"):
            answer = content_of(client.get(reverse(f"portal:{address}"), {"q": sought}))
            if address == "payments":
                assert not found_in(without(answer, sought), *OPEN), sought
        for path in ("/payments", "/invoices", "/customers"):
            told = program.get(path, search=sought)
            assert (told.status, told.body["data"]) == (200, []), (path, sought)
    for name in MADE:
        for sought in public(name):
            page = content_of(client.get(reverse("portal:payments"), {"q": sought}))
            assert found_in(without(page, sought), *OPEN), sought
            assert len(program.get("/payments", search=sought).body["data"]) == 1


def test_no_answer_to_a_narrowed_key_has_it(story: Story) -> None:
    business = story.business
    program = business.caller(customer=story.customer)
    things = _described(story, things_of(business, business.cus_x))
    read, payments = set(), story.public_payments()
    for route in routes():
        if route.method != "get":
            continue
        for each in _about(story, things, route.slots):
            answer = route.make(program, each)
            assert not private(_all_of(answer)), (route, each)
            if answer.status == 200:
                read.add(route.name)
    assert read >= {"list_payments", "get_payment", "download_receipt", "list_charges", "get_charge", "get_statement"}
    assert read >= {"download_statement", "download_statement_csv", "list_topup_requests", "download_topup_request"}
    assert read >= {"get_subscription", "list_disputes", "get_dispute", "get_invoice", "download_invoice"}
    assert read >= {"get_dunning", "get_offers", "get_pause_of_customer"}
    for name in MADE:
        assert found_in(program.get(f"/payments/{payments[name]}").raw, *public(name)) == set(public(name))
        assert found_in(program.get("/payments", limit=100).raw, *public(name)) == set(public(name))


def _about(story: Story, things: Things, slots: list[str]) -> list[Things]:
    """The things that a call may be about: one of each, and all of the story's of the kinds that the call names."""
    told = [things]
    if {"payment", "charge"} & set(slots):
        told += [replace(things, payment=each, charge=each) for each in story.public_payments().values()]
    if "dispute" in slots:
        told += [replace(things, dispute=each) for each in story.disputes]
    if "topup_request" in slots:
        told.append(replace(things, topup_request=story.topup))
    return told


def test_no_answer_to_a_write_has_it_and_no_replay(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, more in WRITES.items():
        recipe = RECIPES[name]
        monkeypatch.setitem(
            RECIPES, name, replace(recipe, body=lambda it, body=recipe.body, more=more: {**body(it), **more})
        )
    business = story.business
    program = business.caller(customer=story.customer)
    things = _described(story, things_of(business, business.cus_x))
    done, writes = set(), {route.name: route for route in routes() if route.method != "get"}
    for route in writes.values():
        with given_back():
            if route.name in AFTER:
                assert writes[AFTER[route.name]].make(program, things, key=f"before {route.name}").status < 300
            key, of = f"first {route.name}", things
            answers = [route.make(program, of, key=key)]
            if answers[0].status in {404, 409}:
                # It is about what is not done yet.
                pending = public_id("pay", story.record(route.name, 100, status="pending", allows_duplicate=True))
                key, of = f"pending {route.name}", replace(things, payment=pending)
                answers.append(route.make(program, of, key=key))
            if answers[-1].status < 300:
                done.add(route.name)
                again = route.make(program, of, key=key)
                assert again.raw == answers[-1].raw, route
                answers.append(again)
        assert [private(_all_of(answer)) for answer in answers] == [set()] * len(answers), route
    assert done >= WRITES.keys() | AFTER.keys() | {
        "allocate_payment",
        "mark_paid",
        "cancel_payment",
        "reverse_payment",
        "refund_payment",
    }


def _described(story: Story, things: Things) -> Things:
    """The same things, whose payment has private text, and whose reminders are paused for reasons that are private."""
    story.describe("described", uid("pay", things.payment))
    story.pause(uid("inv", things.invoice))
    return things


def _all_of(answer: Answer) -> bytes:
    return answer.raw + str(answer.response.headers).encode() if answer.body is not None else answer.raw
