"""Who is signed in where: ended for somebody who shall not come in any more."""

from uuid import UUID

from allauth.usersessions.models import UserSession

from tallystick.foundation.models import User
from tallystick.foundation.transactions import needs_transaction


@needs_transaction
def end_all(user_id: UUID) -> None:
    """This function will sign a user out everywhere, and make the password worth nothing."""
    user = User.objects.select_for_update().get(id=user_id)
    # Sessions are bound to the password, those that no list knows included.
    user.set_unusable_password()
    user.save(update_fields=["password"])
    for session in UserSession.objects.filter(user=user):
        session.end()
