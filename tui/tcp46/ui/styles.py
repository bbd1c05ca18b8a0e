"""Where the stylesheets are."""

from pathlib import Path

import tcp46

_PACKAGE = Path(tcp46.__file__).resolve().parent


def stylesheet(name: str) -> Path:
    """Return a stylesheet's path: in the installed package, or at the root of a checkout."""
    installed = _PACKAGE / "styles" / name
    return installed if installed.exists() else _PACKAGE.parents[1] / "styles" / name
