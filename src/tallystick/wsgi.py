"""The WSGI application that granian serves."""

import gc
import os

from asgiref.local import Local
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver
from django.utils.translation import trans_real

from tallystick.foundation.logs import configure_logs
from tallystick.foundation.processes import end_with_parent, is_supervised

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tallystick.settings")

if is_supervised():
    # granian's main process forks the one that serves; when it is killed, the port must become free.
    end_with_parent()
    configure_logs(process="web")

application = get_wsgi_application()

# Django keeps the language of each thread behind one lock of them all, and a page looks at it hundreds of times. Once
# a thread is paused inside, the others queue up, and from then on every look hands the processor over: eight clients
# were served slower than one (bench/README.md). This is the same without the lock, for a server of threads alone.
trans_real._active = Local(thread_critical=True)  # type: ignore[attr-defined]  # noqa: SLF001 - it has no setting

# Every page and shape is loaded now and not by the first who asks. What is there from here on is never let go of: a
# search of all of it for circles would stop all threads for a tenth of a second, once in a few hundred requests.
get_resolver()._populate()  # noqa: SLF001 - what the first look for an address does
gc.collect()
gc.freeze()
