"""The logo of a business, as documents take it."""

import base64
from decimal import Decimal
from typing import Final

from tallystick.foundation.business import LogoFacts
from tallystick.invoices.documents.facts import Logo

SVG: Final = "image/svg+xml"


def logo_of(kept: LogoFacts) -> Logo:
    """This function will return a kept logo as documents take it."""
    return Logo(
        svg=as_svg(kept.media_type, kept.content, kept.width_for_height), width_for_height=kept.width_for_height
    )


def as_svg(media_type: str, content: bytes, width_for_height: Decimal) -> str:
    """This function will return a logo as a drawing: the templates take text alone, so a photograph is put into one."""
    if media_type == SVG:
        return content.decode()
    data = base64.b64encode(content).decode()
    width = width_for_height * 100
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="100" viewBox="0 0 {width} 100">'
        f'<image width="{width}" height="100" preserveAspectRatio="none" href="data:{media_type};base64,{data}"/></svg>'
    )
