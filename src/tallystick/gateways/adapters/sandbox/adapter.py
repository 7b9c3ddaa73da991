"""The sandbox payment service behind the port."""

import heapq
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, Self

from tallystick.gateways.adapters.sandbox import signatures, subjects
from tallystick.gateways.adapters.sandbox.client import Client, Refused, Silent, number, text
from tallystick.gateways.port import (
    Answer,
    CardFacts,
    Change,
    DisputeFacts,
    DisputeState,
    GatewayUnavailable,
    Message,
    Outcome,
    PaymentOrder,
    RefundOrder,
    SetupOrder,
)

# What the service's states mean to us. A cancelled payment took nothing and will take nothing. A setup has the same
# states, but that it is never processing.
_PAYMENT_STATES: Final = {
    "requires_action": Outcome.ACTION_REQUIRED,
    "processing": Outcome.PENDING,
    "succeeded": Outcome.SUCCEEDED,
    "failed": Outcome.DECLINED,
    "cancelled": Outcome.NOT_PERFORMED,
}
_REFUND_STATES: Final = {
    "pending": Outcome.PENDING,
    "succeeded": Outcome.SUCCEEDED,
    "failed": Outcome.DECLINED,
}
_DISPUTE_STATES: Final = {
    "inquiry": DisputeState.OPEN,
    "open": DisputeState.OPEN,
    "won": DisputeState.WON,
    "lost": DisputeState.LOST,
}
# The service's words for declines, where the port has others.
_DECLINES: Final = {"token_revoked": "method_unusable"}
# Refusals that say nothing of what an earlier order under the same reference did.
_INCONCLUSIVE: Final = frozenset({"idempotency_key_in_use", "idempotency_key_reused", "reference_taken"})
# A refusal for one of these reasons is a verdict on the order itself: nothing was done, nothing will be.
_VERDICTS: Final = frozenset({400, 404, 422})
_REFUND_VERDICTS: Final = frozenset({"wrong_state", "payment_disputed"})
_LISTS: Final = ("payments", "refunds", "disputes", "setups")
_LONGEST_TEXT: Final = 500


class SandboxGateway:
    """An account at the sandbox payment service."""

    def __init__(self, client: Client, webhook_secrets: tuple[str, ...], *, stores_methods: bool) -> None:
        self._client = client
        self._webhook_secrets = webhook_secrets
        self.stores_methods = stores_methods

    @classmethod
    def from_configuration(cls, configuration: Mapping[str, Any]) -> Self:
        """This function will make a gateway of `base_url`, `secret_key`, `webhook_secrets` and `timeout_seconds`.

        With `stores_methods` false the account is one that may take payments alone, as services have them.

        Raises:
            KeyError: when the address or the key is missing.
        """
        client = Client(
            base_url=configuration["base_url"],
            secret_key=configuration["secret_key"],
            timeout_seconds=configuration.get("timeout_seconds"),
        )
        return cls(
            client,
            tuple(configuration.get("webhook_secrets", ())),
            stores_methods=configuration.get("stores_methods", True),
        )

    def pay(self, order: PaymentOrder) -> Answer:
        """This function will order a payment under our reference: a charge of a token, or a page for the customer."""
        body = {
            "amount": order.amount_minor,
            "currency": order.currency,
            "reference": order.reference,
            "description": _plain(order.description),
            "customer_reference": _plain(order.customer_reference),
            "return_url": order.return_url or None,
            "token": order.token,
            "off_session": order.off_session and order.token is not None,
            "save_card": order.save_method,
        }
        return self._ordered("payments", body, _payment_answer, order.reference)

    def ask(self, reference: str) -> Answer:
        """This function will ask what became of the payment with our reference."""
        return _asked(lambda: self._found("payments", reference), _payment_answer, reference)

    def cancel(self, reference: str) -> Answer:
        """This function will give up a payment that waits for the customer, and say what became of it."""
        return _asked(lambda: self._cancelled("payments", reference), _payment_answer, reference)

    def set_up(self, order: SetupOrder) -> Answer:
        """This function will order under our reference a page on which the customer stores a card without paying."""
        body = {
            "reference": order.reference,
            "description": _plain(order.description),
            "customer_reference": _plain(order.customer_reference),
            "return_url": order.return_url,
        }
        return self._ordered("setups", body, _setup_answer, order.reference)

    def ask_setup(self, reference: str) -> Answer:
        """This function will ask what became of the set-up with our reference."""
        return _asked(lambda: self._found("setups", reference), _setup_answer, reference)

    def cancel_setup(self, reference: str) -> Answer:
        """This function will give up a set-up that waits for the customer, and say what became of it."""
        return _asked(lambda: self._cancelled("setups", reference), _setup_answer, reference)

    def refund(self, order: RefundOrder) -> Answer:
        """This function will order a refund under our reference.

        A refund may be sent again after a crash. So a service that cannot be reached proves nothing: an earlier order
        may have got there.
        """
        body = {
            "payment": order.gateway_reference,
            "amount": order.amount_minor,
            "reference": order.reference,
            "reason": _plain(order.reason),
        }
        try:
            answer = self._client.post("/v1/refunds", body, idempotency_key=order.reference)
            return _refund_answer(answer, order.reference)
        except Refused as refusal:
            is_verdict = refusal.status in _VERDICTS or refusal.code in _REFUND_VERDICTS
            return _refusal(refusal, is_verdict=is_verdict)
        except Silent as silence:
            return Answer(outcome=Outcome.UNKNOWN, message=str(silence))

    def ask_refund(self, reference: str) -> Answer:
        """This function will ask what became of the refund with our reference."""
        return _asked(lambda: self._found("refunds", reference), _refund_answer, reference)

    def disputes(self, gateway_reference: str) -> list[DisputeFacts]:
        """This function will return all disputes about a payment of the service, as of now.

        Raises:
            GatewayUnavailable: when the service does not answer, or says what cannot be read.
        """
        try:
            page = self._client.get("/v1/disputes", {"payment": gateway_reference, "limit": "100"})
            return [_dispute(item) for item in page["data"]]
        except (Refused, Silent, KeyError, TypeError, ValueError) as error:
            raise GatewayUnavailable(reason=str(error)) from error

    def read_messages(self, *, headers: Mapping[str, str], body: bytes, at: datetime) -> list[Message]:
        """This function will verify raw bytes and return the one message in them.

        Raises:
            MessageRefused: when the signature, its age or the form is wrong, or no secret is configured.
        """
        signatures.verify(headers=headers, body=body, secrets=self._webhook_secrets, at=at)
        return [signatures.message(body)]

    def changes(self, *, since: datetime) -> Iterator[Change]:
        """This function will yield what changed at the service since a moment or at it, oldest first.

        Raises:
            GatewayUnavailable: when the service does not answer, at once or further on.
        """
        return heapq.merge(
            *(self._changes(kind, since=since) for kind in _LISTS),
            key=lambda change: change.changed_at,
        )

    def page_origins(self) -> tuple[str, ...]:
        """This function will return where the service's hosted pages lie."""
        return (self._client.origin,)

    def balance(self) -> Mapping[str, int]:
        """This function will return what the service holds for us, available and pending: minor units by currency.

        Raises:
            GatewayUnavailable: when the service does not answer.
        """
        try:
            body = self._client.get("/v1/balance")
            held: dict[str, int] = {}
            for part in (*body["available"], *body["pending"]):
                currency = text(part, "currency", most=3)
                held[currency] = held.get(currency, 0) + number(part, "amount")
        except (Refused, Silent, KeyError, TypeError) as error:
            raise GatewayUnavailable(reason=str(error)) from error
        return held

    def _changes(self, kind: str, *, since: datetime) -> Iterator[Change]:
        query = {"updated_since": since.astimezone(UTC).isoformat(), "limit": "100"}
        try:
            while True:
                page = self._client.get(f"/v1/{kind}", query)
                for item in page["data"]:
                    yield _change(item)
                if not page["has_more"]:
                    return
                query["after"] = text(page, "next")
        except (Refused, Silent, KeyError, TypeError, ValueError) as error:
            raise GatewayUnavailable(reason=str(error)) from error

    def _ordered(self, kind: str, body: Mapping[str, Any], reader: "_Reader", reference: str) -> Answer:
        """Order once: where nobody could be reached nothing was done."""
        try:
            return reader(self._client.post(f"/v1/{kind}", body, idempotency_key=reference), reference)
        except Refused as refusal:
            return _refusal(refusal, is_verdict=refusal.status in _VERDICTS)
        except Silent as silence:
            outcome = Outcome.UNKNOWN if silence.was_sent else Outcome.NOT_PERFORMED
            return Answer(outcome=outcome, message=str(silence))

    def _cancelled(self, kind: str, reference: str) -> dict[str, Any] | None:
        found = self._found(kind, reference)
        if found is None:
            return None
        path = f"/v1/{kind}/{text(found, 'id')}"
        try:
            return self._client.post(f"{path}/cancel", {})
        except Refused as refusal:
            if refusal.status != 409:
                raise
            # The customer was faster: what stands there now is the answer.
            return self._client.get(path)

    def _found(self, kind: str, reference: str) -> dict[str, Any] | None:
        page = self._client.get(f"/v1/{kind}", {"reference": reference, "limit": "1"})
        rows = page.get("data")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Silent("The answer is no list.")
        return rows[0] if rows else None


_Reader = Callable[[dict[str, Any], str], Answer]


def _asked(question: Callable[[], dict[str, Any] | None], reader: _Reader, reference: str) -> Answer:
    try:
        found = question()
        if found is None:
            return Answer(outcome=Outcome.NOT_PERFORMED, message="The payment service knows nothing of it.")
        return reader(found, reference)
    except (Refused, Silent) as error:
        return Answer(outcome=Outcome.UNKNOWN, message=str(error))


def _refusal(refusal: Refused, *, is_verdict: bool) -> Answer:
    conclusive = is_verdict and refusal.code not in _INCONCLUSIVE
    return Answer(outcome=Outcome.NOT_PERFORMED if conclusive else Outcome.UNKNOWN, message=str(refusal))


def _answer(states: Mapping[str, Outcome], body: dict[str, Any], reference: str) -> Answer:
    outcome = states.get(text(body, "status"))
    if outcome is None or text(body, "reference", most=200) != reference:
        raise Silent("The answer is about something else.")
    declined = outcome is Outcome.DECLINED
    card = body.get("card")
    return Answer(
        outcome=outcome,
        gateway_reference=text(body, "id"),
        action_url=text(body, "checkout_url", most=_LONGEST_TEXT) if outcome is Outcome.ACTION_REQUIRED else "",
        decline_code=_decline_code(body) if declined else "",
        message=text(body, "failure_message", most=_LONGEST_TEXT) if declined else "",
        token="" if body.get("token") is None else text(body, "token"),
        card=None if card is None else _card(card),
    )


def _money_answer(states: Mapping[str, Outcome], body: dict[str, Any], reference: str) -> Answer:
    fee = body.get("fee")
    return replace(
        _answer(states, body, reference),
        amount_minor=number(body, "amount"),
        currency=text(body, "currency", most=3),
        fee_minor=None if fee is None else number(fee, "amount"),
        fee_currency=None if fee is None else text(fee, "currency", most=3),
        # The service takes one fee for a payment, and gives it no id of its own.
        fee_reference="" if fee is None else text(body, "id"),
    )


def _setup_answer(body: dict[str, Any], reference: str) -> Answer:
    answer = _answer(_PAYMENT_STATES, body, reference)
    if answer.outcome is Outcome.SUCCEEDED and not (answer.token and answer.card):
        raise Silent("The answer says that a card is stored, and not which one.")
    return answer


def _decline_code(body: dict[str, Any]) -> str:
    code = text(body, "failure_code", most=60)
    return _DECLINES.get(code, code)


_payment_answer: Final[_Reader] = partial(_money_answer, _PAYMENT_STATES)
_refund_answer: Final[_Reader] = partial(_money_answer, _REFUND_STATES)


def _change(item: dict[str, Any]) -> Change:
    what, state, is_live = text(item, "object"), text(item, "status"), item.get("livemode")
    subject = subjects.read(item)
    if not subject.fact or not isinstance(is_live, bool):
        raise Silent("The list names something that cannot be read.")
    return Change(
        kind=f"{what}.{state}"[: signatures.LONGEST_KIND],
        about=subject.about,
        reference=subject.reference,
        fact=subject.fact,
        is_live=is_live,
        body=json.dumps(item).encode(),
        changed_at=datetime.fromisoformat(text(item, "updated")).astimezone(UTC),
        waits=_PAYMENT_STATES.get(state) is Outcome.ACTION_REQUIRED,
    )


def _dispute(item: dict[str, Any]) -> DisputeFacts:
    fee, due = item["fee"], item["evidence_due"]
    return DisputeFacts(
        external_id=text(item, "id"),
        state=_DISPUTE_STATES[text(item, "status")],
        amount_minor=number(item, "amount"),
        currency=text(item, "currency", most=3),
        took_funds=item["funds_withdrawn"] is True,
        reason_code=text(item, "reason", most=60),
        evidence_due_at=None if due is None else datetime.fromisoformat(text(item, "evidence_due")).astimezone(UTC),
        fee_minor=0 if fee is None else number(fee, "amount"),
        fee_currency="" if fee is None else text(fee, "currency", most=3),
        fee_returned=item["fee_returned"] is True,
    )


def _card(body: dict[str, Any]) -> CardFacts:
    return CardFacts(
        brand=text(body, "brand", most=30),
        last_four=text(body, "last4", most=4),
        expiry_month=number(body, "exp_month"),
        expiry_year=number(body, "exp_year"),
    )


def _plain(value: str) -> str | None:
    """A text as the service takes it: never empty, and cut rather than refused, for no payment hangs on it."""
    return value.replace("\x00", "").strip()[:_LONGEST_TEXT] or None
