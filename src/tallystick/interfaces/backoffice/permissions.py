"""Permissions as people read and choose them: a sentence each, in groups."""

from collections.abc import Collection
from typing import Any, TypedDict

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from tallystick.interfaces.kit.forms import KitForm
from tallystick.wire.permissions import GROUPS


class Group(TypedDict):
    """A group of permissions by its title, and the sentences of some of them."""

    title: str
    sentences: list[str]


class GroupField(forms.MultipleChoiceField):
    """Permissions of one group: none of them has to be chosen, for those of another may be."""

    widget = forms.CheckboxSelectMultiple

    def validate(self, value: list[str]) -> None:
        """This function will refuse what is not offered, and take none at all."""
        if value:
            super().validate(value)


class PermissionForm(KitForm):
    """A field for each group of permissions, of which the actor may give some; all that is chosen is `permissions`."""

    # What is said when nothing is chosen.
    chooses_nothing: str | Promise

    def __init__(self, *args: Any, may: frozenset[str], has: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, (title, sentences) in enumerate(GROUPS.items()):
            offered = [(word, _(sentence)) for word, sentence in sentences.items() if word in may]
            if offered:
                self.fields[f"group_{number}"] = GroupField(
                    label=_(title), choices=offered, initial=[word for word in sentences if word in has]
                )

    def clean(self) -> dict[str, Any]:
        """This function will put the permissions of all groups into one list."""
        told = super().clean() or self.cleaned_data
        told["permissions"] = sorted(
            word for name, words in told.items() if name.startswith("group_") for word in words
        )
        if not told["permissions"]:
            self.add_error(None, str(self.chooses_nothing))
        return told


def words_of(permissions: Collection[str]) -> list[Group]:
    """This function will say in groups of sentences what somebody may do; groups without any are left out."""
    groups = [
        Group(title=_(title), sentences=[_(each) for word, each in sentences.items() if word in permissions])
        for title, sentences in GROUPS.items()
    ]
    return [group for group in groups if group["sentences"]]
