"""Takes the README's pictures: the real program on its own specimens, in a network namespace.

    python screenshots/take.py            needs rsvg-convert and the font DejaVu Sans Mono

Each picture is taken by a process of its own, since the namespace is entered for good.
"""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
FONT = "DejaVu Sans Mono"
SETTLED_SECONDS = 1.5
MOST_WAITS = 40
"""So often it is looked whether the first snapshot is there."""

PICTURES: dict[str, tuple[tuple[int, int], tuple[str, ...]]] = {
    "demo-80x24": ((80, 24), ("down", "down")),
    "demo-120x40": ((120, 40), ("down", "down")),
    "listener-140x40": ((140, 40), ("slash", *"5555", "enter", "enter")),
    "dual-stack-140x40": ((140, 40), ("slash", *"httpd-like", "enter", "a")),
    "mapped-140x40": ((140, 40), ("slash", *"dual-listener", "enter", "m", "a")),
    "pair-140x40": ((140, 40), ("slash", *"sshd-like", "enter", "down", "a")),
}
"""The size of the terminal, and the keys that are pressed."""


def main() -> None:
    """Take all pictures, or in a child the one that is named."""
    if len(sys.argv) > 1:
        take(sys.argv[1])
        return
    # Relative, since the command line is in the picture.
    python, script = (os.path.relpath(path, HERE.parent) for path in (sys.executable, __file__))
    for name in PICTURES:
        subprocess.run([python, script, name], cwd=HERE.parent, check=True)
        print(name)


def take(name: str) -> None:
    """Take the picture `name`."""
    # Before anything that starts threads: the namespace can be entered only without.
    from tcp46.demo.specimens import open_specimens  # noqa: PLC0415

    with open_specimens():
        svg = asyncio.run(screenshot(*PICTURES[name]))
    command = ["rsvg-convert", "--zoom", "0.8", "--output", str(HERE / f"{name}.png")]
    subprocess.run(command, input=in_place(svg).encode(), check=True)


async def screenshot(size: tuple[int, int], keys: tuple[str, ...]) -> str:
    """Return what the monitor shows after `keys`, as SVG."""
    from tcp46.ui.app import MonitorApp  # noqa: PLC0415
    from tcp46.watch.collector import Collector  # noqa: PLC0415
    from tcp46.watch.watcher import Watcher  # noqa: PLC0415

    os.environ.setdefault("TERM", "xterm-256color")
    collector = Collector()
    app = MonitorApp(lambda publish: Watcher(collector.collect, publish, 1.0), title="demo")
    async with app.run_test(size=size) as pilot:
        for _ in range(MOST_WAITS):
            if app.feed.snapshot is not None:
                break
            await pilot.pause(SETTLED_SECONDS)
        await pilot.press(*keys)
        await pilot.pause(SETTLED_SECONDS)
        return app.export_screenshot()


def in_place(svg: str) -> str:
    """Return `svg` with a font that is installed and leading blanks kept, so that the columns stand."""
    return svg.replace("Fira Code", FONT).replace("<text ", '<text xml:space="preserve" ')


if __name__ == "__main__":
    main()
