"""The hosted pages: pay or store a card, on a page of its own or as fields inside a merchant's page."""

import sqlite3
from collections.abc import Callable

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from tallystick_sandbox import cards, clock, disputes, hosted
from tallystick_sandbox.calls import the_sender, the_store
from tallystick_sandbox.currencies import amount_text
from tallystick_sandbox.errors import ConnectionCutError
from tallystick_sandbox.hosted import Visit

pages = Blueprint("pages", __name__)

BRANDS = {"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express"}
DECISIONS = (("won", "Merchant wins"), ("lost", "Customer wins"))
INQUIRY_DECISIONS = (("won", "Merchant wins"), ("escalate", "Open a dispute"))
# `pay` is a page of its own, `fields` stands in a frame of the merchant's page.
FINDERS: dict[str, Callable[[sqlite3.Connection, str], Visit | None]] = {
    "pay": hosted.by_checkout,
    "fields": hosted.by_id,
}


@pages.get("/<any(pay, fields):place>/<key>")
def show(place: str, key: str) -> AnyResponse:
    """This function will show the card form, or how the matter ended."""
    visit = _find(place, key)
    if visit.asked_by_bank:
        return _go(place, f"/{place}/{key}/challenge", visit)
    if not visit.waiting:
        return _page("done.html", place, visit)
    return _page("card.html", place, visit, typed={}, faults={})


@pages.post("/<any(pay, fields):place>/<key>")
def take_card(place: str, key: str) -> AnyResponse:
    """This function will take the card that a customer typed. Number and security code are read and forgotten."""
    visit = _find(place, key)
    typed = {name: request.form.get(name, "") for name in ("number", "expiry", "cvc", "name")}
    card, faults = cards.read_card(**typed, at=clock.now(the_store().reading()))
    if card is None:
        kept = {name: typed[name] for name in ("expiry", "name")}
        return _page("card.html", place, visit, status=422, typed=kept, faults=faults)
    return _act(place, key, lambda db, visit: hosted.pay(db, visit, card))


@pages.get("/<any(pay, fields):place>/<key>/challenge")
def ask(place: str, key: str) -> AnyResponse:
    """This function will show the bank's question."""
    visit = _find(place, key)
    if not visit.asked_by_bank:
        return _go(place, f"/{place}/{key}", visit)
    return _page("challenge.html", place, visit)


@pages.post("/<any(pay, fields):place>/<key>/challenge")
def answer(place: str, key: str) -> AnyResponse:
    """This function will take the customer's answer to the bank."""
    approved = request.form.get("answer") == "approve"

    def effect(db: sqlite3.Connection, visit: Visit) -> bool:
        if visit.asked_by_bank:
            hosted.answer_bank(db, visit, approved=approved)
        return False

    return _act(place, key, effect)


@pages.post("/pay/<key>/cancel")
def cancel(key: str) -> AnyResponse:
    """This function will let the customer give up."""

    def effect(db: sqlite3.Connection, visit: Visit) -> bool:
        hosted.give_up(db, visit)
        return False

    return _act("pay", key, effect)


@pages.get("/test-cards")
def list_test_cards() -> AnyResponse:
    """This function will show all test cards."""
    return _with_policy(render_template("test_cards.html", test_cards=cards.TEST_CARDS), place="pay", visit=None)


@pages.get("/disputes")
def list_disputes() -> AnyResponse:
    """This function will show the disputes that wait for a decision, of all merchants."""
    waiting = [
        {
            "here": f"/disputes/{row['id']}",
            "merchant": row["merchant_name"],
            "amount": amount_text(row["amount"], row["currency"]),
            "status": "The money is withdrawn" if row["funds_withdrawn"] else "Inquiry",
            "outcomes": DECISIONS if row["funds_withdrawn"] else INQUIRY_DECISIONS,
        }
        for row in disputes.open_ones(the_store().reading())
    ]
    return _with_policy(render_template("disputes.html", open_disputes=waiting), place="pay", visit=None)


@pages.post("/disputes/<dispute_id>")
def decide_dispute(dispute_id: str) -> AnyResponse:
    """This function will decide a dispute as the bank does; what is decided already stays so."""
    with the_store().writing() as db:
        disputes.decide(db, dispute_id, request.form.get("outcome", ""))
    the_sender().wake()
    return _with_policy(redirect("/disputes", 303), place="pay", visit=None)


def _find(place: str, key: str) -> Visit:
    visit = FINDERS[place](the_store().reading(), key)
    if visit is None:
        raise NotFound
    return visit


def _act(place: str, key: str, effect: Callable[[sqlite3.Connection, Visit], bool]) -> AnyResponse:
    """This function will do something while it may be done, once however often the form is sent, and go on."""
    try:
        with the_store().writing() as db:
            visit = FINDERS[place](db, key)
            lost = effect(db, visit) if visit and visit.waiting else False
    except ConnectionCutError:
        lost = True
    the_sender().wake()
    visit = _find(place, key)
    if lost:
        return _page("lost.html", place, visit, status=504)
    if visit.asked_by_bank:
        return _go(place, f"/{place}/{key}/challenge", visit)
    if place == "pay" and visit.return_url:
        return _go(place, visit.return_url, visit)
    return _go(place, f"/{place}/{key}", visit)


def _go(place: str, address: str, visit: Visit) -> AnyResponse:
    return _with_policy(redirect(address, 303), place=place, visit=visit)


def _page(
    template: str,
    place: str,
    visit: Visit,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    faults: dict[str, str] | None = None,
) -> AnyResponse:
    row = visit.row
    text = render_template(
        template,
        place=place,
        here=f"/{place}/{row['checkout'] if place == 'pay' else row['id']}",
        visit=visit,
        row=row,
        brand=BRANDS.get(row["brand"], "Card"),
        common_cards=cards.COMMON_CARDS,
        typed=typed or {},
        faults=faults or {},
    )
    response = Response(text, status, content_type="text/html; charset=utf-8")
    return _with_policy(response, place=place, visit=visit)


def _with_policy(response: AnyResponse | str, *, place: str, visit: Visit | None) -> AnyResponse:
    """This function will add what a browser must refuse: scripts, frames and targets that are not named here."""
    if isinstance(response, str):
        response = Response(response, content_type="text/html; charset=utf-8")
    embedded = place == "fields"
    # Browsers hold form-action against the redirect that follows a form as well.
    form_action = f"'self' {visit.return_origin}" if visit and visit.return_origin and not embedded else "'self'"
    framed_by = visit.merchant.origin if visit and visit.merchant.origin and embedded else "'none'"
    response.headers["Content-Security-Policy"] = "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            "img-src 'self'",
            "script-src 'self'" if embedded else "script-src 'none'",
            f"form-action {form_action}",
            f"frame-ancestors {framed_by}",
            "base-uri 'none'",
        )
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
