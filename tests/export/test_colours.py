"""Colours on a terminal, and nowhere else."""

import io
import re

import pytest

from tcp46.export.colours import Colours, colours_for
from tcp46.export.printing import print_explanation
from tcp46.model.verdict import Explanation, Fact, Serves

TOLD = Explanation(
    verdict="serves IPv4 and IPv6",
    why=("It is so.",),
    evidence=(Fact("family", "AF_INET6", "sock_diag"), Fact("IPV6_V6ONLY", "0", "the kernel " * 12)),
    as_printed_by={"ss": "tcp *:80"},
    advice=("Nothing.",),
)
CODE = re.compile("\x1b\\[[0-9;]*m")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def printed(colours, width=50):
    out = io.StringIO()
    print_explanation(out, "tcp6 [::]:80", TOLD, width, serves=Serves.BOTH, colours=colours)
    return out.getvalue()


def test_with_colours_it_is_the_same_text():
    plain, painted = printed(Colours(is_on=False)), printed(Colours(is_on=True))
    assert "\x1b" not in plain
    assert CODE.sub("", painted) == plain
    assert max(map(len, plain.splitlines())) <= 50


def test_what_is_painted():
    painted = printed(Colours(is_on=True))
    assert painted.startswith(
        "\x1b[1mtcp6 [::]:80\x1b[0m\n  \x1b[32mserves IPv4 and IPv6\x1b[0m\n  It is so.\n"
    )
    assert "  - family: AF_INET6 \x1b[2m(sock_diag)\x1b[0m\n" in painted
    sources = painted.split("IPV6_V6ONLY: 0 ")[1].split("  ss")[0].splitlines()
    assert len(sources) > 2
    for line in sources:
        assert re.fullmatch(" *\x1b\\[2m\\S.*\x1b\\[0m", line)


@pytest.mark.parametrize(
    ("out", "environ", "expected"),
    [
        (Terminal(), {"TERM": "xterm"}, True),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": ""}, True),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (Terminal(), {}, False),
        (io.StringIO(), {"TERM": "xterm"}, False),
    ],
)
def test_where_there_are_colours(out, environ, expected):
    assert ("\x1b" in colours_for(out, environ).bold("x")) == expected
