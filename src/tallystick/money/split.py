"""Splits that lose nothing: the parts always add up to the whole."""

import math
from collections.abc import Sequence
from fractions import Fraction


def by_weights(total_minor: int, weights: Sequence[int]) -> list[int]:
    """This function will split an amount in proportion to whole, non-negative weights, exactly.

    Each part is the floor of its share; the units left over go to the largest remainders, earlier parts first on a
    tie, so the result depends on nothing but the arguments. When all weights are 0 the first part takes everything.

    Raises:
        ValueError: when there is no part, or a weight is negative.
    """
    if not weights or min(weights) < 0:
        raise ValueError(f"Weights must be one or more whole numbers from 0: {weights!r}.")
    if total_minor < 0:
        return [-part for part in by_weights(-total_minor, weights)]
    whole = sum(weights)
    if whole == 0:
        return [total_minor, *([0] * (len(weights) - 1))]
    parts = [total_minor * weight // whole for weight in weights]
    remainders = [total_minor * weight % whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: (-remainders[index], index))
    for index in by_remainder[: total_minor - sum(parts)]:
        parts[index] += 1
    return parts


def pro_rata(whole_minor: int, part: int, of: int) -> int:
    """This function will return the share of `whole_minor` that belongs to `part` out of `of`, half up.

    When the part is everything the whole comes back, so the last of several parts takes the remainder if the caller
    passes what is left each time.

    Raises:
        ValueError: when the part is not between 0 and the whole.
    """
    if not 0 <= part <= of or of == 0:
        raise ValueError(f"{part} is no part of {of}.")
    return (2 * whole_minor * part + of) // (2 * of)


def by_exact_shares(total_minor: int, shares: Sequence[Fraction]) -> list[int]:
    """This function will round exact shares, which may be negative, to whole units that add up to `total_minor`.

    `total_minor` is the rounded sum of the shares. Each part is the floor of its share; what is left goes to the
    largest fractions, earlier parts first on a tie.

    Raises:
        ValueError: when the total is not within a rounding of the shares' sum.
    """
    parts = [math.floor(share) for share in shares]
    left = total_minor - sum(parts)
    if not 0 <= left <= len(parts):
        raise ValueError(f"{total_minor} is not the rounded sum of {shares!r}.")
    by_fraction = sorted(range(len(parts)), key=lambda index: (parts[index] - shares[index], index))
    for index in by_fraction[:left]:
        parts[index] += 1
    return parts
