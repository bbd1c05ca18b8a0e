r"""What looks like a secret in a command line, a header or a URL, masked.

Command lines are read by everybody on a host (proc_pid_cmdline(5)) and still hold passwords. What
leaves the screen goes through `redact`. It masks rather too much than too little: an argument is
taken for a secret by its name, by the program that it belongs to, or by its own form. Beyond it are
arguments that only their place tells (``rabbitmqctl change_password USER PASSWORD``).
"""

import re
from collections.abc import Iterator

MASK = "***"

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
"""One word of a name: PASS and WORD in PASS_WORD, key and Store in keyStore."""

_ANYWHERE = re.compile(
    r"passw|passphrase|passcode|requirepass|sshpass|pgpass|masterauth|secret|token(?!i[sz])|credential"
    r"|(?:api|access|account|auth|client|encryption|license|master|private|shared|signing|storage)[-_.]?key"
    r"|sess(?:ion)?[-_]?id|connection[-_]?string",
    re.IGNORECASE,
)
_AT_THE_END = frozenset(
    {
        "auth", "authorization", "bearer", "cookie", "cred", "creds", "dsn", "encrypt", "jwt", "key", "otp",
        "pass", "passin", "passout", "passwd", "pin", "psk", "pw", "pwd", "salt", "setcookie", "sig",
        "signature",
    }
)  # fmt: skip
_TELLS_WHERE = frozenset(
    {
        "authentication", "dir", "directory", "env", "fd", "file", "files", "method", "mode", "name", "path",
        "provider", "stdin", "timeout", "ttl", "type",
    }
)  # fmt: skip
"""The last word of a name that tells where the secret is, or what kind: ``--password-file``."""

_QUOTED = r"""(?:\\"(?:[^"\\\n]|\\[^"\n])*+\\"|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')(?=[\s,;)\]}]|$)"""
_VALUE = rf"""(?:\*\*\*|{_QUOTED}|(?:"(?:[^"\\\n]|\\.)*+(?:"|$)|'[^'\n]*+(?:'|$)|\\.|[^\s"'\\])++)"""
_SCHEME = r"(?:(?:bearer|basic|token|apikey|key|negotiate|ntlm|splunk|ssws)[ \t]++)?"
_PARAMETERS = r"(?:digest|aws4-[\w-]+|oauth|hawk)[ \t][^\n]*+"
_GIVEN = re.compile(rf"{_PARAMETERS}|{_SCHEME}{_VALUE}", re.IGNORECASE | re.MULTILINE)
_COOKIES = re.compile(r"[^\n\"']*+")
_WORD = re.compile(_VALUE, re.MULTILINE)

_NAMED = re.compile(
    r"""(?<![\w.-])(?P<name>[\w.-]++)(?P<closed>\\?["'])?[ \t]*+(?P<sign>=>|[:=])(?!//)[ \t]*+"""
)
_OPTION = re.compile(r"""(?<![\w.-])(?P<name>--?[A-Za-z][\w.-]++)(?:["']?,)?["']?[ \t]++""")
_IS_OPTION = re.compile(r"""["']?(?:-[A-Za-z]|--[A-Za-z][\w-]*+(?:=.*)?)["',]*""", re.DOTALL)
_NEXT_OPTION = re.compile(r"\n|(?:(?<=\s)|^)(?:[-|;&<>]|\w+://)")
_IS_PATH = re.compile(r"""["']?(?:~|\.{0,2})/[\w./-]*\.[A-Za-z0-9]{1,5}["']?""")

_FORMS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
        ),
        MASK,
    ),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"), MASK),
    (
        re.compile(
            r"\b(?:gh[a-z]_|github_pat_|gl[a-z]+-|xox[a-z]-|xapp-|sk[-_]|rk_|hf_|npm_|pypi-|do[a-z]_v1_|hv[a-z]\.)"
            r"[\w.-]{16,}+"
        ),
        MASK,
    ),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}+|\bAIza[\w-]{30,}+|\bAGE-SECRET-KEY-\w++"), MASK),
    (re.compile(r"\b(bearer)[ \t]+[^\s\"']{6,}+", re.IGNORECASE), rf"\1 {MASK}"),
    # A user alone is no secret, but a token stands in the same place: https://TOKEN@github.com
    (re.compile(r"://[^\s/?#@:]*:(?!\d{1,5}(?:[/?#\s]|$))\S{0,2000}@|://[^\s/?#]*@"), f"://{MASK}@"),
    (re.compile(r"(?<![^\s\"'=])([\w.+-]+):[^\s@/:]+@(?=[\w\[(])"), rf"\1:{MASK}@"),
    (
        re.compile(r"\b((?:sqlplus|sqlldr|rman|expdp|impdp)\s[^\n]{0,99}?[\w$#]+)/[^\s@/]+(?=@|\s|$)"),
        rf"\1/{MASK}",
    ),
    (re.compile(r"(--(?:proxy-)?user[ =](?!\d+:\d+(?:\s|$))[^\s:]+):\S+"), rf"\1:{MASK}"),
    (re.compile(r"\b(login\s(?:[^\n]{0,99}?\s)?-p[ \t]*)[^\s-]\S*+"), rf"\1{MASK}"),
)
"""What its own form gives away."""

_Options = tuple[str, ...]
_Table = tuple[tuple[tuple[str, ...], _Options], ...]

_JOINED: _Table = (
    (("mysql", "mariadb"), ("-p",)),
    (("7z", "rar", "unrar"), ("-p", "-hp")),
    (("xfreerdp", "wlfreerdp"), ("/p:",)),
)
"""Programs, by the beginning of their names, and options that have the secret in the same argument."""

_SEPARATE: _Table = (
    (("sshpass", "mongo", "rdesktop", "cypher-shell"), ("-p",)),
    (("curl",), ("-u", "-U", "--user", "--proxy-user")),
    (("lftp", "http", "https", "xh"), ("-u", "-a")),
    (("redis-cli", "valkey-cli", "keydb-cli"), ("-a",)),
    (("ldap",), ("-w",)),
    (("smb", "rpcclient", "net", "winexe"), ("-U",)),
    (("zip", "unzip", "sqlcmd", "bcp", "isql", "tsql", "ipmitool", "mosquitto_"), ("-P",)),
    (("snmpget", "snmpwalk", "snmpset", "snmpbulk", "snmptable", "snmpinform"), ("-c", "-A", "-X")),
    (("openssl", "ss-server", "ss-local", "ss-redir", "ss-tunnel"), ("-k", "-K")),
    (("frpc", "frps"), ("-t",)),
    (("plink", "pscp", "psftp", "putty"), ("-pw",)),
    (("nmcli", "iwctl"), ("password", "psk", "wifi-sec.psk", "802-11-wireless-security.psk")),
)
"""Programs, and options whose secret may be the next argument."""

_CLUSTER = re.compile(r"-[A-Za-z]{2,4}")
_SOME_P = re.compile(r"-p(?!$|/)(?![\d:,.-]+(?:/[a-z]+)?$)(?![a-z]+(?:[-=:].*)?$)")
"""``-pX`` of a program that is not in the tables, unless X is a port, a path or the rest of a word."""


def redact(text: str) -> str:
    """Return `text`, a command line or any lines, with every value that looks like a secret as MASK.

    Arguments are taken to be separated by blanks, as in `Process.command`, or written as for a shell.
    """
    for form, shown in _FORMS:
        text = form.sub(shown, text)
    text = "\n".join(_masked(line, _of_programs(line)) for line in text.split("\n"))
    text = _masked(text, _named(text))
    return _masked(text, _after_options(text))


_Place = tuple[int, int]


def _masked(text: str, places: Iterator[_Place]) -> str:
    """Return `text` with MASK at `places`, which come in order."""
    parts, done = [], 0
    for start, end in places:
        if start >= done and end > start:
            parts += [text[done:start], MASK]
            done = end
    return "".join([*parts, text[done:]])


def _is_secret(name: str) -> bool:
    """Whether what is called `name` is a secret."""
    parts = [part.lower() for part in _PART.findall(name)]
    if not parts or "public" in parts or parts[-1] in _TELLS_WHERE:
        return False
    return parts[-1] in _AT_THE_END or _ANYWHERE.search(name) is not None


def _is_harmless(name: str, value: str) -> bool:
    """Whether the value of a secret's `name` is only the path of a file or folder."""
    if name == "PWD":
        return value.startswith("/")
    return name.lower().endswith("key") and _IS_PATH.fullmatch(value) is not None


def _named(text: str) -> Iterator[_Place]:
    """Yield the values in ``NAME=value``, ``--name=value``, ``Name: value`` and ``"name": "value"``."""
    done = 0
    for found in _NAMED.finditer(text):
        name, start = found["name"], found.end()
        if start < done or not _is_secret(name) or (found["sign"] == ":" and name.lower() == "key"):
            continue
        before = text[found.start() - 1 : found.start()]
        if found["sign"] == ":" and name.lower().endswith("cookie"):
            given = _COOKIES.match(text, start)
        elif before and before in "\"'" and not found["closed"]:
            stop = before if found["sign"] == ":" else rf"\s{before}"
            given = re.compile(rf"[^{stop}\n]*").match(text, start)
        else:
            given = _GIVEN.match(text, start)
        if given is not None and not _is_harmless(name, given[0]):
            done = _whole_end(text, name, given.end())
            yield start, done


def _after_options(text: str) -> Iterator[_Place]:
    """Yield the values in ``--name value``."""
    done = 0
    for found in _OPTION.finditer(text):
        name, start = found["name"], found.end()
        given = _WORD.match(text, start) if start >= done else None
        if given is None or not _is_secret(name) or name.startswith(("--no-", "--ask-")):
            continue
        if not _IS_OPTION.fullmatch(given[0]) and not _is_harmless(name, given[0]):
            done = _whole_end(text, name, given.end())
            yield start, done


def _whole_end(text: str, name: str, end: int) -> int:
    """Return where the secret ends: a password may hold blanks, so it goes on up to the next option."""
    if not name.startswith("--") or "pass" not in name.lower() or text[end : end + 1] not in {" ", "\t"}:
        return end
    if text[end - 1] in "\"'" or text.endswith(MASK, 0, end):
        return end
    following = _NEXT_OPTION.search(text, end)
    return len(text.rstrip()) if following is None else len(text[: following.start()].rstrip())


def _of_programs(line: str) -> Iterator[_Place]:
    """Yield the values of the short options of programs that are in the tables, and of ``-pX``."""
    joined: _Options = ()
    separate: _Options = ()
    is_next = False
    for word in _WORD.finditer(line):
        text = word[0].strip("\"'")
        start = word.start() + word[0].find(text)
        if is_next:
            is_next = False
            yield start, start + len(text)
            continue
        if text != word[0] and " " in text:  # sh -c "..."
            yield from ((start + first, start + last) for first, last in _of_programs(text))
            continue
        called = text.rpartition("/")[2].rpartition("=")[2]
        of_this = _options(_JOINED, called), _options(_SEPARATE, called)
        if any(of_this):
            joined, separate = of_this
        option = next((item for item in (*separate, *joined) if text.startswith(item)), None)
        if text in separate or _is_cluster(text, separate):
            is_next = True
        elif option is not None and not option.startswith("--"):
            yield start + len(option), start + len(text)
        elif _SOME_P.match(text):
            yield start + 2, start + len(text)


def _options(table: _Table, called: str) -> _Options:
    """Return the options that `table` has for the program `called` so."""
    return next((options for programs, options in table if called.startswith(programs)), ())


def _is_cluster(text: str, options: _Options) -> bool:
    """Whether `text` is several short options, of which the last one is in `options`: ``curl -su``."""
    return _CLUSTER.fullmatch(text) is not None and f"-{text[-1]}" in options
