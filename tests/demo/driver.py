"""Opens the specimens in a process of its own and answers questions about them, a line of JSON each.

Started as a script by the tests of the demo. Nothing of tcp46 that starts threads is imported before
the specimens are open.
"""

import ctypes
import json
import platform
import struct
import sys
import threading
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_NUMBERS = {"x86_64": {"unshare": 272, "socket": 41}, "aarch64": {"unshare": 97, "socket": 198}}
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_OFFSET_NUMBER, _OFFSET_ARGUMENT = 0, 16


def refuse(what):
    """Have the kernel refuse something from now on, as seccomp(2) filters of containers do."""
    numbers = _NUMBERS[platform.machine()]
    if what == "namespaces":
        program = [
            (_LOAD, 0, 0, _OFFSET_NUMBER),
            (_JUMP_IF_EQUAL, 0, 1, numbers["unshare"]),
            (_RETURN, 0, 0, _ERRNO | 1),  # EPERM
            (_RETURN, 0, 0, _ALLOW),
        ]
    else:
        program = [
            (_LOAD, 0, 0, _OFFSET_NUMBER),
            (_JUMP_IF_EQUAL, 0, 3, numbers["socket"]),
            (_LOAD, 0, 0, _OFFSET_ARGUMENT),
            (_JUMP_IF_EQUAL, 0, 1, 10),  # AF_INET6
            (_RETURN, 0, 0, _ERRNO | 97),  # EAFNOSUPPORT
            (_RETURN, 0, 0, _ALLOW),
        ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in program))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(program), ctypes.addressof(code)))
    no_new_privileges, set_seccomp, filter_mode = 38, 22, 2
    for arguments in ((no_new_privileges, 1, 0, 0, 0), (set_seccomp, filter_mode, header, 0, 0)):
        if _LIBC.prctl(*arguments) != 0:
            raise OSError(ctypes.get_errno(), "seccomp")


def tables():
    """Return /proc/net/{tcp,tcp6,udp,udp6} of this process's namespace as rows of fields."""
    return {
        name: [line.split() for line in Path("/proc/net", name).read_text().splitlines()[1:]]
        for name in ("tcp", "tcp6", "udp", "udp6")
    }


def descriptors(specimens):
    """Return what each specimen's descriptors lead to, by PID."""
    return {
        case.pid: {link.name: str(link.readlink()) for link in Path(f"/proc/{case.pid}/fd").iterdir()}
        for case in specimens.cases
    }


def start_thread():
    threading.Thread(target=threading.Event().wait, daemon=True).start()


def answer(question, specimens):
    if question == "close":
        return specimens.close()
    import truth

    if question == "list":
        return truth.list_sockets()
    try:
        return truth.measure([(case.name, case.pid) for case in specimens.cases])
    except truth.ImpossibleError as error:
        return {"impossible": str(error)}


def main():
    if len(sys.argv) > 1:
        start_thread() if sys.argv[1] == "threads" else refuse(sys.argv[1])
    from tcp46.demo.specimens import open_specimens

    with open_specimens() as specimens:
        report = specimens._asdict() | {
            "cases": [case._asdict() for case in specimens.cases],
            "network": Path("/proc/self/ns/net").stat().st_ino,
            "tables": tables(),
            "descriptors": descriptors(specimens),
        }
        print(json.dumps(report), flush=True)
        for line in sys.stdin:
            print(json.dumps(answer(line.strip(), specimens)), flush=True)


if __name__ == "__main__":
    main()
