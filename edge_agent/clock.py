"""What this machine's clocks are worth."""

import ctypes
import secrets
from pathlib import Path
from typing import Final

# One per kernel start, so monotonic times before and after a restart of the agent compare.
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
# <sys/timex.h>: the return value that says "clock not synchronized".
_TIME_ERROR: Final = 5
# struct timex is 208 bytes on 64-bit Linux, less on 32-bit; zeroed, it only asks (modes = 0).
_TIMEX_BYTES: Final = 256


def boot() -> str:
    """The name of this run of the machine; monotonic times compare only within one."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return secrets.token_hex(16)


def is_synced() -> bool:
    """Whether the kernel holds the wall clock disciplined (adjtimex(2): any NTP client sets it)."""
    try:
        adjtimex = ctypes.CDLL(None).adjtimex
    except (OSError, AttributeError):
        return False
    state = int(adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)))
    return 0 <= state < _TIME_ERROR
