"""Addresses of signing in by an e-mailed link."""

from django.urls import path

from tallystick.interfaces.kit import signin_views

app_name = "signin"

urlpatterns = [
    path("", signin_views.ask, name="ask"),
    path("sent/", signin_views.sent, name="sent"),
    path("<str:token>/", signin_views.link, name="link"),
]
