"""What the user's config file says, if there is one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tcp46.config.file import UnreadableError, config_path, read_text
from tcp46.config.mistakes import Mistake
from tcp46.config.vocabulary import Vocabulary
from tcp46.model.settings import Settings


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings, and where they come from.

    `path` is the file that was looked for, None without a home to look in; `is_there` whether it
    exists. `lines` tells on which line of it a setting, ``keys.ID`` or ``bookmarks.NAME`` stands.
    """

    settings: Settings = field(default_factory=Settings)
    path: Path | None = None
    is_there: bool = False
    lines: Mapping[str, int] = field(default_factory=dict)
    mistakes: tuple[Mistake, ...] = ()

    def complaints(self) -> list[str]:
        """Return every mistake with its place, not sanitised."""
        return [
            f"{self.path or 'config'}:{'' if mistake.line is None else f'{mistake.line}:'} {mistake.text}"
            for mistake in self.mistakes
        ]


def read_configuration(environ: Mapping[str, str], vocabulary: Vocabulary) -> Configuration:
    """Return what the user's config file says."""
    path = config_path(environ)
    if path is None:
        mistake = Mistake(None, "neither XDG_CONFIG_HOME nor HOME names a folder: the defaults are used")
        return Configuration(mistakes=(mistake,))
    try:
        text = read_text(path)
    except UnreadableError as error:
        return Configuration(
            path=path, is_there=True, mistakes=(Mistake(None, f"{error}: the defaults are used"),)
        )
    if text is None:
        return Configuration(path=path)
    from tcp46.config.reader import Reader  # noqa: PLC0415  without a file it would only delay the start

    reader = Reader(vocabulary)
    reader.read(text)
    return Configuration(
        reader.settings(), path, is_there=True, lines=reader.lines, mistakes=reader.all_mistakes()
    )
