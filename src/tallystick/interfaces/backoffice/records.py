"""Records: messages of payment services that wait for somebody."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tallystick.gateways import queries as gateways
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.usecases.roles import Permission


@require_safe
@page(Permission.HANDLE_INBOX)
def inbox(request: StaffRequest) -> HttpResponse:
    """This function will show the messages of payment services that fit nothing, or that nothing acted on yet."""
    accounts = {each["id"]: each["name"] for each in gateways.accounts()}
    rows = gateways.waiting_messages(received_before=request.at)
    waiting = [{**row, "account": accounts[row["account_id"]]} for row in rows]
    return render(request, "backoffice/inbox.html", {"waiting": waiting})
