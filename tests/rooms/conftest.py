"""The rooms are tested in the world of the scenarios."""

from tests.scenarios.conftest import posted, world

__all__ = ["posted", "world"]
