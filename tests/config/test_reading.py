import os
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcp46.config.file import MOST_BYTES
from tcp46.config.reading import read_configuration
from tcp46.config.vocabulary import Bindings, Context, Vocabulary
from tcp46.config.writing import toml_of
from tcp46.model.settings import Bookmark, Settings

ALL = ("a", "escape")
KEYS = {"filter.edit": ("slash",), "filter.all": ALL, "sort.next": ("s",), "leave.quit": ("q",)}
BINDINGS = Bindings(
    contexts=(
        Context(KEYS),
        Context({"filter.drop": ("escape",), "filter.all": ALL}, frozenset({"filter.drop"})),
        Context({"leave.page": ("q",), "leave.quit": ("q",)}),
    ),
    about=dict.fromkeys((*KEYS, "filter.drop", "leave.page"), "what it does"),
)
VOCABULARY = Vocabulary(("proto", "local", "process"), ("terminal", "dark"), lambda: BINDINGS)


@pytest.fixture
def path(tmp_path):
    folder = tmp_path / "tcp46"
    folder.mkdir()
    return folder / "config.toml"


def read(path, text=None):
    if text is not None:
        path.write_text(text)
    return read_configuration({"XDG_CONFIG_HOME": str(path.parent.parent)}, VOCABULARY)


def said(path, text):
    return [(mistake.line, mistake.text) for mistake in read(path, text).mistakes]


def test_everything_can_be_chosen(path):
    found = read(
        path,
        'interval = 2\ncolumns = ["local", "proto"]\nsort = "local"\nreverse = true\ntheme = "dark"\n'
        "host_names = true\nmouse = true\nmarks = false\n"
        '[bookmarks]\nweb = ":80|:443"\n"the database" = "process:postgres"\n'
        '[keys]\n"filter.edit" = ["f3", "/"]\nsort.next = "o"\n',
    )
    assert found.mistakes == ()
    assert found.settings == Settings(
        interval=2.0,
        columns=("local", "proto"),
        sort="local",
        reverse=True,
        theme="dark",
        host_names=True,
        mouse=True,
        marks=False,
        bookmarks=(Bookmark("web", ":80|:443"), Bookmark("the database", "process:postgres")),
        keys={"filter.edit": "f3,slash", "sort.next": "o"},
    )
    assert (found.lines["sort"], found.lines["bookmarks.web"], found.lines["keys.sort.next"]) == (3, 10, 14)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("intervall = 1", "did you mean interval"),
        ('interval = "fast"', "interval takes a number of seconds from 0.1 to 3600, not 'fast'"),
        ("interval = true", "not true"),
        (f"interval = 0x{'f' * 5000}", "not so long a number"),
        (f"columns = 0x{'f' * 5000}", "not so long a number"),
        ("interval = nan", "not 'nan'"),
        ("interval.x = 1", "interval is not a table"),
        ("mouse = 1", "mouse takes true or false, not '1'"),
        ('columns = "local"', "a list of columns"),
        ('columns = ["locale"]', "did you mean local"),
        ('columns = ["local", "local"]', "twice"),
        ('sort = "nope"', "there are listeners, proto, local, process"),
        ('theme = "drak"', "did you mean dark"),
        ("keys = 1", "keys is a table"),
        ("[colours]\nx = 1", "there is no table 'colours'"),
        ('[bookmarks]\nbad = "serves:v5"', "the bookmark 'bad' takes a filter"),
        ("[bookmarks]\nbad = 5", "in quotes, not '5'"),
        ('[bookmarks]\n" " = "x"', "needs a name"),
        ('[keys]\n"filter.edti" = "x"', "did you mean filter.edit"),
        ('[keys]\n"filter.edit" = "nope"', "not 'nope'"),
        ('[keys]\n"filter.edit" = []', "a key, or a list of keys"),
        ('[keys]\n"filter.edit" = "s"', "'s' is the key of sort.next"),
        ('[keys]\n"leave.quit" = "s"', "'s' is the key of sort.next"),
        ('[keys]\n"filter.drop" = "x"', "'x' is text where text is typed"),
        ("marks = nope", "not TOML: Invalid value"),
        ("sort = 'x\x1b[31m'", "not TOML"),
    ],
    ids=lambda text: text[:40],
)
def test_a_mistake_is_named_with_its_line_and_the_rest_holds(path, statement, named):
    found = read(path, f"host_names = true\n{statement}\n[keys]\n'leave.page' = 'x'")
    line = 2 + statement.count("\n") * (not statement.startswith("[colours"))
    assert [
        (mistake.line, named in mistake.text) for mistake in found.mistakes if "began" not in mistake.text
    ] == [(line, True)]
    assert found.settings == Settings(host_names=True, keys={"leave.page": "x"})
    assert found.complaints()[0].startswith(f"{path}:{line}: ")


def test_what_is_given_twice_is_named_and_the_first_holds(path):
    found = read(path, 'interval = 2\ninterval = 3\n[bookmarks]\na.b = "x"\n"a.b" = "y"')
    assert [(mistake.line, "already" in mistake.text) for mistake in found.mistakes] == [(2, True), (5, True)]
    assert found.settings == Settings(interval=2.0, bookmarks=(Bookmark("a.b", "x"),))


def test_keys_can_change_places_but_two_cannot_have_one(path):
    swapped = read(path, '[keys]\n"filter.edit" = "s"\n"sort.next" = "/"')
    assert swapped.mistakes == ()
    assert swapped.settings.keys == {"filter.edit": "s", "sort.next": "slash"}
    both = read(path, '[keys]\n"filter.edit" = "x"\n"sort.next" = "x"')
    assert [mistake.line for mistake in both.mistakes] == [3]
    assert both.settings.keys == {"filter.edit": "x"}


def test_a_key_that_is_left_where_it_was_drives_out_what_came_in_its_place(path):
    found = read(path, '[keys]\n"filter.edit" = "s"\n"sort.next" = "q"')
    assert [mistake.line for mistake in found.mistakes] == [2, 3]
    assert found.settings.keys == {}


def test_without_a_file_the_defaults_hold(path):
    found = read(path)
    assert (found.settings, found.is_there, found.mistakes, found.path) == (Settings(), False, (), path)


@pytest.mark.parametrize(
    ("environ", "below"),
    [
        ({"HOME": "/h"}, "/h/.config/tcp46/config.toml"),
        ({"HOME": "/h", "XDG_CONFIG_HOME": ""}, "/h/.config/tcp46/config.toml"),
        ({"HOME": "/h", "XDG_CONFIG_HOME": "relative"}, "/h/.config/tcp46/config.toml"),
        ({"HOME": "/h", "XDG_CONFIG_HOME": "/x"}, "/x/tcp46/config.toml"),
    ],
)
def test_where_it_is(environ, below):
    assert str(read_configuration(environ, VOCABULARY).path) == below


def test_without_a_home_it_is_said():
    found = read_configuration({}, VOCABULARY)
    assert (found.settings, len(found.mistakes)) == (Settings(), 1)
    assert "HOME" in found.complaints()[0]


def unreadable(path):
    if os.geteuid() == 0:
        pytest.skip("root reads every file")
    path.write_text("interval = 2")
    path.chmod(0)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: path.mkdir(), "it is a directory"),
        (os.mkfifo, "not a regular file"),
        (lambda path: path.symlink_to("/dev/zero"), "not a regular file"),
        (lambda path: path.symlink_to(path), "cannot be read"),
        (lambda path: path.write_bytes(b"#" * (MOST_BYTES + 1)), "longer than 64 KiB"),
        (lambda path: path.write_bytes(b"a = 1\nb = '\xff'"), "not in UTF-8 (line 2)"),
        (unreadable, "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line_and_the_defaults_hold(path, make, why):
    make(path)
    found = read(path)
    assert found.settings == Settings()
    assert len(found.mistakes) == 1
    assert why in found.mistakes[0].text
    assert "\n" not in found.complaints()[0]


def test_a_link_to_a_file_is_followed(path, tmp_path):
    (tmp_path / "dotfiles.toml").write_text("interval = 5")
    path.symlink_to(tmp_path / "dotfiles.toml")
    assert read(path).settings == Settings(interval=5.0)


def printed(found, *, ascii_only=False):
    return "\n".join(toml_of(found, VOCABULARY, ascii_only=ascii_only))


COLUMN_LISTS = st.lists(st.sampled_from(VOCABULARY.columns), unique=True).map(tuple)
BOOKMARKS = st.lists(
    st.builds(
        Bookmark, st.text(min_size=1).filter(str.strip), st.sampled_from(["", 'process:"a b"', "x|:80"])
    ),
    unique_by=lambda bookmark: bookmark.name,
    max_size=3,
).map(tuple)


@given(
    st.builds(
        Settings,
        interval=st.floats(0.1, 3600),
        columns=COLUMN_LISTS,
        sort=st.sampled_from([None, *VOCABULARY.columns]),
        theme=st.sampled_from(VOCABULARY.themes),
        **{item.name: st.booleans() for item in fields(Settings) if item.type is bool},
        bookmarks=BOOKMARKS,
        keys=st.sampled_from([{}, {"filter.edit": "comma,quotation_mark"}, {"sort.next": "f5"}]),
    ),
    st.booleans(),
)
def test_what_is_printed_reads_back(tmp_path_factory, settings, ascii_only):
    path = tmp_path_factory.mktemp("round") / "tcp46" / "config.toml"
    path.parent.mkdir()
    first = printed(replace(read(path), settings=settings), ascii_only=ascii_only)
    assert first.isascii() or not ascii_only
    path.write_text(first, encoding="utf-8")
    assert (read(path).mistakes, read(path).settings) == ((), settings)


def test_it_says_where_each_setting_comes_from(path):
    lines = printed(read(path, "\nmouse = true")).splitlines()
    assert next(line for line in lines if line.startswith("mouse")).split("#")[1].startswith(" line 2: ")
    assert next(line for line in lines if line.startswith("marks")).split("#")[1].startswith(" default: ")
