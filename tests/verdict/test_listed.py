"""What is told of a line of a listing: complete, and true to that line."""

import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.pasted import read
from tcp46.verdict import listed
from tcp46.verdict.inference import conclude
from tcp46.verdict.listed import how_surely, told, untold

CAPTURES = Path(__file__).parent.parent / "data" / "captures"

OTHERS = """\
anna@web1:~$ ss -tunlpe
tcp LISTEN 1 5 *:80 *:* users:(("nginx",pid=901,fd=6),("nginx",pid=902,fd=6)) uid:33 ino:7 sk:1f v6only:0 <->
udp UNCONN 3 0 127.0.0.53%lo:53 0.0.0.0:* ino:8 sk:2 <->
ESTAB 0 9 web1:no-such-service elsewhere:no-such-service
$ netstat -tunae
tcp6 0 0 :::8080 :::* LISTEN 1000 4242
tcp6 0 0 :::22 :::* LISTEN 0 4243
tcp 0 0 0.0.0.0:22 0.0.0.0:* LISTEN 0 4244
tcp 2 7 10.0.0.12:22 10.0.0.3:51022 ESTABLISHED 0 4245
udp 5 6 10.0.0.12:5353 10.0.0.3:53 ESTABLISHED 0 4246
$ netstat -an
tcp4 0 0 *.8809 *.* LISTEN
$ lsof -i
httpd 1084 root 3u IPv6 10943 0t0 TCP *:http (LISTEN)
"""
LISTINGS = [*(path.read_text() for path in sorted(CAPTURES.iterdir())), OTHERS]
OWN_NUMBERS = {"6", "4", "0", "1"}
"""Of IPV6_V6ONLY, AF_INET6, IPv4, BPF's and the value of an option."""


def everything(row, conclusion):
    facts = [f"{fact.name}: {fact.value} ({fact.source})" for fact in told(row, conclusion)]
    return [how_surely(conclusion), *facts, *untold(row, conclusion)]


def numbers(text):
    return set(re.findall(r"\d+", text.replace(",", "")))


@pytest.mark.parametrize(
    "text", LISTINGS, ids=[*(path.name for path in sorted(CAPTURES.iterdir())), "others"]
)
def test_every_number_is_the_lines_own(text):
    listing = read(text)
    assert listing.rows
    for row, conclusion in zip(listing.rows, conclude(listing.rows), strict=True):
        allowed = numbers(row.text) | {str(row.line)} | OWN_NUMBERS | numbers(row.host or "")
        for said in everything(row, conclusion):
            assert numbers(said) <= allowed, said
            assert said.isprintable()
            assert said.strip() == said != ""


def test_every_sentence_is_said_of_some_line(monkeypatch):
    asked = set()

    def recording(name, **fields):
        asked.add(name)
        return original(name, **fields)

    original = listed.sentence
    monkeypatch.setattr(listed, "sentence", recording)
    for text in LISTINGS:
        listing = read(text)
        for row, conclusion in zip(listing.rows, conclude(listing.rows), strict=True):
            everything(row, conclusion)
    table = tomllib.loads(files("tcp46.verdict").joinpath("listings.toml").read_text("utf-8"))
    written = {f"{part}.{key}" for part in ("certainty", "fact", "untold") for key in table[part]}
    assert asked == written


def told_of(text, line):
    listing = read(text)
    found = zip(listing.rows, conclude(listing.rows), strict=True)
    row, conclusion = next(pair for pair in found if pair[0].line == line)
    return {fact.name: f"{fact.value} ({fact.source})" for fact in told(row, conclusion)}, [
        *untold(row, conclusion)
    ]


def test_the_facts_of_a_listener_that_ss_prints():
    facts, cannot = told_of(OTHERS, 2)
    assert facts == {
        "printed by": "ss (line 2)",
        "host": "web1 (the prompt above the line)",
        "family": "AF_INET6 (line 2, by the address)",
        "IPV6_V6ONLY": "0 (the listing)",
        "state": "LISTEN: waits for connections (line 2)",
        "accept queue": "1 waiting for accept(), limit 5 (line 2)",
        "held by": "901 nginx (fd 6), 902 nginx (fd 6) (line 2)",
        "user": "33 (line 2)",
    }
    assert not any("IPV6_V6ONLY" in sentence for sentence in cannot)


def test_what_a_lonely_tcp6_line_cannot_tell():
    facts, cannot = told_of(OTHERS, 6)
    assert facts["IPV6_V6ONLY"] == "not told (no line prints it, and none stands beside it that tells)"
    assert facts["accept queue"] == "0 waiting for accept(); netstat prints no limit (line 6)"
    assert "IPV6_V6ONLY in this socket, and so whether it serves IPv4." in cannot


@given(st.text(max_size=40))
def test_no_name_is_obeyed(name):
    line = f"tcp 0 0 0.0.0.0:80 0.0.0.0:* LISTEN 7/{name}\n"
    listing = read(line)
    for row, conclusion in zip(listing.rows, conclude(listing.rows), strict=True):
        for said in everything(row, conclusion):
            assert said.isprintable()
