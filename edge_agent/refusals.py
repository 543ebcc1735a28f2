"""What a part refuses, as the Stop that ends a command with the code for it."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from edge_agent.exit import Exit, Stop
from edge_agent.option import OptionError
from edge_agent.radio_map_file import RadioMapError
from edge_agent.recording import RecordingError
from edge_agent.survey import SurveyError
from edge_agent.truth import TruthError
from store_maps.problem import MapError


@contextmanager
def refusals() -> Generator[None]:
    """Every refusal of a part as a Stop with its code."""
    try:
        yield
    except RecordingError as error:
        raise Stop(Exit.RECORDING, str(error)) from None
    except TruthError as error:
        raise Stop(Exit.RECORDING, f"truth {error}") from None
    except SurveyError as error:
        raise Stop(Exit.MAP, f"survey {error}") from None
    except RadioMapError as error:
        raise Stop(Exit.MAP, str(error)) from None
    except OptionError as error:
        raise Stop(Exit.USAGE, str(error)) from None


@contextmanager
def map_refusals(path: Path) -> Generator[None]:
    """What `load` raises of the floor map at `path`, as a Stop."""
    try:
        yield
    except MapError as error:
        msg = f"map {path}:\n{error}"
        raise Stop(Exit.MAP, msg) from None
    except OSError as error:
        msg = f"map {path}: cannot be read: {error.strerror}; you: give a floor map's path"
        raise Stop(Exit.MAP, msg) from None
