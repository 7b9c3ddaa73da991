"""Who is signed in, for whom, and where sign-in is looked after."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tallystick.customers.queries import contacts
from tallystick.interfaces.portal.door import ContactRequest, page


@require_safe
@page()
def profile(request: ContactRequest) -> HttpResponse:
    """This function will show the contact and the customer as we know them, and lead to password and second factor."""
    me = next(each for each in contacts(request.customer_id) if each.id == request.contact_id)
    return render(request, "portal/profile.html", {"me": me, "customer": request.customer, "user": request.user})
