"""The day on which a failed payment is tried again, as a form: the same in the portal and in the office (E21)."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from tallystick.interfaces.kit.forms import DateField, KitForm


class TryForm(KitForm):
    """On which day a failed payment is tried again; `days` are the first and the last that can be chosen."""

    def __init__(self, *args: Any, days: tuple[date, date] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first, last = days or (None, None)
        self.fields["day"] = DateField(label=_("On which day?"), earliest=first, latest=last, initial=first)
