"""Run as ``audited.py TOLD ARGUMENTS...``: tcp46 with these arguments, watched by an audit hook (PEP 578).

The file TOLD gets a line for each process, connection, message and file that tcp46 made, sent or wrote,
and the file TOLD.read the path of each file and folder that it read.
"""

import os
import socket
import sys
from pathlib import Path

from tcp46.cli.main import main

PROCESSES = {
    "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen",
    "pty.spawn",
}  # fmt: skip
TRAFFIC = {
    "socket.bind", "socket.connect", "socket.sendto", "socket.sendmsg",
    "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo",
    "urllib.Request", "ftplib.connect", "smtplib.connect", "http.client.connect",
}  # fmt: skip
CHANGES = {
    "os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink",
    "os.truncate", "os.utime", "os.setxattr", "os.kill", "os.killpg", "signal.pthread_kill",
    "shutil.rmtree", "tempfile.mkstemp", "tempfile.mkdtemp", "sqlite3.connect", "socket.sethostname",
}  # fmt: skip
READING = {"os.listdir", "os.scandir"}
TERMINAL = "/proc/self/fd/0"
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

HAS_IPV6 = Path("/proc/net/if_inet6").exists()
"""Where it is missing a socket tells whether there is AF_INET6 at all."""

seen, read = [], set()


def hook(event, arguments):
    if event in PROCESSES or event in CHANGES:
        seen.append(f"{event} {arguments!r}")
    elif event in TRAFFIC:
        first = arguments[0]
        if not isinstance(first, socket.socket):
            seen.append(f"{event} {arguments!r}")
        elif first.family != socket.AF_NETLINK:
            seen.append(f"{event} {first.family.name} {arguments[1:]!r}")
    elif event == "socket.__new__" and is_of_the_network(arguments[1]):
        seen.append(f"{event} {arguments[1:]!r}")
    elif event == "open":
        path, _, flags = arguments
        if not flags & WRITING:
            read.add(path)
        elif path not in {os.devnull, TERMINAL}:
            seen.append(f"open {path!r} {flags:#x}")
    elif event in READING:
        read.add(arguments[0])


def is_of_the_network(family):
    return family in {socket.AF_INET, socket.AF_PACKET} or (family == socket.AF_INET6 and HAS_IPV6)


told = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
sys.dont_write_bytecode = True
sys.addaudithook(hook)
status = main(sys.argv[2:])
os.write(told, "".join(f"{line}\n" for line in seen).encode("utf-8", "backslashreplace"))
paths = sorted({os.fsdecode(path) for path in read if isinstance(path, str | bytes | os.PathLike)})
Path(f"{sys.argv[1]}.read").write_text("".join(f"{path}\n" for path in paths), errors="backslashreplace")
sys.exit(status)
