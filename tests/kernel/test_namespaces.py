"""Names and numbers of network namespaces, in folders that the tests make; no privilege needed."""

from pathlib import Path

import pytest

from tcp46.kernel import namespaces
from tcp46.kernel.namespaces import namespace_name, other_namespaces, own_namespace


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A /proc and a /run/netns with nothing in them; a namespace is any file, told apart by its inode."""
    for name in ("proc/thread-self/ns", "proc/sys", "netns"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("home", "web", "db"):
        (tmp_path / name).touch()
    (tmp_path / "proc/thread-self/ns/net").symlink_to(tmp_path / "home")
    monkeypatch.setattr(namespaces, "_PROC", tmp_path / "proc")
    monkeypatch.setattr(namespaces, "_NAME_FOLDERS", (tmp_path / "netns", tmp_path / "missing"))
    return tmp_path


def add_process(made, pid, namespace):
    folder = made / "proc" / str(pid) / "ns"
    folder.mkdir(parents=True)
    (folder / "net").symlink_to(made / namespace)


def test_own_namespace_is_the_threads():
    status = Path("/proc/thread-self/ns/net").stat()
    assert own_namespace() == (status.st_dev, status.st_ino)


def test_inside_another_namespace(netns):
    with netns.inside():
        found = own_namespace()
    assert found is not None
    assert found[1] == netns.inode
    assert found != own_namespace()


def test_the_name_of_a_real_namespace(netns, made):
    (made / "netns/blue").symlink_to(netns.path)
    status = Path(netns.path).stat()
    assert namespace_name((status.st_dev, status.st_ino)) == "blue"


def test_a_namespace_without_a_name(made):
    (made / "netns/web").symlink_to(made / "web")
    assert namespace_name(own_namespace()) is None
    assert namespace_name(None) is None


def test_no_others(made):
    add_process(made, 1, "home")
    assert other_namespaces() == 0


def test_others_are_counted_once(made):
    for pid, namespace in enumerate(["home", "web", "web", "db"], 1):
        add_process(made, pid, namespace)
    (made / "netns/web").symlink_to(made / "web")
    assert other_namespaces() == 2


def test_one_with_a_name_and_no_process_counts(made):
    (made / "netns/web").symlink_to(made / "web")
    assert other_namespaces() == 1


def test_a_name_that_is_a_file_of_another_device_is_no_namespace(made):
    (made / "netns/left-over").symlink_to("/proc/version")
    assert other_namespaces() == 0


def test_what_cannot_be_read_counts_for_nothing(made):
    add_process(made, 1, "gone")
    (made / "proc/2").mkdir()
    (made / "netns/stale").symlink_to(made / "gone")
    assert other_namespaces() == 0
    (made / "proc/thread-self/ns/net").unlink()
    assert own_namespace() is None
    assert other_namespaces() == 0


def test_the_look_at_processes_is_bounded(made, monkeypatch):
    monkeypatch.setattr(namespaces, "_MOST_ENTRIES", 3)
    for pid in range(1, 9):
        (made / f"ns{pid}").touch()
        add_process(made, pid, f"ns{pid}")
    assert other_namespaces() <= 3
