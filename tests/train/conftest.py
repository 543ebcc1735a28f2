"""Torch is never part of `make test`: this folder is collected only when it is named."""

import os
from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave everything here out unless the command line names the folder."""
    del collection_path
    if not any("train" in argument for argument in config.args):
        return True
    # Read when scikit-learn and torch are loaded, so set before a test is: two threads that share
    # a core with another program wait for each other, and a fit of 2 s takes 25.
    os.environ["OMP_NUM_THREADS"] = "1"
    return None
