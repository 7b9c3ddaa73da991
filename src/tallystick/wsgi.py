"""The WSGI application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

from tallystick.foundation.logs import configure_logs
from tallystick.foundation.processes import end_with_parent, is_supervised

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tallystick.settings")

if is_supervised():
    # granian's main process forks the one that serves; when it is killed, the port must become free.
    end_with_parent()
    configure_logs(process="web")

application = get_wsgi_application()
