"""The demo's processes as the tests use them: the production topology in a folder of its own."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_server.demo import __main__ as demo
from hub_server.demo import processes as demo_processes
from hub_server.demo.files import Scene
from hub_server.demo.phones import Phones


class RunningStore:
    """Broker, hub and agent on loopback, with what the demo prints about them."""

    def __init__(self, folder: Path, running: demo.Demo, phones: Phones, told: str) -> None:
        self.folder = folder
        self.running = running
        self.phones = phones
        self.origin, self.user, self.password = re.findall(
            r"Floor page +(\S+)/ +log in as (\S+) / (\S+)", told
        )[0]
        self.phone_url = re.findall(r"Phone page +(\S+)", told)[0]


@pytest.fixture
def office_store(
    shared: Path, mosquitto: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[RunningStore]:
    """The longest recording of the office's Raspberry Pis, replayed at its own speed."""
    assert mosquitto
    office = shared / "sites" / "office"
    scene = Scene(
        map_path=office / "map.geojson",
        tags=["tag-1"],
        recording=office / "recordings" / "straight_05.csv.gz",
        survey=office / "survey.csv",
        tag_height_m=1.82,
    )
    running = demo.Demo(scene, tmp_path, demo_processes.free_port())
    try:
        phones = running.start()
        yield RunningStore(tmp_path, running, phones, capsys.readouterr().out)
        running.check()
    finally:
        running.stop()
