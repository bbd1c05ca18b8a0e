"""``PYTHONPATH=tests python -m supply``: the wheel on every supported Python here, the sdist and the zipapp.

One a core at a time. A Python that is not here is named and left out. The pure part of the test
suite runs on the Pythons that the whole suite does not run on.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
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
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(os.cpu_count()) as pool:
        folder = Path(name)
        os.environ["SHIV_ROOT"] = str(folder / "unpacked")
        _run([sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)])
        (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")

        def try_wheel(version_of_python: str, program: str) -> None:
            is_own = version_of_python == own
            programs = _installed(program, wheel, folder / version_of_python, () if is_own else FOR_TESTS)
            start([str(programs / "tcp46")], folder, version)
            if not is_own:
                _test(programs)

        def try_sdist() -> None:
            start([str(_installed(sys.executable, sdist, folder / "sdist") / "tcp46")], folder, version)

        def try_zipapp() -> None:
            zipped = folder / "tcp46.pyz"
            shiv = [str(Path(sys.executable).with_name("shiv")), "-q", "-c", "tcp46", "-o", str(zipped)]
            _run([*shiv, "--constraint", str(LOCK), str(wheel)])
            start([sys.executable, str(zipped)], folder, version)

        work = {
            f"wheel on Python {each}{'' if each == own else ', and the tests of what is pure'}": partial(
                try_wheel, each, program
            )
            for each, program in reversed(found.items())
        } | {f"sdist on Python {own}": try_sdist, "single file (shiv)": try_zipapp}
        for said in pool.map(_told, work, work.values()):
            print(said, flush=True)
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


def _told(what: str, work: Callable[[], None]) -> str:
    began = time.monotonic()
    work()
    return f"{what}: works ({time.monotonic() - began:.0f} s)"


if __name__ == "__main__":
    sys.exit(main())
