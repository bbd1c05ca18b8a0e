import os

import pytest

from tcp46.kernel.privilege import reads_every_process

WHOLE, PART = "0 0 4294967295\n", "1000 1000 1\n"


@pytest.mark.parametrize(
    ("capabilities", "uid_map", "expected"),
    [
        ("000001ffffffffff", WHOLE, True),
        ("0000000000080004", WHOLE, True),
        ("0000000000080000", WHOLE, False),
        ("0000000000000004", WHOLE, False),
        ("0000000000000000", WHOLE, False),
        ("000001ffffffffff", PART, False),
        ("000001ffffffffff", "", False),
    ],
)
def test_both_capabilities_in_the_first_user_namespace(tmp_path, capabilities, uid_map, expected):
    (tmp_path / "status").write_text(f"Name:\tx\nCapEff:\t{capabilities}\nCapBnd:\t0\n")
    (tmp_path / "uid_map").write_text(uid_map)
    assert reads_every_process(tmp_path) is expected


def test_without_proc_it_is_not_claimed(tmp_path):
    assert reads_every_process(tmp_path) is False


def test_an_ordinary_user_does_not():
    if os.geteuid() == 0:
        pytest.skip("runs as root")
    assert reads_every_process() is False
