"""The first frame, and then no driver that takes the terminal for as long as anybody waits."""

import time

from tcp46.ui.opening import Opening

with Opening("OPENED"):
    time.sleep(60)
