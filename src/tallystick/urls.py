"""Which door answers which address."""

from django.urls import URLPattern, URLResolver, include, path

from tallystick.interfaces.kit.signin_views import start

urlpatterns: list[URLPattern | URLResolver] = [
    path("", start, name="start"),
    path("accounts/", include("tallystick.interfaces.kit.account_urls")),
    path("office/", include("tallystick.interfaces.backoffice.urls")),
    path("pay/", include("tallystick.interfaces.portal.link_urls")),
    path("portal/", include("tallystick.interfaces.portal.urls")),
    path("api/", include("tallystick.interfaces.api.urls")),
    path("webhooks/", include("tallystick.interfaces.webhooks.urls")),
    path("kit/", include("tallystick.interfaces.kit.urls")),
]
