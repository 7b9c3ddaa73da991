"""A file on its way out: a download, or what is attached to a mail."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class File:
    """A file: its name, its media type and its bytes."""

    name: str
    media_type: str
    content: bytes = field(repr=False)
