"""Texts of the business's own, such as terms: once as it writes them, and in other languages as far as it wants."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from tallystick.foundation import settings_store
from tallystick.foundation.settings_store import Setting
from tallystick.foundation.wording import spoken_language


@dataclass(frozen=True)
class OwnText:
    """A text that customers read. Where a language has none of its own, they read the one of `usual`."""

    usual: Setting[str]
    by_language: Mapping[str, Setting[str]]

    def read(self) -> str:
        """This function will return the text in the active language."""
        language = spoken_language(translation.get_language() or settings.LANGUAGE_CODE)
        own = self.by_language.get(language, self.usual)
        usual, said = settings_store.get(self.usual), settings_store.get(own)
        # What the business has not written itself is ours, and in the catalogue.
        if usual and usual == self.usual.default and said in {"", usual}:
            return gettext(usual)
        return said or usual

    def in_every_language(self) -> list[str]:
        """This function will return what people and programs may be reading at the moment, each text once."""
        found = [settings_store.get(self.usual)]
        for language in self.by_language:
            with translation.override(language):
                found.append(self.read())
        return list(dict.fromkeys(found))


def own_text(usual: Setting[str], *, longest: int) -> OwnText:
    """This function will declare a text of the business in each language, of at most so many characters."""
    return OwnText(
        usual,
        {
            code: Setting(
                f"{usual.name}_{code}",
                "",
                f"The same in {name}; empty for the usual text.",
                lambda value: isinstance(value, str) and value == value.strip() and len(value) <= longest,
            )
            for code, name in settings.LANGUAGES
        },
    )
