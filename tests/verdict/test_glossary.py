import re

import pytest

from tcp46.model.socket import State
from tcp46.model.verdict import Serves
from tcp46.verdict.glossary import glossary

TERMS = " ".join(entry.term for entry in glossary())


@pytest.mark.parametrize("entry", glossary(), ids=lambda entry: entry.term)
def test_an_entry_is_two_sentences_and_a_source(entry):
    assert len(entry.meaning) == 2
    for sentence in entry.meaning:
        assert sentence.endswith(".") and not sentence.endswith("..")
        assert ". " not in sentence
    for text in (entry.term, *entry.meaning, entry.source):
        assert text.isascii()
        assert text.strip() == text
    assert re.search(r"RFC \d+|\(\d\)|\.[ch]\b|\.rst", entry.source)


def test_no_term_stands_twice():
    terms = [entry.term for entry in glossary()]
    assert len(set(terms)) == len(terms)


@pytest.mark.parametrize(
    "term",
    [
        *(serves.label for serves in Serves),
        *(state.name for state in (State.LISTEN, State.UNCONN, State.BOUND, State.TIME_WAIT)),
        *(state.name for state in (State.CLOSE_WAIT, State.SYN_SENT, State.FIN_WAIT2)),
        "IPV6_V6ONLY",
        "IPv4-mapped",
        "dual-stack",
        "bindv6only",
        "backlog",
        "SO_REUSEPORT",
        "netns",
        "sock_diag",
        "cookie",
        "inode",
    ],
)
def test_what_the_program_shows_is_in_it(term):
    assert term in TERMS


def test_the_rfcs_are_named():
    sources = " ".join(entry.source for entry in glossary())
    for source in ("RFC 3493 section 3.7", "5.3", "RFC 4291 section 2.5.5.2", "ipv6(7)", "listen(2)"):
        assert source in sources
