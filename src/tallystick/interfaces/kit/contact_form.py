"""A person of a customer, as a form: the same in the portal and in the office."""

from collections.abc import Collection
from typing import Any, Final

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tallystick.customers.mails import ALL_MAILS, Mail, mails_of
from tallystick.customers.queries import ContactFacts, contacts
from tallystick.customers.rights import ALL_RIGHTS, Right
from tallystick.interfaces.kit.forms import Card, CheckCards, KitForm, choose_among
from tallystick.usecases.people import Notice

RIGHTS: Final = {
    Right.VIEW: _("See invoices and payments"),
    Right.PAY: _("Pay"),
    Right.MANAGE_METHODS: _("Manage payment methods"),
    Right.MANAGE_AUTOPAY: _("Manage auto pay"),
    Right.DOWNLOAD: _("Download documents"),
    Right.MANAGE_CONTACTS: _("Manage contacts"),
}
_ALLOWS: Final = {
    Right.VIEW: _("What is owed and paid, invoices, payments and the calendar."),
    Right.PAY: _("Pay invoices, top up, redeem vouchers, and say that a transfer is on its way."),
    Right.MANAGE_METHODS: _("Add cards and accounts, remove them, and choose which is used."),
    Right.MANAGE_AUTOPAY: _("Agree that invoices are charged by themselves, and end that."),
    Right.DOWNLOAD: _("Invoices, receipts and statements as files."),
    Right.MANAGE_CONTACTS: _("Invite people, change what they may do, and remove them."),
}

MAILS: Final = {
    Mail.INVOICES: _("Invoices and credit notes"),
    Mail.COMING_INVOICES: _("Coming invoices"),
    Mail.RECEIPTS: _("Receipts and refunds"),
    Mail.FAILED_PAYMENTS: _("Failed payments, reminders and automatic payment"),
    Mail.STATEMENTS: _("Statements of account"),
}


class MailsForm(KitForm):
    """Which mails go to a person, and how long before a coming invoice they hear of it (B3).

    `notice` is None where coming invoices are not announced.
    """

    mails = forms.MultipleChoiceField(
        label=_("Mails"),
        widget=forms.CheckboxSelectMultiple,
        choices=[(mail.value, MAILS[mail]) for mail in ALL_MAILS],
        required=False,
        help_text=_("Invoices, and failed payments with their reminders, must go to somebody."),
    )

    def __init__(self, *args: Any, notice: Notice | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if notice is not None:
            self.fields["notice_days"] = forms.IntegerField(
                label=_("Days of notice before a coming invoice is due"),
                min_value=1,
                max_value=notice.most,
                required=False,
                help_text=_("%(most)d at most. Empty for the usual %(usual)d.")
                % {"most": notice.most, "usual": notice.usual},
            )


class NameForm(KitForm):
    """What a person is called, and where they can be called."""

    name = forms.CharField(label=_("Name"), max_length=200)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)


class RightsForm(NameForm):
    """What a person is called, and what they may do in the portal, as far as whoever asks can give it."""

    rights = forms.MultipleChoiceField(label=_("May do in the portal"), widget=CheckCards, required=False)

    def __init__(self, *args: Any, offered: Collection[str] = ALL_RIGHTS, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = [right for right in ALL_RIGHTS if right in offered]
        choose_among(self, "rights", [(right.value, Card(RIGHTS[right], _ALLOWS[right])) for right in given])
        self.fields["rights"].initial = [right.value for right in given]


class LanguageField(forms.ChoiceField):
    """The language of a person's pages and mails, each in its own words; empty for the customer's."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Language"),
            required=False,
            choices=lambda: [("", _("The account’s language")), *settings.LANGUAGES],
            help_text=_("Of the portal, and of mails."),
            **kwargs,
        )


class PersonForm(RightsForm, MailsForm):
    """Somebody who is a contact already."""

    language = LanguageField()
    field_order = ["name", "phone", "language", "rights", "mails", "notice_days"]


class NewPersonForm(RightsForm):
    """Somebody who is no contact yet. The address decides who can sign in, so it is given once."""

    email = forms.EmailField(label=_("E-mail address"))
    field_order = ["name", "email", "phone", "rights"]


def person_known(contact: ContactFacts) -> dict[str, Any]:
    """This function will return a contact as it is at the moment, as `PersonForm` shows it."""
    known = {name: getattr(contact, name) for name in ("name", "phone", "language")}
    return {**known, "rights": list(contact.rights), **mails_chosen(contact)}


def mails_chosen(contact: ContactFacts) -> dict[str, Any]:
    """This function will return what goes to a contact at the moment, as `MailsForm` shows it."""
    found = mails_of(contact, contacts(contact.customer_id))
    return {"mails": [mail.value for mail in found], "notice_days": contact.notice_days}
