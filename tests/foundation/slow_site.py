"""Settings and addresses of a site with one slow page, for tests that stop it meanwhile."""

import time

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

from tests.settings import *  # noqa: F403

ROOT_URLCONF = __name__


def slow(request: HttpRequest) -> HttpResponse:
    """This function will answer after a while, and needs the database at the very end."""
    time.sleep(float(request.GET.get("seconds", "0")))
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'answered'")
        row = cursor.fetchone()
    return HttpResponse(str(row and row[0]))


urlpatterns = [path("slow", slow)]
