"""Sessions in the database, as Django keeps them: each request reads its own, by a statement that is kept prepared."""

from typing import Final

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from tallystick.foundation.rows import columns, instances

_LIVE: Final = f"SELECT {columns(Session)} FROM django_session WHERE session_key = %s AND expire_date > %s"  # noqa: S608 - our own columns


class SessionStore(db.SessionStore):
    """What the setting SESSION_ENGINE names."""

    def _get_session_from_db(self) -> Session | None:
        found = instances(Session, _LIVE, [self.session_key, timezone.now()])
        if found:
            return found[0]
        self._session_key = None
        return None
