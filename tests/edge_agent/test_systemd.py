import socket
from pathlib import Path

from edge_agent.systemd import Notifier


def test_states_reach_the_socket_that_systemd_names(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    for address in (path, "@instep-test-notify"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.bind(address.replace("@", "\0"))
            Notifier({"NOTIFY_SOCKET": address}).notify("READY=1")
            assert systemd.recv(100) == b"READY=1"


def test_without_systemd_nothing_happens(tmp_path: Path) -> None:
    Notifier({}).notify("READY=1")
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).notify("READY=1")
