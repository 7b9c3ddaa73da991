"""Which days a statement of account covers, as staff and customers say it."""

from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from tallystick.interfaces.kit.forms import DateField, KitForm


class SentDaysForm(KitForm):
    """Which days a statement covers."""

    from_date = DateField(label=_("From"), required=False, help_text=_("Empty: from the beginning."))
    until_date = DateField(label=_("Up to and including"))


class DaysForm(SentDaysForm):
    """Which days a statement covers, and whether as it is known now."""

    known_on = DateField(
        label=_("As it was known on"),
        required=False,
        help_text=_("Leaves out what was recorded after that day. Empty: all that is known."),
    )


def usual_days(today: date) -> dict[str, str]:
    """This function will return the days that a statement covers unless others are named: this month and the last."""
    first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    return {"from_date": first.isoformat(), "until_date": today.isoformat()}
