"""The switch in the portal's foot: the contact who presses it reads pages and mails in that language from then on."""

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from tallystick.foundation.errors import Invalid
from tallystick.interfaces.kit.languages import keep_language
from tallystick.interfaces.kit.views import back_of
from tallystick.interfaces.portal.checkout import refused
from tallystick.interfaces.portal.door import ContactRequest, page
from tallystick.usecases import people


@require_POST
@page()
def choose(request: ContactRequest) -> HttpResponse:
    """This function will change the contact's own language, keep it for this browser, and go back to the page."""
    language, back = request.POST.get("language", ""), back_of(request)
    try:
        people.change_contact(
            actor=request.actor,
            at=request.at,
            customer_id=request.customer_id,
            contact_id=request.contact_id,
            changes={"language": language},
        )
    except Invalid as error:
        return refused(request, error, back)
    response = HttpResponseRedirect(back)
    keep_language(request, response, language)
    return response
