"""Seeing the portal as a customer does: begun at a contact, ended by the button above every page of the portal."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tallystick.foundation.errors import Conflict
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import sentence
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.kit.viewing import forget_view, keep_view, view_in
from tallystick.usecases import view_as
from tallystick.usecases.roles import Permission
from tallystick.wire.ids import contact_id_of


@require_POST
@page(Permission.VIEW_AS_CUSTOMER)
def begin(request: StaffRequest, public: str, contact: str) -> HttpResponse:
    """This function will lead into the portal as a contact sees it."""
    customer_id = addresses.customer_id_of(public)
    try:
        view_id = view_as.begin_view(
            actor=request.actor, at=request.at, customer_id=customer_id, contact_id=contact_id_of(contact)
        )
    except Conflict as error:
        messages.error(request, sentence(error))
        return HttpResponseRedirect(addresses.customer_url(customer_id))
    keep_view(request, view_id)
    return redirect("portal:home")


@require_POST
@page()
def end(request: StaffRequest) -> HttpResponse:
    """This function will lead back to the customer's page."""
    view_id = view_in(request)
    customer_id = None if view_id is None else view_as.end_view(actor=request.actor, at=request.at, view_id=view_id)
    forget_view(request)
    if customer_id is None:
        return redirect("office:home")
    messages.success(request, _("You see the back office as yourself again."))
    return HttpResponseRedirect(addresses.customer_url(customer_id))
