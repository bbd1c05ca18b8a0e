from tcp46.ui.history import History


def kept(*texts):
    history = History()
    for text in texts:
        history.keep(text)
    return history


def test_up_goes_back_and_down_comes_back_to_the_draft():
    history = kept("sshd", "java")
    assert history.earlier("dra") == "java"
    assert history.earlier("java") == "sshd"
    assert history.earlier("sshd") is None
    assert history.later("sshd") == "java"
    assert history.later("java") == "dra"
    assert history.later("dra") is None


def test_what_is_on_the_line_already_is_passed_over():
    history = kept("sshd", "java")
    assert history.earlier("java ") == "sshd"
    assert history.later("sshd") == "java"
    assert history.later("java") == "java "


def test_what_was_called_back_and_changed_is_the_new_draft():
    history = kept("sshd", "java")
    assert history.earlier("") == "java"
    assert history.earlier("java port:80") == "java"
    assert history.later("java") == "java port:80"


def test_each_text_is_there_once_at_its_latest_place():
    history = kept("sshd", "java", " sshd ", "", "  ")
    assert history.earlier("") == "sshd"
    assert history.earlier("sshd") == "java"
    assert history.earlier("java") is None


def test_it_is_bounded():
    history = kept(*map(str, range(1000)))
    text, seen = "", 0
    while (found := history.earlier(text)) is not None:
        text, seen = found, seen + 1
    assert (text, seen) == ("900", 100)


def test_an_empty_one_has_nothing():
    assert History().earlier("x") is None
    assert History().later("x") is None
