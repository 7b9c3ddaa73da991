"""What a contact may do in the portal (`docs/model.md`, 32). What each means is `usecases.roles.OF_RIGHT`."""

from enum import StrEnum


class Right(StrEnum):
    """One right of a contact."""

    VIEW = "view"
    PAY = "pay"
    MANAGE_METHODS = "manage_methods"
    MANAGE_AUTOPAY = "manage_autopay"
    DOWNLOAD = "download"
    MANAGE_CONTACTS = "manage_contacts"


ALL_RIGHTS = tuple(Right)
