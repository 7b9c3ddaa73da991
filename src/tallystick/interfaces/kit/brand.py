"""A business's own colour, made readable: pure arithmetic of contrast (WCAG 2.2), and the small stylesheet of it."""

import re
from typing import Final

_HEX: Final = re.compile(r"#?([0-9a-fA-F]{6})")
# The surfaces that coloured text must be read on: the light theme's darkest, and the dark theme's lightest.
_LIGHT_GROUND: Final = (0xF4, 0xF3, 0xF1)
_DARK_GROUND: Final = (0x24, 0x26, 0x2C)
# What a soft tint of the colour is mixed from.
_WHITE: Final = (0xFF, 0xFF, 0xFF)
_BLACK: Final = (0, 0, 0)
_NIGHT: Final = (0x1C, 0x1E, 0x24)
_READABLE: Final = 4.5

Colour = tuple[int, int, int]


class NotAColour(ValueError):
    """The text is no colour of six hexadecimal digits."""


def parse_colour(text: str) -> Colour:
    """This function will read "#0f766e" or "0f766e".

    Raises:
        NotAColour: for anything else.
    """
    match = _HEX.fullmatch(text)
    if not match:
        raise NotAColour(text)
    digits = match.group(1)
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def contrast(one: Colour, other: Colour) -> float:
    """This function will return the contrast ratio of two colours, from 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def brand_stylesheet(text: str) -> str:
    """This function will return the custom properties of a brand colour for both themes.

    The fill keeps the business's exact colour where white or black is readable on it, which one of them always is;
    text and lines in that colour are moved towards black or white until they can be read.

    Raises:
        NotAColour: when the text is no colour.
    """
    colour = parse_colour(text)
    on_fill = _WHITE if contrast(colour, _WHITE) >= _READABLE else _BLACK
    light_soft, dark_soft = _mix(colour, _WHITE, 91), _mix(colour, _NIGHT, 74)
    light = _towards(colour, _BLACK, _LIGHT_GROUND, light_soft)
    dark = _towards(colour, _WHITE, _DARK_GROUND, dark_soft)
    return (
        "@layer tokens{:root{"
        f"--accent:{_css(colour)};"
        f"--on-accent:{_css(on_fill)};"
        f"--accent-hover:color-mix(in oklab,{_css(colour)} 88%,{_css(_away(on_fill))});"
        f"--accent-ink:light-dark({_css(light)},{_css(dark)});"
        f"--focus:light-dark({_css(light)},{_css(dark)});"
        f"--accent-soft:light-dark({_css(light_soft)},{_css(dark_soft)});"
        "}}\n"
    )


def _towards(colour: Colour, end: Colour, *grounds: Colour) -> Colour:
    for step in range(101):
        mixed = _mix(colour, end, step)
        if all(contrast(mixed, ground) >= _READABLE for ground in grounds):
            return mixed
    return end


def _mix(one: Colour, other: Colour, hundredths: int) -> Colour:
    red, green, blue = ((a * (100 - hundredths) + b * hundredths) // 100 for a, b in zip(one, other, strict=True))
    return red, green, blue


def _away(colour: Colour) -> Colour:
    return _BLACK if colour == _WHITE else _WHITE


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _css(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
