"""What a process owes to the one that started it."""

import ctypes
import os
import signal
import sys

SUPERVISED = "TALLYSTICK_SUPERVISED"
# A running request or job is given this long when its process is told to stop.
GRACE_SECONDS = 20
_PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """This function will have the kernel end this process, by SIGTERM, as soon as its parent is dead.

    Otherwise a killed supervisor would leave servers behind that hold the port. Only Linux can do this.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def is_supervised() -> bool:
    """This function will tell whether a supervisor of ours started this process."""
    return SUPERVISED in os.environ
