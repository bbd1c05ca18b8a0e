"""The monitor; when it paints its first rows it writes the names of the modules it has to a file."""

import sys
from pathlib import Path

from tcp46.cli.main import main
from tcp46.ui.driver import MonitorDriver

SELECTED = "\x1b[7m"
"""The selected row is painted in reverse."""
flush = MonitorDriver.flush


def flush_and_note(driver):
    is_first = not told.exists() and any(SELECTED in part for part in driver._frame)
    if is_first:
        told.write_text("\n".join(sys.modules))
    flush(driver)


told = Path(sys.argv[1])
MonitorDriver.flush = flush_and_note
sys.exit(main([]))
