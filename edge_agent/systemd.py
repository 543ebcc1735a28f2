"""Tells systemd that the service is up and alive (sd_notify(3)), without a library."""

import os
import socket
from collections.abc import Mapping


class Notifier:
    """Sends states to the socket that systemd names in the environment; silent without one."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        # A leading @ stands for the abstract namespace, whose names begin with a zero byte.
        self._address = "\0" + address[1:] if address.startswith("@") else address

    def notify(self, state: str) -> None:
        """Send one state, e.g. `READY=1` or `WATCHDOG=1`; a deaf systemd is no reason to stop."""
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.setblocking(False)
            try:
                sender.sendto(state.encode(), self._address)
            except OSError:
                return
