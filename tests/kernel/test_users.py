import threading

from tcp46.kernel.users import UserNames, parse_passwd, user_name


def names_of(tmp_path, text=b"root:x:0:0:root:/root:/bin/sh\n", **options):
    file = tmp_path / "passwd"
    file.write_bytes(text)
    return file, UserNames(str(file), **options)


def test_local_users_are_known_without_asking(tmp_path):
    asked = []
    _, names = names_of(tmp_path, ask=asked.append)
    assert names.name(0) == "root"
    assert asked == []


def test_others_are_asked_for_once(tmp_path):
    asked = []

    def ask(uid):
        asked.append(uid)
        return "ada" if uid == 5000 else None

    _, names = names_of(tmp_path, ask=ask, patience_seconds=20)
    assert [names.name(uid) for uid in (5000, 5001, 5000, 5001)] == ["ada", None, "ada", None]
    assert asked == [5000, 5001]


def test_a_name_service_that_hangs_is_waited_for_once_and_its_answers_come_later(tmp_path):
    answer, answered = threading.Event(), threading.Event()

    def ask(uid):
        answer.wait()
        if uid == 5099:
            answered.set()
        return f"user{uid}"

    _, names = names_of(tmp_path, ask=ask, patience_seconds=0.01)
    assert [names.name(uid) for uid in range(5000, 5100)] == [None] * 100
    assert names.name(0) == "root"
    answer.set()
    assert answered.wait(20)
    assert names.name(5000) == "user5000"
    assert names.name(5098) == "user5098"


def test_a_changed_file_is_read_again_and_a_missing_one_is_survived(tmp_path):
    file, names = names_of(tmp_path, ask=lambda uid: None)
    assert names.name(7) is None
    file.with_suffix(".new").write_bytes(b"web:x:7:7::/:/bin/false\n")
    file.with_suffix(".new").rename(file)
    assert names.name(7) == "web"
    assert names.name(0) is None
    file.unlink()
    assert names.name(7) == "web"


def test_bad_lines_are_left_out_and_bytes_are_kept():
    data = b"a:x:1:\n+::::::\n\n:x:2:\nb:x:\xd9\xa3:\nc:x:1:\nd\n\xff\x1b:x:3:3\nshort:x:4"
    assert parse_passwd(data) == {1: "a", 3: "\udcff\x1b", 4: "short"}


def test_this_host_knows_root_and_not_a_uid_beyond_all():
    assert user_name(0) == "root"
    assert user_name(2**32 - 1) is None
    assert user_name(2**64) is None


def test_where_no_thread_can_be_started_a_name_is_not_known(tmp_path, monkeypatch):
    def refused(_thread):
        raise RuntimeError("can't start new thread")

    names = UserNames(str(tmp_path / "none"), {7: "late"}.get)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refused)
        assert names.name(7) is None
    assert names.name(7) == "late"
