"""Addresses by which somebody pays without signing in."""

from django.urls import path

from tallystick.interfaces.portal import links

app_name = "paylink"

urlpatterns = [
    path("return/<str:public>/", links.come_back, name="return"),
    path("<str:token>/", links.open_link, name="open"),
    path("<str:token>/pdf/", links.invoice_pdf, name="pdf"),
    path("<str:token>/check/", links.check, name="check"),
    path("<str:token>/cancel/", links.give_up, name="give-up"),
    path("<str:token>/day/", links.choose_day, name="choose-day"),
    path("<str:token>/promise/", links.promise_to_pay, name="promise-to-pay"),
    path("<str:token>/sent/", links.sent, name="sent"),
    path("<str:token>/withdraw/", links.withdraw, name="withdraw"),
]
