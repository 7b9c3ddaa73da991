"""The OpenAPI document: what django-ninja cannot know of our errors, headers and words is added here."""

from typing import Any, Final

import orjson

from tallystick.foundation.errors import ExpectedError
from tallystick.interfaces.api import problems
from tallystick.wire import (
    approvals,
    audit,
    bill_runs,
    builders,
    bulk_acts,
    catalog,
    disputes,
    dunning,
    gateway_messages,
    letters,
    method_setups,
    payment_imports,
    payment_links,
    purchase_tax,
    references,
    saved_views,
    staff,
    subscriptions,
    vouchers,
    wallets,
)

ABOUT: Final = """
Everything that the back office does with money can be done over this API.

**Keys.** Send `Authorization: Bearer tsk_…`. A key has permissions (`GET /me` says which) and may be narrowed to one
customer: what belongs to others does not exist for it, and is answered as a missing id is. A key stops working when it
is revoked, or when the person who made it is switched off.

**Amounts** are whole numbers of minor units beside a currency: 1234 is 12.34 EUR, or 1234 JPY. Local dates are
`YYYY-MM-DD` in the business's time zone, moments are RFC 3339 in UTC, decimals (quantities, percentages) are text.

**Repeating is safe.** Every POST needs an `Idempotency-Key` of your own, such as a fresh UUID; a PATCH may have one.
Repeat the same request with the same key as often as you like: it acts once, and every repeat gets the first answer,
byte for byte, with `Idempotency-Replayed: true`. A request that was refused leaves nothing behind, so its key can be
used again. Keys belong to the API key that used them.

**Lists** come in pages: `limit` is 1 to 200, and `next_cursor` and `previous_cursor` are what `cursor` takes. Pages
stay in place while rows are added.

**Input** is strict: a field or query parameter that does not exist is refused, and so is a card number in any text.

**Errors** are problem documents (RFC 9457, `application/problem+json`): `code` is stable and meant for programs,
`detail` is a sentence that helps people, `field` names the offending input, and the facts of the error are members
beside them.
"""

TAGS: Final = {
    "me": "What this key is and may do.",
    "customers": "Who pays, the people who act for them, and what they owe.",
    "dunning": "When payers are reminded of open invoices, and by which plan.",
    "letters": "Reminders on paper: what waits to be printed, what was, and what is not sent any more.",
    "tax rates": "The rates that prices and invoice lines name.",
    "catalogue": "What is sold: products, their variants, and their prices.",
    "subscriptions": "What customers get and pay for, period by period.",
    "billing groups": "Customers who are billed together, to one payer.",
    "bill runs": "Everything that is due becomes invoices.",
    "month end": "Up to which day the books are closed, and closing the next month.",
    "invoices": "Claims on customers: draft, issue, void, credit.",
    "payments": "Money, expected or real: record, collect, allocate, refund.",
    "disputes": "Money of payments that payers take back through banks and card networks.",
    "payment imports": "Files of receipts: uploaded, looked at, recorded line by line.",
    "payment methods": "Cards that payment services keep for customers.",
    "autopay": "What customers agreed to have charged by itself.",
    "allocations": "What settles which invoice.",
    "approvals": "Acts above a limit, which a second person decides about.",
    "staff": "Who works here, in which roles, and what each role may do.",
    "views": "What staff show of a list, under a name: filters and order, for one person or shared with all.",
    "vouchers": "Codes that are worth money: made in batches, sold or given away, redeemed into wallets.",
    "wallets": "Prepaid money: top-up requests that fill it, purchases that use it.",
    "explain": "What makes an amount: its rule, its parts down to postings, and what does not count.",
    "reports": "Figures over many payments, by their rules, each with the list whose rows sum to it.",
    "audit": "Who did what, when, from what to what.",
    "bank accounts": "Where customers send their transfers: one account for each currency.",
    "gateway accounts": "The accounts at payment services through which money is collected.",
    "gateway messages": "What payment services told us that fits nothing: looked at, closed, opened again.",
}
# What any call may be answered with, and when.
_REFUSALS: Final = {
    400: "The body is not JSON, or the `Idempotency-Key` of a POST is missing.",
    401: "There is no valid key.",
    403: "The key lacks the permission that `permission` names.",
    404: "There is no such thing, or not for this key.",
    409: "It is not in a state that allows this, or somebody else was faster.",
    413: "The body is larger than 2.5 MB.",
    415: "The body is not declared as `application/json`.",
    422: "The input cannot be used; `field`, or each of `errors`, says where.",
    500: "Our mistake. Quote the header `X-Request-ID`.",
    503: "The database is away for a moment. Try again, with the same `Idempotency-Key`.",
}
_PREFIXES: Final = {
    "customer": builders.CUSTOMER,
    "contact": builders.CONTACT,
    "group": builders.BILLING_GROUP,
    "invoice": builders.INVOICE,
    "topup_request": builders.INVOICE,
    "payment": builders.PAYMENT,
    "payment_import": payment_imports.PAYMENT_IMPORT,
    "payment_link": payment_links.PAYMENT_LINK,
    "charge": builders.PAYMENT,
    "payment_method": builders.PAYMENT_METHOD,
    "method_setup": method_setups.METHOD_SETUP,
    "allocation": builders.ALLOCATION,
    "credit_note": builders.CREDIT_NOTE,
    "dunning_plan": dunning.DUNNING_PLAN,
    "tax_rate": builders.TAX_RATE,
    "product": catalog.PRODUCT,
    "variant": catalog.VARIANT,
    "price": catalog.PRICE,
    "subscription": references.SUBSCRIPTION,
    "contract_file": subscriptions.CONTRACT_FILE,
    "bill_run": bill_runs.BILL_RUN,
    "bulk_act": bulk_acts.BULK_ACT,
    "dispute": disputes.DISPUTE,
    "approval": approvals.APPROVAL,
    "voucher_batch": vouchers.VOUCHER_BATCH,
    "wallet_draw": wallets.WALLET_DRAW,
    "tax_document": wallets.TAX_DOCUMENT,
    "purchase_tax_document": purchase_tax.PURCHASE_TAX_DOCUMENT,
    "role": staff.ROLE,
    "member": staff.MEMBER,
    "view": saved_views.VIEW,
    "audit_entry": audit.ENTRY,
    "letter": letters.LETTER,
    "gateway_message": gateway_messages.GATEWAY_MESSAGE,
}
_FOR_BODIES: Final = {413, 415}
_FOR_WRITES: Final = {400}
_OF_STATES: Final = {409}
# A preview is refused as what it is a preview of would be; these documents are there once their time has come.
_READS_OF_STATES: Final = (
    "preview_",
    "download_receipt",
    "download_invoice",
    "download_letter",
    "download_credit_note_xml",
    "download_tax_document_xml",
    "download_purchase_tax_document_xml",
    "download_topup_request",
    "download_voucher_",
)


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """This function will return the document with tags, errors and headers."""
    # Inside the house a shape is called CustomerShape; outside it is the customer.
    plain: dict[str, Any] = orjson.loads(
        orjson.dumps(dict(document), option=orjson.OPT_NON_STR_KEYS).replace(b'Shape"', b'"')
    )
    plain["tags"] = [{"name": name, "description": about} for name, about in TAGS.items()]
    plain["components"]["schemas"]["Problem"] = _problem_schema()
    plain["components"]["responses"] = {str(status): _refusal(about) for status, about in _REFUSALS.items()}
    for methods in plain["paths"].values():
        for method, operation in methods.items():
            _complete(method, operation)
    return plain


def _complete(method: str, operation: dict[str, Any]) -> None:
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            _describe_address(parameter)
        else:
            _describe_query(parameter)
    answers = operation["responses"]
    for status in _REFUSALS:
        fits = not (status in _FOR_BODIES and "requestBody" not in operation)
        if status in _OF_STATES and method == "get":
            fits = operation["operationId"].startswith(_READS_OF_STATES)
        if fits and not (status in _FOR_WRITES and method == "get"):
            answers[str(status)] = {"$ref": f"#/components/responses/{status}"}
    if method != "get":
        for status, answer in answers.items():
            if status.startswith("2"):
                answer["headers"] = {
                    "Idempotency-Replayed": {
                        "description": "`true` when this is the first answer once more.",
                        "schema": {"type": "string", "enum": ["true"]},
                    }
                }


def _describe_address(parameter: dict[str, Any]) -> None:
    """Say what an id in the address is the id of: nowhere else is there room for it."""
    what = parameter["name"].removesuffix("_id")
    if what == "report":
        parameter["description"] = "The name of the report; `GET /reports` lists them."
        parameter["example"] = "metrics"
        return
    prefix = _PREFIXES[what]
    parameter["description"] = f"The id of the {what.replace('_', ' ')}, `{prefix}_…`."
    parameter["example"] = f"{prefix}_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"


def _describe_query(parameter: dict[str, Any]) -> None:
    """A parameter may be left out, but has no null: only the kind that it can have is told, with its description."""
    schema = parameter["schema"]
    if "anyOf" in schema:
        (kind,) = [each for each in schema.pop("anyOf") if each != {"type": "null"}]
        schema.pop("default", None)
        parameter["schema"] = {**kind, **schema}
    parameter.setdefault("description", parameter["schema"].get("description", ""))


def _refusal(about: str) -> dict[str, Any]:
    return {
        "description": about,
        "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _problem_schema() -> dict[str, Any]:
    texts = {
        "type": "A name of the kind of problem, the same as `code`.",
        "title": "The kind in a few words.",
        "detail": "What is wrong, and what to do.",
    }
    own = {
        "api_key_missing": "There is no valid key.",
        "body_too_large": "The body is too large.",
        "idempotency_key_missing": "The header is missing, empty or too long.",
        "malformed_json": "The body is not JSON.",
        "method_not_allowed": "The address does not take this method.",
        "no_such_address": "There is nothing at this address.",
        "not_accepted": "Fields of the input cannot be used; see `errors`.",
        "not_available": "The database is away.",
        "not_json": "The body is not declared as JSON.",
        "our_mistake": "Something went wrong on our side.",
    }
    codes = {**_codes(ExpectedError), **own}
    meanings = "\n".join(f"- `{code}`: {codes[code]}" for code in sorted(codes))
    return {
        "type": "object",
        "description": "A refusal. The facts of the error are further members, such as `invoice` or `permission`.",
        "required": ["type", "title", "status", "detail", "code"],
        "properties": {
            **{name: {"type": "string", "description": about} for name, about in texts.items()},
            "status": {"type": "integer", "description": "The HTTP status once more.", "enum": list(problems.TITLES)},
            "code": {
                "type": "string",
                "description": f"A stable word for programs.\n\n{meanings}",
                "examples": ["invoice_not_open"],
            },
            "field": {"type": "string", "description": "The offending input.", "examples": ["lines[0].quantity"]},
            "errors": {
                "type": "array",
                "description": "Every field that was not accepted.",
                "items": {
                    "type": "object",
                    "required": ["field", "message"],
                    "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
                },
            },
        },
        "examples": [
            {
                "type": "urn:tallystick:problem:invoice_overpaid",
                "title": "Conflict",
                "status": 409,
                "detail": "That is more than is open on this invoice.",
                "code": "invoice_overpaid",
                "field": "amount_minor",
                "invoice": "inv_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8",
            }
        ],
    }


def _codes(kind: type[ExpectedError]) -> dict[str, str]:
    """The codes of an error and of all that derive from it, each with the sentence of its description."""
    found: dict[str, str] = {}
    for each in kind.__subclasses__():
        if "code" in vars(each):
            found[each.code] = " ".join((each.__doc__ or "").split())
        found.update(_codes(each))
    return found
