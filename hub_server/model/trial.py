"""A model is run for the first time in a process of its own, where it can hurt nobody.

A file of 34 kB with nothing but listed operators, each doubling what the one before made, took
1.6 GB and 5.5 s of onnxruntime before it had answered once (measured); in the hub that would be
the end of the store's day. Here it ends at a limit, and the hub is told so.
"""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from typing import Final

import msgspec

from hub_server.model import file as model_file
from hub_server.model.manifest import ModelRefused, parsed

# A good model of today takes 0.3 s on this machine, nearly all of it the imports; a Pi is ten
# times slower.
CPU_S: Final = 20
WALL_S: Final = 60.0
# What the process may hold: onnxruntime and NumPy take 106 MB. The service's own limit is 512 MB
# (deploy/instep-hub.service), of which the hub takes a third.
DATA_BYTES: Final = 256 * 1024 * 1024
POLL_S: Final = 0.02
# The hub's ticks come first.
NICENESS: Final = 10
# None of the hub's secrets, but where Python finds itself. One thread of linear algebra: each of a
# large machine's would take its share of the memory above.
KEPT_ENVIRONMENT: Final = ("LD_LIBRARY_PATH", "PATH", "PYTHONPATH")
ENVIRONMENT: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"}
# The exit code of a refusal in words; anything else is an end that the trial did not choose.
REFUSED: Final = 3


class Trial:
    """One model on trial; it begins at once.

    Args:
        data: the model file.
        manifest: its manifest's file.
        wall_s: after so long it is ended.

    Raises:
        OSError: no process can be started.
    """

    def __init__(self, data: bytes, manifest: bytes, wall_s: float = WALL_S) -> None:
        kept = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
        with tempfile.TemporaryFile() as file:
            # A pipe would hold 64 kB, and the hub would wait for the child to read on.
            file.write(msgspec.msgpack.encode((data, manifest)))
            file.seek(0)
            self._process = subprocess.Popen(
                (sys.executable, "-P", "-m", "hub_server.model.trial"),
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**kept, **ENVIRONMENT},
            )
        self._until_s = time.monotonic() + wall_s

    def verdict(self) -> str | None:
        """Why the model is refused; empty for a good one, None while nobody knows."""
        if self._process.poll() is None:
            if time.monotonic() < self._until_s:
                return None
            self._process.kill()
        said = self._process.communicate()[0].decode(errors="replace").strip()
        code = self._process.returncode
        if code == 0:
            return ""
        return said if code == REFUSED else f"its trial ended by {_ending(code)}"

    def close(self) -> None:
        """End the trial; nobody wants to know any more."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def stand(data: bytes, manifest: bytes) -> None:
    """Try a model and wait for the verdict.

    Raises:
        ModelRefused: it did not pass, or could not be tried.
    """
    try:
        trial = Trial(data, manifest)
    except OSError as error:
        msg = f"it cannot be tried: {error.strerror}"
        raise ModelRefused(msg) from None
    while (verdict := trial.verdict()) is None:
        time.sleep(POLL_S)
    if verdict:
        raise ModelRefused(verdict)


def _ending(code: int) -> str:
    limits = f"limits: {CPU_S} s of processor, {DATA_BYTES >> 20} MB, {WALL_S:.0f} s in all"
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"{signal.Signals(-code).name} ({limits})"
    return f"exit code {code} ({limits})"


def tried(given: bytes) -> str:
    """Why the model in a trial's stdin is refused; empty for a good one."""
    # Who only starts trials and hears of them needs no onnxruntime.
    from hub_server.model.network import Network, prove, prove_crowd  # noqa: PLC0415

    data, manifest = msgspec.msgpack.decode(given, type=tuple[bytes, bytes])
    try:
        promised = parsed(manifest)
        model_file.look_at(data, promised.sha256)
        network = Network(data)
        prove(network, promised)
        prove_crowd(network, time.process_time)
    except ModelRefused as error:
        return str(error)
    return ""


def main() -> int:  # pragma: no cover - in a process of its own
    """Try what stdin holds; the exit code is the verdict, stdout its words."""
    for kind, most in ((resource.RLIMIT_CPU, CPU_S), (resource.RLIMIT_DATA, DATA_BYTES)):
        resource.setrlimit(kind, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(NICENESS)
    words = tried(sys.stdin.buffer.read())
    sys.stdout.write(words)
    return REFUSED if words else 0


if __name__ == "__main__":
    raise SystemExit(main())
