"""What is refused, said so that the customer knows what to do; and the key under which a form does its work once."""

from typing import Any, Final

from django.forms import Form
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tallystick.foundation.errors import ExpectedError, InvalidField
from tallystick.interfaces.kit.formatting import format_amount
from tallystick.interfaces.kit.markup import current_locale
from tallystick.interfaces.kit.refusals import told
from tallystick.interfaces.portal.door import CustomerRequest
from tallystick.payments.exchange import ExchangeRateChanged

_SENTENCES: Final = {
    "idempotency_key_reused": lambda: _("This form was sent before. To do it a second time, send it once more."),
    "payment_in_progress": lambda: _("A payment for this is under way already. Go on with it, or cancel it."),
    # Without scripts the total on the button is that of the choice before.
    "choice_changed": lambda: _("Your choice changed the total. Look at it, then press the button again."),
    "invoice_not_open": lambda: _("One of these invoices was paid in the meantime. Look again at what is left."),
    "invoice_overpaid": lambda: _("Less is left to pay than a moment ago. Look again at the amounts."),
    "different_payer": lambda: _("Choose invoices of one currency."),
    "no_exchange_rate": lambda: _("There is no exchange rate for this currency today. Choose another currency."),
    "exchange_not_offered": lambda: _("This amount cannot be charged in this currency. Choose another one."),
    "payment_transition_refused": lambda: _("This payment has moved on in the meantime. Look at where it stands now."),
    "gateway_not_enabled": lambda: _("This way of paying was switched off. Choose another."),
}


def form_key(request: HttpRequest) -> str | None:
    """This function will return the key of a form that was sent; a second press of its button changes nothing (S37)."""
    return request.POST.get("idempotency_key") or None


def asked(request: CustomerRequest) -> dict[str, Any]:
    """This function will return what every use case takes from a form that was sent."""
    return {"actor": request.actor, "at": request.at, "idempotency_key": form_key(request)}


def sentence(error: ExpectedError) -> str:
    """This function will say what an expected failure means for the customer."""
    if isinstance(error, ExchangeRateChanged):
        said = _(
            "The exchange rate changed: it is %(amount)s now. Nothing was charged. Look, then press the button again."
        )
        return said % {"amount": format_amount(error.charged_minor, error.currency, current_locale(), shape="code")}
    words = _SENTENCES.get(error.code)
    return words() if words else told(error)


def say_beside(form: Form, error: ExpectedError) -> None:
    """This function will put what was refused beside the field that it is about, or above the form."""
    name = error.name if isinstance(error, InvalidField) else getattr(error, "field", None)
    form.add_error(name if name in form.fields else None, sentence(error))


def service_is_silent() -> str:
    """This function will say that an order never left, because the payment service could not be reached."""
    return _(
        "The payment service does not answer at the moment. Nothing was taken. "
        "Try again in a few minutes, or pay in another way."
    )
