"""Files that are made: where they may be, whose they are, and that nothing half is left."""

import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tcp46.export.saving import SaveError, free_name, save

NOBODY = 65534


def text(out):
    out.write("a\u202e\udc80\n")


def refused(path, write=text):
    with pytest.raises(SaveError) as caught:
        save(path, write)
    return caught.value


def test_it_is_whole_and_nobody_elses_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        save(tmp_path / "a.txt", text)
    finally:
        os.umask(before)
    made = tmp_path / "a.txt"
    assert made.read_bytes() == "a\u202e\\udc80\n".encode()
    assert stat.S_IMODE(made.stat().st_mode) == 0o600


def test_nothing_is_written_over(tmp_path):
    there = tmp_path / "a.json"
    there.write_text("precious")
    error = refused(there)
    assert error.is_taken
    assert "already" in str(error)
    assert there.read_text() == "precious"


@pytest.mark.parametrize("target", ["there", "nowhere"])
def test_no_link_is_followed(tmp_path, target):
    (tmp_path / "there").write_text("precious")
    link = tmp_path / "a.json"
    link.symlink_to(tmp_path / target)
    assert refused(link).is_taken
    assert (tmp_path / "there").read_text() == "precious"
    assert not (tmp_path / "nowhere").exists()
    assert link.is_symlink()


def test_a_fifo_and_a_device_are_left_alone(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    assert refused(tmp_path / "fifo").is_taken
    assert refused(Path("/dev/full")).is_taken


@pytest.mark.parametrize(
    ("name", "why"), [("no/a.json", "no such folder"), ("file/a.json", "no folder"), ("x" * 300, "too long")]
)
def test_what_is_wrong_with_the_name_is_said(tmp_path, name, why):
    (tmp_path / "file").touch()
    error = refused(tmp_path / name)
    assert why in str(error)
    assert not error.is_taken
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_nothing_half_is_left(tmp_path):
    def fails(out):
        out.write("x" * 100_000)
        out.flush()
        raise ValueError

    with pytest.raises(ValueError):
        save(tmp_path / "a.json", fails)
    assert list(tmp_path.iterdir()) == []


def test_what_somebody_else_has_put_in_its_place_stays(tmp_path):
    path = tmp_path / "a.json"

    def replaced(out):
        path.unlink()
        path.write_text("another's")
        raise ValueError

    with pytest.raises(ValueError):
        save(path, replaced)
    assert path.read_text() == "another's"


def test_a_free_name(tmp_path):
    path = tmp_path / "a.json"
    assert free_name(path) == path
    path.touch()
    (tmp_path / "a-2.json").symlink_to("nowhere")
    assert free_name(path) == tmp_path / "a-3.json"


def as_program(path, prefix):
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from tcp46.export.saving import SaveError, save
        try:
            save(Path(sys.argv[1]), lambda out: out.write("x" * 300_000))
        except SaveError as error:
            print(error)
        """
    )
    done = subprocess.run(
        [*prefix, sys.executable, "-c", program, str(path)],
        text=True,
        check=False,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become nobody")
def test_nobody_may_not_write_into_roots_folder(tmp_path):
    pid = os.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        try:
            save(Path("a.json"), text)
        except SaveError as error:
            os._exit(0 if "may not write" in str(error) else 2)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert list(tmp_path.iterdir()) == []


def mounted(options, after=""):
    """A shell that runs the program with a small file system of its own on the folder $1."""
    return [
        "unshare", "-m", "sh", "-c",
        f'mount -t tmpfs -o {options} none "$0" && {after or ":"} && exec "$@"',
    ]  # fmt: skip


def can_mount(folder):
    return (
        subprocess.run([*mounted("size=64k"), folder, "true"], capture_output=True, check=False).returncode
        == 0
    )


@pytest.mark.parametrize(
    ("options", "after", "why"),
    [("size=64k", "", "disk is full"), ("size=64k", 'mount -o remount,ro "$0"', "read-only")],
)
def test_a_full_disk_and_a_read_only_one_are_said(tmp_path, options, after, why):
    if not can_mount(str(tmp_path)):
        pytest.skip("needs root to mount a file system in a namespace of its own")
    said = as_program(tmp_path / "a.json", [*mounted(options, after), str(tmp_path)])
    assert why in said


def test_a_full_disk_keeps_nothing(tmp_path):
    if not can_mount(str(tmp_path)):
        pytest.skip("needs root to mount a file system in a namespace of its own")
    listing = ["sh", "-c", '"$@" && ls "$(dirname "$4")"', "sh"]
    prefix = [*mounted("size=64k"), str(tmp_path), *listing]
    assert as_program(tmp_path / "a.json", prefix) == "the disk is full"


def test_a_file_that_may_not_become_so_large_is_taken_away(tmp_path):
    prefix = ["sh", "-c", 'ulimit -f 16; trap "" XFSZ; exec "$@"', "sh"]
    assert "large" in as_program(tmp_path / "a.json", prefix)
    assert list(tmp_path.iterdir()) == []
