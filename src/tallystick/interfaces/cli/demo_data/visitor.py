"""The visitor of the sandbox's pages: pays a checkout with a test card, as people do in a browser."""

from typing import Final

import httpx

_PATIENCE_SECONDS: Final = 30


class Visitor:
    """Somebody who reaches the sandbox by its test switches, with the merchant's own key."""

    def __init__(self, base_url: str, secret_key: str) -> None:
        self._http = httpx.Client(
            base_url=base_url, headers={"Authorization": f"Bearer {secret_key}"}, timeout=_PATIENCE_SECONDS
        )

    def pay(self, reference: str, card: str) -> None:
        """This function will pay the open checkout of an attempt, by our reference, with a published test card.

        Raises:
            httpx.HTTPError: when the sandbox cannot be reached or does not know the checkout.
        """
        found = self._http.get("/v1/payments", params={"reference": reference})
        found.raise_for_status()
        payment = found.json()["data"][0]["id"]
        self._http.post(f"/v1/test/payments/{payment}/visit", json={"card": card}).raise_for_status()

    def turn(self, token: str, behaviour: str) -> None:
        """This function will let a stored card behave otherwise from now on, by a word of the sandbox.

        Raises:
            httpx.HTTPError: when the sandbox cannot be reached or does not know the card.
        """
        self._http.post(f"/v1/test/tokens/{token}/behave", json={"behaviour": behaviour}).raise_for_status()

    def dispute(self, payment: str) -> str:
        """This function will dispute a payment, by the sandbox's id of it, and return the dispute's id there.

        Raises:
            httpx.HTTPError: when the sandbox cannot be reached, or the payment cannot be disputed.
        """
        made = self._http.post(f"/v1/test/payments/{payment}/dispute", json={})
        made.raise_for_status()
        return str(made.json()["id"])

    def keep(self, dispute: str) -> None:
        """This function will let the payer keep the money of a dispute: the merchant has lost it.

        Raises:
            httpx.HTTPError: when the sandbox cannot be reached, or the dispute is decided.
        """
        self._http.post(f"/v1/test/disputes/{dispute}/close", json={"outcome": "lost"}).raise_for_status()
