from hypothesis import given
from hypothesis import strategies as st

from support.monitor import web_server
from support.snapshots import process, row, snapshot
from tcp46.export.taken import address_text, explanation_text, row_text

MOMENT = web_server()
SECRET = "hU7nter2"


def test_the_row_is_one_line_as_list_prints_it():
    assert row_text(MOMENT, 2) == "tcp6  v4+v6  LISTEN  0  511  [::]:80  *  19837 httpd +1"
    assert row_text(MOMENT, 9).startswith("tcp6  v4 via v6  ESTAB  0  0  10.0.0.12:80  10.0.0.20:40100")


def test_the_address_is_the_far_ends_or_a_listeners_own():
    assert address_text(MOMENT, 9) == "10.0.0.20:40100"
    assert address_text(MOMENT, 10) == "[2001:db8::77]:50100"
    assert address_text(MOMENT, 2) == "[::]:80"
    assert address_text(MOMENT, 3) == "127.0.0.53%lo:53"


def test_the_explanation_is_whole_and_names_the_processes():
    lines = explanation_text(MOMENT, 2).splitlines()
    text = " ".join(" ".join(lines).split())
    assert lines[0] == "tcp6 [::]:80"
    assert "IPV6_V6ONLY is 0" in text
    assert "netstat tcp6" in text
    assert "19837 httpd, user apache: /usr/sbin/httpd -DFOREGROUND" in text
    assert explanation_text(MOMENT, 9).startswith("tcp6 10.0.0.12:80 - 10.0.0.20:40100\n")


def test_secrets_of_command_lines_are_masked_even_where_the_line_is_cut():
    for padding in range(940, 1010):
        command = f"/usr/bin/app {'x' * padding} --password {SECRET} --listen :80"
        held = snapshot(row(("::", 80), v6only=0, owners=[process(1, "app", command=command)]))
        text = "".join(explanation_text(held, 0).split())
        assert SECRET[:4] not in text
    title = f"app: --password={SECRET}"
    held = snapshot(row(("::", 80), v6only=0, owners=[process(1, "app", command=title)]))
    assert SECRET[:4] not in explanation_text(held, 0)


hostile = st.text(max_size=40) | st.sampled_from(
    ["\x1b]52;c;AAAA\x07", "a\nb", "\x9b31m", "\u202e", "\udc80", "\x00"]
)


@given(hostile, hostile, hostile)
def test_nothing_that_a_terminal_obeys_is_in_it(name, user, command):
    held_by = process(1, name, user=user, command=command)
    held = snapshot(
        row(("::", 80), v6only=0, owners=[held_by], ifindex=2, cgroup_id=3), users={0: user}, units={3: name}
    )
    assert row_text(held, 0).isprintable()
    assert address_text(held, 0).isprintable()
    assert all(line.isprintable() for line in explanation_text(held, 0).split("\n"))
