"""What the config file and the command line together ask for."""

import os
from argparse import Namespace
from dataclasses import replace
from typing import TextIO

from tcp46.cli.saying import say
from tcp46.config.reading import Configuration, read_configuration
from tcp46.model.text import sanitise
from tcp46.ui.vocabulary import vocabulary


def configuration_for(parsed: Namespace) -> Configuration:
    """Return what the config file says, and the command line in its place where it says something."""
    found = read_configuration(os.environ, vocabulary())
    given = {
        name: value for name in ("interval", "mouse") if (value := getattr(parsed, name, None)) is not None
    }
    return replace(found, settings=replace(found.settings, **given))


def print_config(out: TextIO) -> bool:
    """Print the settings in force as a config file; return whether the one that is there has no mistake."""
    from tcp46.config.writing import toml_of  # noqa: PLC0415  the monitor starts without

    names = vocabulary()
    found = read_configuration(os.environ, names)
    if found.is_there:
        out.write(f"# {sanitise(str(found.path))}\n\n")
    elif found.path is not None:
        out.write(f"# {sanitise(str(found.path))} is not there: all of this is by default.\n\n")
    is_ascii = not (out.encoding or "").lower().startswith("utf")
    for line in toml_of(found, names, ascii_only=is_ascii):
        out.write(f"{line}\n")
    out.flush()
    for complaint in found.complaints():
        say(complaint)
    return not found.mistakes
