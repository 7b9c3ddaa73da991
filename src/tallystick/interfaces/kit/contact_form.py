"""A person of a customer, as a form: the same in the portal and in the office."""

from collections.abc import Collection
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from tallystick.customers.rights import ALL_RIGHTS, Right
from tallystick.interfaces.kit.forms import KitForm, choose_among

RIGHTS: Final = {
    Right.VIEW: _("See invoices and payments"),
    Right.PAY: _("Pay"),
    Right.MANAGE_METHODS: _("Manage payment methods"),
    Right.MANAGE_AUTOPAY: _("Manage auto pay"),
    Right.DOWNLOAD: _("Download documents"),
    Right.MANAGE_CONTACTS: _("Manage contacts"),
}


class PersonForm(KitForm):
    """What a person is called, and what they may do in the portal, as far as whoever asks can give it."""

    name = forms.CharField(label=_("Name"), max_length=200)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    rights = forms.MultipleChoiceField(
        label=_("May do in the portal"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *args: Any, offered: Collection[str] = ALL_RIGHTS, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = [right for right in ALL_RIGHTS if right in offered]
        choose_among(self, "rights", [(right.value, RIGHTS[right]) for right in given])
        self.fields["rights"].initial = [right.value for right in given]


class NewPersonForm(PersonForm):
    """Somebody who is no contact yet. The address decides who can sign in, so it is given once."""

    email = forms.EmailField(label=_("E-mail address"))
    field_order = ("name", "email", "phone", "rights")
