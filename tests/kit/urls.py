"""The kit and the sign-in pages alone, so that these tests stand while doors are being built."""

from django.urls import include, path

urlpatterns = [
    path("kit/", include("tallystick.interfaces.kit.urls")),
    path("accounts/", include("allauth.urls")),
]
