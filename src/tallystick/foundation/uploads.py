"""A file on its way in: a PDF or a picture, by its content and not by its name."""

import hashlib
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django.utils.translation import gettext as _

from tallystick.foundation.errors import Invalid

LARGEST_BYTES: Final = 10_000_000
LONGEST_NAME: Final = 200

# How the files that are taken begin, whatever their names say.
_BEGINNINGS: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
_WEBP: Final = "image/webp"
MEDIA_TYPES: Final = (*dict.fromkeys(media_type for _, media_type in _BEGINNINGS), _WEBP)


@dataclass(kw_only=True, eq=False)
class FileNotAccepted(Invalid):
    """A file that was handed in cannot be kept."""

    code: ClassVar[str] = "file_not_accepted"
    sentence: ClassVar[str] = "{reason}"
    field: ClassVar[str | None] = "file"

    reason: str


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file that can be kept, as it was handed in."""

    name: str
    media_type: str
    content: bytes

    def columns(self) -> dict[str, Any]:
        """This method will return the columns of the row that keeps it."""
        return {
            "name": self.name,
            "media_type": self.media_type,
            "size": len(self.content),
            "sha256": hashlib.sha256(self.content).hexdigest(),
            "content": self.content,
        }


def read_upload(name: str, content: bytes, *, refusal: type[FileNotAccepted] = FileNotAccepted) -> Upload:
    """This function will look at a file that was handed in; some programs send the path on their machine as its name.

    Raises:
        FileNotAccepted: as the `refusal` that it is given: when the file is empty, above 10 MB, neither a PDF nor a
            picture by its content, or nameless.
    """
    kept = name.replace("\\", "/").rpartition("/")[2].strip()
    if not 0 < len(kept) <= LONGEST_NAME or not kept.isprintable():
        said = _("A file has a name of 1 to %(most)s characters, on one line.")
        raise refusal(reason=said % {"most": LONGEST_NAME})
    if not content:
        raise refusal(reason="The file is empty.")
    if len(content) > LARGEST_BYTES:
        raise refusal(reason="A file has at most 10 MB.")
    media_type = _media_type(content)
    if media_type is None:
        raise refusal(reason="A file is a PDF or a picture: PNG, JPEG, TIFF or WebP.")
    return Upload(name=kept, media_type=media_type, content=content)


def _media_type(content: bytes) -> str | None:
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _WEBP
    return next((media_type for beginning, media_type in _BEGINNINGS if content.startswith(beginning)), None)
