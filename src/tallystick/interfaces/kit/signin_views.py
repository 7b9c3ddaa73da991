"""The first page, and signing in by an e-mailed link: asked for, opened anywhere, used once by pressing a button."""

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core import ratelimit
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tallystick.foundation import address_links, sign_in_links
from tallystick.foundation.clock import now
from tallystick.interfaces.kit.signin import BY_MAIL, home_of
from tallystick.interfaces.kit.signin_forms import SignInLinkForm
from tallystick.usecases.greet import ask_for_sign_in_link
from tallystick.usecases.own_address import confirm_address


@require_safe
@never_cache
def start(request: HttpRequest) -> HttpResponse:
    """This function will lead everybody to where they belong."""
    user = request.user
    return HttpResponseRedirect(home_of(user)) if user.is_authenticated else redirect(settings.LOGIN_URL)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def ask(request: HttpRequest) -> HttpResponse:
    """This function will ask for the address, and say the same for every one."""
    form = SignInLinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email: str = form.cleaned_data["email"]
        too_many: HttpResponse | None = ratelimit.consume_or_429(
            request, action="request_login_code", key=email.lower()
        )
        if too_many is not None:
            return too_many
        ask_for_sign_in_link(email=email)
        return redirect("signin:sent")
    return render(request, "account/link_ask.html", {"form": form})


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """This function will say that a link is on its way, if the address can sign in by one."""
    return render(request, "account/link_sent.html", {"minutes": sign_in_links.MINUTES})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def link(request: HttpRequest, token: str) -> HttpResponse:
    """This function will sign in when the button is pressed, not when the link is opened: mail filters open links."""
    user = sign_in_links.user_of(token)
    if user is None or user.is_staff:
        return render(request, "account/link_over.html", status=410)
    if request.method != "POST":
        return render(request, "account/link_open.html", {"email": user.email})
    record_authentication(request, user, method=BY_MAIL, email=user.email)
    answer: HttpResponse = perform_login(request, Login(user=user, email=user.email))
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def new_address(request: HttpRequest, token: str) -> HttpResponse:
    """This function will change an address when the button is pressed, not when the link is opened: mail filters open
    links.
    """
    try:
        if request.method == "POST":
            email, template = confirm_address(token=token, at=now()), "account/address_changed.html"
        else:
            email, template = address_links.read_token(token).new, "account/address_open.html"
    except address_links.AddressLinkOver:
        return render(request, "account/address_over.html", status=410)
    return render(request, template, {"email": email})
