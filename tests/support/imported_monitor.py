"""The monitor; it writes the names of its modules to a file with its first rows, to another ever after."""

import sys
from pathlib import Path

from tcp46.cli.main import main
from tcp46.ui.driver import MonitorDriver

SELECTED = "\x1b[7m"
"""The selected row is painted in reverse."""
flush = MonitorDriver.flush


def note(path):
    """Write the file as a whole: it may be read at any time."""
    part = path.with_suffix(".part")
    part.write_text("\n".join(sys.modules))
    part.replace(path)


def flush_and_note(driver):
    if told.exists() or any(SELECTED in part for part in driver._frame):
        note(later if told.exists() else told)
    flush(driver)


told, later = map(Path, sys.argv[1:])
MonitorDriver.flush = flush_and_note
sys.exit(main([]))
