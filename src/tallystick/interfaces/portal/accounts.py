"""Whoever is a contact of several customers chooses for which of them they act, and switches at any time."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tallystick.foundation.business import locale_read
from tallystick.foundation.errors import NotFound
from tallystick.foundation.models import User
from tallystick.interfaces.kit.acting import act_as, own_contacts, shown_accounts
from tallystick.interfaces.kit.languages import chosen_language, speak
from tallystick.interfaces.kit.signin import business_shown
from tallystick.interfaces.kit.views import back_of
from tallystick.interfaces.portal.door import for_nobody_else, to_sign_in
from tallystick.wire.ids import contact_id_of


@require_http_methods(["GET", "HEAD", "POST"])
def accounts(request: HttpRequest) -> HttpResponse:
    """This function will show the customers for whom somebody may act, and act for the one that is pressed.

    It needs no right: what may be done is said by the contact that is chosen. Another's contact is answered as none.
    """
    user = request.user
    if not isinstance(user, User):
        return to_sign_in(request)
    own = () if user.is_staff else own_contacts(request, user.id)
    if not own:
        raise PermissionDenied
    if request.method == "POST":
        answer = _choose(request, user)
    else:
        request.business = business_shown()  # type: ignore[attr-defined]
        if not chosen_language(request):
            speak(locale_read(own[0].facts.language, own[0].language))
        told = {"accounts": shown_accounts(own), "next": request.GET.get("next", "")}
        answer = render(request, "portal/accounts.html", told)
    return for_nobody_else(answer)


def _choose(request: HttpRequest, user: User) -> HttpResponse:
    try:
        wanted = contact_id_of(request.POST.get("contact", ""))
    except NotFound as error:
        raise Http404 from error
    found = next((each for each in own_contacts(request, user.id) if each.facts.id == wanted), None)
    if found is None:
        raise Http404
    act_as(request, found)
    back, home = back_of(request), reverse("portal:home")
    return HttpResponseRedirect(back if back.startswith(home) else home)
