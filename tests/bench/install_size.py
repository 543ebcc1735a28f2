"""Installed size of `instep[edge]`, and whether each of its wheels exists for a Pi (aarch64)."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
UV = [str(Path(sys.executable).parent / "uv"), "pip"]
LIMIT_MB = 100


def run(*command: str) -> str:
    env = {**os.environ, "INSTEP_SKIP_WEB": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=env)
    return done.stdout


def installed_bytes(folder: Path) -> int:
    """Bytes of site-packages after installing the edge extra into a fresh environment."""
    run(UV[0], "venv", "-q", "--python", sys.executable, str(folder))
    python = str(folder / "bin" / "python")
    constraints = str(ROOT / ".ci" / "constraints.txt")
    run(*UV, "install", "-q", "--python", python, "-c", constraints, f"{ROOT}[edge]")
    (packages,) = (folder / "lib").glob("python3*/site-packages")
    return sum(path.stat().st_size for path in packages.rglob("*") if path.is_file())


def pi_wheels() -> list[str]:
    """What a Pi with Python 3.11 would install, wheels only; fails where a wheel is missing."""
    platform = ["--python-platform", "aarch64-manylinux_2_28", "--python-version", "3.11"]
    only = ["--only-binary", ":all:", "--no-annotate", "--no-header", "-q"]
    listing = run(*UV, "compile", *platform, *only, "--extra", "edge", "pyproject.toml")
    return listing.split()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        size_mb = installed_bytes(Path(folder) / "edge") / 1e6
    print(f"instep[edge] in site-packages: {size_mb:.0f} MB (limit {LIMIT_MB} MB)")
    print(f"aarch64 wheels: {', '.join(pi_wheels())}")


if __name__ == "__main__":
    main()
