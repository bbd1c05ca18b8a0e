"""``PYTHONPATH=tests python -m supply``: the wheel on every supported Python here, the sdist and the zipapp.

Takes some two minutes. A Python that is not here is named and left out. The pure part of the test
suite runs on the Pythons that the whole suite does not run on.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable
from pathlib import Path

from supply.pythons import SUPPORTED, pythons
from supply.started import start

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements.lock"
PURE = ("tests/model", "tests/listings", "tests/verdict", "tests/query/test_filter_address_text.py")
FOR_TESTS = ("pytest", "pytest-asyncio", "hypothesis")


def main() -> int:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    found = pythons()
    for missing in (each for each in SUPPORTED if each not in found):
        print(f"Python {missing}: not here, and left out")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _run([sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)])
        (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
        own = f"{sys.version_info.major}.{sys.version_info.minor}"
        for each, program in found.items():
            venv = _installed(program, wheel, folder / each, FOR_TESTS if each != own else ())
            _tell(f"wheel on Python {each}", lambda venv=venv: start([str(venv / "tcp46")], folder, version))
            if each != own:
                _tell(f"tests of what is pure on Python {each}", lambda venv=venv: _test(venv))
        venv = _installed(sys.executable, sdist, folder / "sdist")
        _tell(f"sdist on Python {own}", lambda: start([str(venv / "tcp46")], folder, version))
        zipped = folder / "tcp46.pyz"
        shiv = [str(Path(sys.executable).with_name("shiv")), "-q", "-c", "tcp46", "-o", str(zipped)]
        _run([*shiv, "--constraint", str(LOCK), str(wheel)])
        os.environ["SHIV_ROOT"] = str(folder / "unpacked")
        _tell("single file (shiv)", lambda: start([sys.executable, str(zipped)], folder, version))
    return 0


def _installed(program: str, what: Path, venv: Path, more: Iterable[str] = ()) -> Path:
    """Return the folder of programs of a new virtual environment with `what` in it."""
    _run([program, "-m", "venv", str(venv)])
    _run([str(venv / "bin/pip"), "install", "-q", "--constraint", str(LOCK), str(what), *more])
    return venv / "bin"


def _test(programs: Path) -> None:
    # A copy, beside which the package cannot be found but where it was installed.
    copy = programs.parent / "copy"
    shutil.copytree(ROOT / "tests", copy / "tests", ignore=shutil.ignore_patterns("__pycache__", "*.svg"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    skipped = ["--ignore-glob=*kernel*", "--ignore-glob=*real_tools*", "-p", "no:cacheprovider"]
    _run([str(programs / "python"), "-m", "pytest", "-q", "-x", *skipped, *PURE], cwd=copy)


def _run(command: list[str], cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def _tell(what, work) -> None:
    began = time.monotonic()
    work()
    print(f"{what}: works ({time.monotonic() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    sys.exit(main())
