"""Cgroup ids to units and containers: trees that the tests make, and a real cgroup."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcp46.kernel import cgroups
from tcp46.kernel.cgroups import Units, unit_of

ID = "0123456789abcdef" * 4
POD = "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0f1e2d3c_aaaa.slice"


@pytest.mark.parametrize(
    ("path", "unit"),
    [
        ("", None),
        ("/", None),
        ("init.scope", "init.scope"),
        ("system.slice/ssh.service", "ssh.service"),
        ("/system.slice/ssh.service/", "ssh.service"),
        ("system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service"),
        ("system.slice/cups.socket", "cups.socket"),
        ("system.slice/nginx.service/worker", "nginx.service"),
        ("user.slice/user-1000.slice/session-3.scope", "session-3.scope"),
        ("user.slice/user-1000.slice/user@1000.service/app.slice/app-foo.service", "app-foo.service"),
        ("user.slice/user-1000.slice/user@1000.service", "user@1000.service"),
        ("user.slice", "/user.slice"),
        ("my/own/tree", "/my/own/tree"),
        ("system.slice/_cpu.service", "cpu.service"),
        (f"system.slice/docker-{ID}.scope", "docker:0123456789ab"),
        (f"docker/{ID}", "docker:0123456789ab"),
        (f"system.slice/docker-{ID}.scope/system.slice/nginx.service", "docker:0123456789ab"),
        (f"docker/{ID}/docker/{'f' * 64}", "docker:0123456789ab"),
        (
            f"user.slice/user-1.slice/user@1.service/user.slice/libpod-{ID}.scope/container",
            "podman:0123456789ab",
        ),
        (f"machine.slice/libpod-conmon-{ID}.scope", f"libpod-conmon-{ID}.scope"),
        (f"{POD}/cri-containerd-{ID}.scope", "containerd:0123456789ab"),
        (f"{POD}/crio-{ID}.scope", "cri-o:0123456789ab"),
        (f"kubepods/burstable/pod0f1e2d3c/{ID}", "container:0123456789ab"),
        ("lxc.payload.web1/system.slice/nginx.service", "lxc:web1"),
        (
            "machine.slice/systemd-nspawn@web.service/payload/system.slice/a.service",
            "systemd-nspawn@web.service",
        ),
        ("machine.slice/machine-qemu.scope/libvirt", "machine-qemu.scope"),
        (f"system.slice/docker-{ID[:-1]}.scope", f"docker-{ID[:-1]}.scope"),
    ],
)
def test_unit_of(path, unit):
    assert unit_of(path) == unit


@settings(deadline=None)
@given(st.text())
def test_unit_of_any_path(path):
    unit = unit_of(path)
    assert unit is None or unit


@pytest.fixture
def tree(tmp_path):
    """A tree as systemd makes one, with the files that every cgroup has."""
    for name in ("system.slice/ssh.service", f"system.slice/docker-{ID}.scope", "user.slice/session-3.scope"):
        (tmp_path / name).mkdir(parents=True)
    for folder in (tmp_path, tmp_path / "system.slice", tmp_path / "system.slice/ssh.service"):
        (folder / "cgroup.procs").touch()
    return tmp_path


def number(tree, name):
    return (tree / name).stat().st_ino


def test_names(tree):
    ssh, docker = number(tree, "system.slice/ssh.service"), number(tree, f"system.slice/docker-{ID}.scope")
    names = Units(str(tree)).names([ssh, docker, ssh, tree.stat().st_ino, 2**60])
    assert names == {ssh: "ssh.service", docker: "docker:0123456789ab"}


def test_a_file_is_no_cgroup(tree):
    assert Units(str(tree)).names([number(tree, "system.slice/ssh.service/cgroup.procs")]) == {}


def test_a_name_outlives_its_cgroup_while_it_is_asked_for(tree):
    units = Units(str(tree))
    ssh = number(tree, "system.slice/ssh.service")
    assert units.names([ssh]) == {ssh: "ssh.service"}
    (tree / "system.slice/ssh.service/cgroup.procs").unlink()
    (tree / "system.slice/ssh.service").rmdir()
    assert units.names([ssh]) == {ssh: "ssh.service"}
    assert units.names([]) == {}
    assert units.names([ssh]) == {}


def test_the_tree_is_walked_only_for_new_ids(tree, monkeypatch):
    walks = []
    children = cgroups._children
    monkeypatch.setattr(cgroups, "_children", lambda *place: walks.append(place) or children(*place))
    units = Units(str(tree))
    assert units.names([number(tree, "")]) == {}
    assert walks == []  # the root is looked at first, and nothing else was asked for
    ssh, session = number(tree, "system.slice/ssh.service"), number(tree, "user.slice/session-3.scope")
    assert units.names([ssh, 2**60]) == {ssh: "ssh.service"}
    assert walks
    walks.clear()
    assert units.names([ssh, 2**60]) == {ssh: "ssh.service"}
    assert walks == []
    assert units.names([ssh, session]) == {ssh: "ssh.service", session: "session-3.scope"}
    assert walks


def test_a_folder_that_cannot_be_read_hides_only_itself(tree, monkeypatch):
    scandir = os.scandir

    def refusing(path):
        if Path(path).name == "system.slice":
            raise PermissionError(13, "no")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    ssh, session = number(tree, "system.slice/ssh.service"), number(tree, "user.slice/session-3.scope")
    assert Units(str(tree)).names([ssh, session]) == {session: "session-3.scope"}


def test_without_a_cgroup_v2_tree(tmp_path, monkeypatch):
    monkeypatch.setattr(cgroups, "_ROOTS", (str(tmp_path),))
    assert Units().names([1, 2]) == {}


def test_the_tree_is_found_beside_the_old_ones(tree, monkeypatch):
    (tree / "cgroup.controllers").touch()
    monkeypatch.setattr(cgroups, "_ROOTS", ("/nowhere", str(tree)))
    ssh = number(tree, "system.slice/ssh.service")
    assert Units().names([ssh]) == {ssh: "ssh.service"}


LISTEN_IN = """
import os, socket, sys
from pathlib import Path
Path(sys.argv[1], "cgroup.procs").write_text(str(os.getpid()))
server = socket.create_server(("127.0.0.1", 0))
print(os.fstat(server.fileno()).st_ino, flush=True)
sys.stdin.read()
"""


def test_a_socket_made_in_a_real_cgroup():
    from tcp46.kernel.dump import SockDiagUnavailableError, read_sock_diag

    root = cgroups._find_root()
    own = [line for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::")]
    if root is None or not own:
        pytest.skip("no cgroup v2 tree here")
    folder = Path(root + own[0][3:], f"tcp46-test-{os.getpid()}.service")
    try:
        folder.mkdir()
    except OSError as error:
        pytest.skip(f"cannot make a cgroup: {error}")
    try:
        with subprocess.Popen(
            [sys.executable, "-c", LISTEN_IN, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as child:
            try:
                inode = int(child.stdout.readline())
                rows = read_sock_diag().rows
            except SockDiagUnavailableError as error:
                pytest.skip(f"no sock_diag here: {error}")
            finally:
                child.stdin.close()
                child.wait(10)
        (found,) = rows.cgroup_id[rows.inode == inode].tolist()
        assert Units().names([found]) == {found: folder.name}
    finally:
        folder.rmdir()
