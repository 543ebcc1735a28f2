"""Torch is never part of `make test`: this folder is collected only when it is named."""

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave everything here out unless the command line names the folder."""
    del collection_path
    return None if any("train" in argument for argument in config.args) else True
