"""Reading what callers send, strictly: known fields of the right type, or a refusal that names the field."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from tallystick_sandbox import currencies
from tallystick_sandbox.errors import ApiError

MAX_AMOUNT = 10**12


def parse_json(raw: bytes) -> dict[str, Any]:
    """This function will parse a request body that must be a JSON object; an empty body is an empty object."""
    if not raw:
        return {}
    try:
        data = json.loads(raw)
        raw_text = json.dumps(data, ensure_ascii=False, allow_nan=False)
        raw_text.encode()
    except (ValueError, RecursionError):
        raise ApiError(400, "invalid_json", "The body is not valid JSON.") from None
    if not isinstance(data, dict):
        raise ApiError(400, "invalid_json", "The body must be a JSON object.")
    return data


def fingerprint(*parts: object) -> str:
    """This function will return a hash of plain values, equal for equal values whatever the order of their keys."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _invalid(name: str, message: str) -> ApiError:
    return ApiError(422, "invalid_field", message, name)


class Fields:
    """The fields of one body. Each is taken once; what is left at the end was not known."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._left = dict(data)

    def finish(self) -> None:
        """This function will refuse fields that nobody took."""
        for name in self._left:
            raise ApiError(422, "unknown_field", f"There is no field {name!r} here.", name)

    def optional_text(self, name: str, *, longest: int = 200) -> str | None:
        """This function will take a text, or None where the field is missing or null."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip() or "\x00" in value:
            raise _invalid(name, f"{name} must be a text that is not empty.")
        if len(value) > longest:
            raise _invalid(name, f"{name} may have {longest} characters at most.")
        return value

    def text(self, name: str, *, longest: int = 200) -> str:
        """This function will take a text that must be there."""
        value = self.optional_text(name, longest=longest)
        if value is None:
            raise ApiError(422, "missing_field", f"{name} is missing.", name)
        return value

    def flag(self, name: str) -> bool:
        """This function will take true or false; a missing field is false."""
        value = self._left.pop(name, False)
        if not isinstance(value, bool):
            raise _invalid(name, f"{name} must be true or false.")
        return value

    def whole_or_null(self, name: str, *, least: int, most: int, missing: int) -> int | None:
        """This function will take an integer between two bounds, or a null that is said."""
        if name in self._left and self._left[name] is None:
            del self._left[name]
            return None
        return self.whole(name, least=least, most=most, missing=missing)

    def whole(self, name: str, *, least: int, most: int, missing: int | None = None) -> int:
        """This function will take an integer between two bounds; floats and booleans are refused."""
        value = self._left.pop(name, missing)
        if value is None:
            raise ApiError(422, "missing_field", f"{name} is missing.", name)
        if type(value) is not int:
            raise _invalid(name, f"{name} must be an integer.")
        if not least <= value <= most:
            raise _invalid(name, f"{name} must be between {least} and {most}.")
        return value

    def amount(self) -> int:
        """This function will take the amount in minor units: a positive integer."""
        return self.whole("amount", least=1, most=MAX_AMOUNT)

    def currency(self) -> str:
        """This function will take a currency in use, as three capital letters (ISO 4217)."""
        value = self.text("currency")
        if value not in currencies.IN_USE:
            raise _invalid("currency", "currency must be an ISO 4217 code in use, such as EUR.")
        return value

    def optional_choice(self, name: str, known: tuple[str, ...]) -> str | None:
        """This function will take one of the known words, or None where the field is missing or null."""
        value = self.optional_text(name)
        if value is not None and value not in known:
            raise _invalid(name, f"{name} must be one of {', '.join(known)}.")
        return value

    def choice(self, name: str, known: tuple[str, ...]) -> str:
        """This function will take one of the known words, which must be there."""
        value = self.optional_choice(name, known)
        if value is None:
            raise ApiError(422, "missing_field", f"{name} is missing.", name)
        return value

    def optional_url(self, name: str) -> str | None:
        """This function will take an absolute http or https address."""
        value = self.optional_text(name, longest=2000)
        if value is not None and origin_of(value) is None:
            raise _invalid(name, f"{name} must be an absolute http or https address.")
        return value

    def url(self, name: str) -> str:
        """This function will take an address that must be there."""
        value = self.optional_url(name)
        if value is None:
            raise ApiError(422, "missing_field", f"{name} is missing.", name)
        return value

    def optional_origin(self, name: str) -> str | None:
        """This function will take an origin: scheme, host and port without a path."""
        value = self.optional_url(name)
        if value is not None and origin_of(value) != value:
            raise _invalid(name, f"{name} must be an origin without a path, such as https://shop.example.")
        return value

    def metadata(self) -> dict[str, str]:
        """This function will take the caller's own notes: up to 20 texts by name."""
        value = self._left.pop("metadata", None)
        if value is None:
            return {}
        if not isinstance(value, dict) or len(value) > 20:
            raise _invalid("metadata", "metadata must be an object of up to 20 texts.")
        for key, item in value.items():
            if not isinstance(item, str) or len(key) > 40 or len(item) > 500:
                raise _invalid("metadata", "metadata holds texts: names up to 40, values up to 500 characters.")
        return value


def origin_of(url: str) -> str | None:
    """This function will return scheme, host and port of an http address, or None where it is none."""
    if not re.fullmatch(r"[!-~]+", url):
        return None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises where the port is no number
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not re.fullmatch(r"[\w.:\[\]-]+", parts.netloc, re.ASCII):
        return None
    return f"{parts.scheme}://{parts.netloc}"
