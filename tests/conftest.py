"""What the tests stand on: the shared data and Debian's programs, or a skip that names them."""

import os
import shutil
from pathlib import Path

import pytest

# As `edge-agent` does, and before any test loads NumPy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# As `hub_server.stage` does: test_graph imports onnxruntime by itself.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
# CI sets it: there, what is absent fails instead of skipping.
REQUIRED = os.environ.get("INSTEP_REQUIRE_SHARED") == "1"


# These files take a minute or more each. They are begun first, so that at the end no core waits.
SLOW = ("tests/e2e/", "tests/edge_agent/test_location_figures.py")


@pytest.hookimpl(trylast=True)  # after the shuffle, which stays within each half
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(SLOW))


def absent(name: str, remedy: str) -> None:
    """Skip, or fail where everything is required, saying what is missing and how to get it."""
    text = f"{name} is absent: {remedy}"
    if REQUIRED:
        pytest.fail(text)
    pytest.skip(text)


def program(name: str) -> str:
    """The path of a Debian program."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin")
    if path is None:
        absent(name, "make test SYSTEM=1 installs it")
    return str(path)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real recordings and scorers beside the project."""
    if not SHARED.is_dir():
        absent("../shared", "these data are not part of the product")
    return SHARED


@pytest.fixture(scope="session")
def mosquitto() -> str:
    """The path of the MQTT broker."""
    return program("mosquitto")


@pytest.fixture(scope="session")
def dbus_daemon() -> str:
    """The path of the D-Bus daemon."""
    return program("dbus-daemon")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser."""
    return program("chromium")


@pytest.fixture
def anyio_backend() -> str:
    """Everything of ours runs on asyncio."""
    return "asyncio"
