"""Addresses of the kit: the theme switch, the brand stylesheet, and the living page."""

from django.urls import path

from tallystick.interfaces.kit import views

app_name = "kit"

urlpatterns = [
    path("theme/", views.choose_theme, name="theme"),
    path("language/", views.choose_language, name="language"),
    path("brand/<slug:colour>.css", views.brand, name="brand"),
    path("logo/<slug:digest>/", views.logo, name="logo"),
    path("", views.living_page, name="living"),
    path("samples/<slug:name>/", views.sample, name="sample"),
    path("find/customers/", views.find_customers, name="find-customers"),
    path("find/", views.find_anything, name="find"),
]
