"""What every page's frame knows: the business, the theme, the direction of reading. Safe for anybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi

from tallystick.foundation import business, settings_store
from tallystick.foundation.wording import spoken_language
from tallystick.interfaces.kit.viewing import Viewing

Theme = Literal["system", "light", "dark"]
THEMES: tuple[Theme, ...] = ("system", "light", "dark")
THEME_COOKIE = "theme"


@dataclass(frozen=True, kw_only=True)
class Business:
    """Whose installation this is. `colour` is six hexadecimal digits, or empty for the kit's own accent."""

    name: str
    colour: str = ""
    logo_url: str = ""
    # What stands in the foot, and the line that greets; empty for none.
    email: str = ""
    phone: str = ""
    imprint_url: str = ""
    privacy_url: str = ""
    welcome: str = ""


@dataclass(frozen=True, kw_only=True)
class Shell:
    """The frame of a page."""

    business: Business
    theme: Theme
    # The locale of the page, such as "de-at", and which of the languages that one can choose it is.
    language: str
    speaks: str
    languages: Sequence[tuple[str, str]]
    direction: Literal["ltr", "rtl"]
    demo: bool
    person: str
    person_detail: str


def shell(request: HttpRequest) -> dict[str, Any]:
    """This function will give templates `shell`. A door may set `request.business` to another `Business`."""
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    email = str(getattr(user, "email", "") or "") if signed_in else ""
    name = str(user.get_full_name() or email or user.get_username()) if signed_in and user is not None else ""
    viewing: Viewing | None = getattr(request, "viewing", None)
    if viewing is not None:
        # The page is the other one's, down to the name in its corner.
        name, email = viewing.contact, viewing.email
    language = get_language() or settings.LANGUAGE_CODE
    return {
        "shell": Shell(
            business=getattr(request, "business", None) or _business(),
            theme=theme_of(request),
            language=language,
            speaks=spoken_language(language),
            languages=settings.LANGUAGES,
            direction=getattr(request, "direction", None) or ("rtl" if get_language_bidi() else "ltr"),
            demo=bool(getattr(settings, "DEMO", False)),
            person=name,
            person_detail=email if email != name else "",
        )
    }


def _business() -> Business:
    return Business(
        name=settings_store.get(business.NAME),
        colour=settings_store.get(business.COLOUR).removeprefix("#"),
    )


def logo_url() -> str:
    """This function will return the address of the business's logo, or the empty text while there is none."""
    digest = settings_store.get(business.LOGO)
    return reverse("kit:logo", args=[digest]) if digest else ""


def theme_of(request: HttpRequest) -> Theme:
    """This function will return the theme that this browser chose, or the system's."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return next((theme for theme in THEMES if theme == chosen), "system")
