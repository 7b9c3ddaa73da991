"""The addresses to which payment services send their messages."""

from django.urls import path

from tallystick.interfaces.webhooks import views

app_name = "webhooks"
urlpatterns = [path("<str:account>", views.receive, name="receive")]
