"""Makes the manual page and the completions for shells from the command line's parser.

python tui/share/make.py            writes them beside this file
"""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from tcp46 import __version__
from tcp46.cli.parser import COMMANDS, parser_of
from tcp46.query import CHOICES, FIELDS

HERE = Path(__file__).parent
TAKES_FILTER = ("", "list", "explain")
"""Commands that filters follow; the monitor has no name."""
TAKES_FILE = ("read",)
_SIMPLE = re.compile(r"[\w+-]+")


def options_of(command: str) -> list[argparse.Action]:
    """Return the options of a command, --help last."""
    actions = [action for action in parser_of(command or None)._actions if action.option_strings]
    return sorted(actions, key=lambda action: "--help" in action.option_strings)


def takes(action: argparse.Action) -> str:
    """Return what an option's value is called, empty when it has none."""
    return str(action.metavar or "") if action.nargs is None else ""


def about(command: str) -> str:
    """Return what a command does, in one line."""
    return " ".join((parser_of(command).description or "").split()).partition(". ")[0].rstrip(".")


def values_of(field: str) -> list[str]:
    """Return the values that a field takes and that a shell leaves as they are."""
    return [value for value in CHOICES.get(field, ()) if _SIMPLE.fullmatch(value)]


# The manual page


def manual() -> str:
    """Return the manual page, in man(7)."""
    description = (parser_of(None).description or "").split("\n\n")[0]
    lines = [
        f'.TH TCP46 1 "" "tcp46 {__version__}" "User Commands"',
        ".SH NAME",
        r"tcp46 \- which IP versions really reach each socket, why, and how it knows",
        ".SH SYNOPSIS",
    ]
    for command in ("", *COMMANDS):
        lines += [f".B {' '.join(('tcp46', command)).strip()}", *_roff(_arguments(command)), ".br"]
    lines[-1:] = [".SH DESCRIPTION", *_roff(description), ".PP"]
    lines += _roff("Without a command it is a terminal monitor; the key ? tells all its keys.")
    lines += [".SH OPTIONS", *_options("")]
    lines += [".SH COMMANDS"]
    for command in COMMANDS:
        lines += [f".SS {command}", *_roff(parser_of(command).description or ""), *_options(command)]
        if command not in TAKES_FILTER:
            lines += _blocks(command, ".PP\n.B")
    lines += [*_blocks("", ".SH"), ".SH FIELDS"]
    for name, meaning in FIELDS:
        lines += [".TP", f".B {name}:", *_roff(meaning)]
    return "\n".join(lines) + "\n"


def _arguments(command: str) -> str:
    found = ["[OPTION...]"]
    for action in parser_of(command or None)._actions:
        if not action.option_strings:
            found.append(f"[{action.metavar}...]" if action.nargs == "*" else str(action.metavar))
            if action.nargs == "+":
                found[-1] += "..."
    return " ".join(found)


def _options(command: str) -> Iterator[str]:
    for action in options_of(command):
        names = ", ".join(rf"\fB{_escaped(name)}\fR" for name in action.option_strings)
        value = takes(action)
        yield from (".TP", f"{names} {_escaped(value)}".rstrip(), *_roff(action.help or ""))


def _blocks(command: str, heading: str) -> Iterator[str]:
    """Yield what follows a command's help: titles end with a colon, and their text is indented."""
    for block in (parser_of(command or None).epilog or "").split("\n\n"):
        title, _, text = block.partition(":\n")
        if title:
            yield f"{heading} {title.upper() if heading == '.SH' else title.capitalize()}"
            yield from ("" for _ in ()) if heading == ".SH" else (".br",)
            yield from _indented(text)


def _indented(text: str) -> Iterator[str]:
    """Yield text that is filled, and lines that are indented more as they are."""
    is_example = False
    for line in text.splitlines():
        if line.startswith("    ") != is_example:
            is_example = not is_example
            yield ".RS\n.nf" if is_example else ".fi\n.RE"
        yield from _roff(line.strip())
    if is_example:
        yield ".fi\n.RE"


def _roff(text: str) -> list[str]:
    return [_escaped(line) for line in text.splitlines() if line.strip()]


def _escaped(text: str) -> str:
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("^", r"\(ha").replace("~", r"\(ti")
    return rf"\&{text}" if text.startswith((".", "'")) else text


# Completions


BASH = r"""# bash completion for tcp46; made by share/make.py

_tcp46() {
    local line=${COMP_LINE:0:COMP_POINT} word command='' before options='' values='' found
    word=${line##*[[:space:]]}
    before=${COMP_WORDS[COMP_CWORD - 1]}
    if ((COMP_CWORD > 1)); then
        case ${COMP_WORDS[1]} in
            @COMMANDS@) command=${COMP_WORDS[1]} ;;
        esac
    fi
    COMPREPLY=()
    case $before in
        --log) mapfile -t COMPREPLY < <(compgen -f -- "$word"); compopt -o filenames 2>/dev/null; return ;;
        --interface)
            for found in /sys/class/net/*; do
                [[ ${found##*/} == "$word"* ]] && COMPREPLY+=("${found##*/}")
            done
            return ;;
        @VALUED@) return ;;
    esac
    case $command in
@OPTIONS@
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
        return
    fi
    case $command in
        read)
            mapfile -t COMPREPLY < <(compgen -f -- "$word"); compopt -o filenames 2>/dev/null
            return ;;
        '' | list | explain) ;;
        *) return ;;
    esac
    local negated=''
    [[ $word == '!'* ]] && negated='!'
    case ${word#!} in
@VALUES@
        *:*) ;;
        *)
            values='@FIELDS@'
            ((COMP_CWORD == 1)) && values="@NAMES@ $values"
            compopt -o nospace 2>/dev/null ;;
    esac
    for found in $values; do
        [[ $negated$found == "$word"* ]] && COMPREPLY+=("$negated$found")
    done
    if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} != *: ]]; then
        compopt +o nospace 2>/dev/null
    fi
    # Readline completes what follows the last colon, where colons part words.
    if [[ $word == *:* && $COMP_WORDBREAKS == *:* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${word%"${word##*:}"}"}")
    fi
}
complete -F _tcp46 tcp46
"""


def bash() -> str:
    """Return the completion for bash; it starts no process but what bash itself forks."""
    names = "|".join(COMMANDS)
    valued = sorted(
        {name for command in ("", *COMMANDS) for action in options_of(command) if takes(action)
         for name in action.option_strings} - {"--log", "--interface"}
    )  # fmt: skip
    options = [
        f"        {command or repr('')}) options='{' '.join(_option_names(command))}' ;;"
        for command in ("", *COMMANDS)
    ]
    values = [
        f"        {field}:*) values='{' '.join(f'{field}:{value}' for value in values_of(field))}' ;;"
        for field in CHOICES
    ]
    return _filled(
        BASH,
        COMMANDS=names,
        VALUED=" | ".join(valued),
        OPTIONS="\n".join(options),
        VALUES="\n".join(values),
        FIELDS=" ".join(f"{name}:" for name, _ in FIELDS),
        NAMES=" ".join(COMMANDS),
    )


ZSH = r"""#compdef tcp46
# zsh completion for tcp46; made by share/make.py

_tcp46_filter() {
    local -a fields values
    fields=(
@FIELDS@
    )
    compset -P '\!'
    if compset -P 1 '*:'; then
        case ${${IPREFIX%:}##*!} in
@VALUES@
        esac
        compadd -a values
    else
        _describe -t fields field fields -S ':'
    fi
}

_tcp46_interface() {
    compadd -- /sys/class/net/*(N:t)
}

_tcp46_first() {
    local -a commands
    commands=(
@COMMANDS@
    )
    _describe -t commands command commands
    _tcp46_filter
}

_tcp46() {
    local command=''
    if (( CURRENT > 2 )); then
        case $words[2] in
            (@NAMES@)
                command=$words[2]
                shift words
                (( CURRENT-- )) ;;
        esac
    fi
    case $command in
@ARGUMENTS@
    esac
}

_tcp46 "$@"
"""


def zsh() -> str:
    """Return the completion for zsh."""
    arguments = []
    for command in ("", *COMMANDS):
        specs = [
            _zsh_option(action, name) for action in options_of(command) for name in action.option_strings
        ]
        if command in TAKES_FILTER:
            specs += ["'1: :_tcp46_first'", "'*: :_tcp46_filter'"] if not command else ["'*: :_tcp46_filter'"]
        elif command in TAKES_FILE:
            specs.append("'1:file:_files'")
        spaced = " \\\n                ".join(specs)
        arguments.append(
            f"        ({command or repr('')})\n            _arguments -S \\\n                {spaced} ;;"
        )
    return _filled(
        ZSH,
        FIELDS="\n".join(f"        {_zsh(f'{name}:{meaning}')}" for name, meaning in FIELDS),
        VALUES="\n".join(
            f"            ({field}) values=({' '.join(_zsh(value) for value in values_of(field))}) ;;"
            for field in CHOICES
        ),
        COMMANDS="\n".join(f"        {_zsh(f'{name}:{about(name)}')}" for name in COMMANDS),
        NAMES="|".join(COMMANDS),
        ARGUMENTS="\n".join(arguments),
    )


def _zsh_option(action: argparse.Action, name: str) -> str:
    value = takes(action)
    how = {"--log": ":file:_files", "--interface": ":interface:_tcp46_interface"}.get(
        name, f":{value.lower()}: "
    )
    meaning = re.sub(r"([\[\]:])", r"\\\1", action.help or "")
    value_spec = how.replace("address:port", "address") if value else ""
    return _zsh(f"{name}[{meaning}]{value_spec}")


def _zsh(text: str) -> str:
    return "'" + text.replace("'", r"'\''") + "'"


def fish() -> str:
    """Return the completion for fish."""
    lines = ["# fish completion for tcp46; made by share/make.py", "", "complete -c tcp46 -f"]
    names = " ".join(COMMANDS)
    is_monitor = f"not __fish_seen_subcommand_from {names}"
    for name in COMMANDS:
        lines.append(f"complete -c tcp46 -n __fish_use_subcommand -a {name} -d {_fish(about(name))}")
    for command in ("", *COMMANDS):
        when = f"__fish_seen_subcommand_from {command}" if command else is_monitor
        for action in options_of(command):
            for option in action.option_strings:
                kind = f"-l {option[2:]}" if option.startswith("--") else f"-s {option[1:]}"
                value = {"--log": " -r -F", "--interface": " -x -a '(path basename /sys/class/net/*)'"}.get(
                    option, " -x"
                )
                end = value if takes(action) else ""
                lines.append(f"complete -c tcp46 -n '{when}' {kind} -d {_fish(action.help or '')}{end}")
        if command in TAKES_FILE:
            lines.append(f"complete -c tcp46 -n '{when}' -F")
    when = (
        f"not __fish_seen_subcommand_from {' '.join(name for name in COMMANDS if name not in TAKES_FILTER)}"
    )
    for name, meaning in FIELDS:
        lines.append(f"complete -c tcp46 -n '{when}' -a {name}: -d {_fish(meaning)}")
        words = " ".join(f"{name}:{value}" for value in values_of(name))
        if words:
            is_in_field = f'string match -q -- "{name}:*" (commandline -ct)'
            lines.append(f"complete -c tcp46 -n '{when}; and {is_in_field}' -a '{words}'")
    return "\n".join(lines) + "\n"


def _fish(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _option_names(command: str) -> list[str]:
    return [name for action in options_of(command) for name in action.option_strings]


def _filled(template: str, **parts: str) -> str:
    for name, text in parts.items():
        template = template.replace(f"@{name}@", text)
    return template


FILES = {"tcp46.1": manual, "tcp46.bash": bash, "_tcp46": zsh, "tcp46.fish": fish}
"""What is made, by its name here."""


if __name__ == "__main__":
    for file_name, make in FILES.items():
        (HERE / file_name).write_text(make(), "utf-8")
