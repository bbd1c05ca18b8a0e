import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tcp46.model.metrics import Counters, Metrics
from tcp46.model.tcpinfo import TcpInfo

NAMES = ("rtt", "total_retrans", "bytes_received", "bytes_acked")
small, large = st.none() | st.integers(0, 2**32 - 2), st.none() | st.integers(0, 2**64 - 2)
told = st.none() | st.builds(TcpInfo, rtt=small, total_retrans=small, bytes_received=large, bytes_acked=large)


@given(st.lists(told), st.lists(told))
def test_counters_hold_what_was_told(some, more):
    found = Counters.concatenate([Counters.of(some), Counters.of(more)])
    assert len(found) == len(some) + len(more)
    for name in NAMES:
        expected = [getattr(info, name, None) for info in some + more]
        known = found.known(name).tolist()
        assert known == [value is not None for value in expected]
        values = getattr(found, name).tolist()
        assert [
            value if is_known else None for value, is_known in zip(values, known, strict=True)
        ] == expected
        floats = found.floats(name)
        assert np.isnan(floats).tolist() == [value is None for value in expected]
        assert floats[~np.isnan(floats)].tolist() == [float(value) for value in expected if value is not None]


@given(st.lists(told, min_size=1), st.data())
def test_rows_are_taken_and_forgotten(infos, data):
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(infos), max_size=len(infos))))
    taken = Counters.of(infos).take(mask)
    expected = Counters.of([info for info, is_in in zip(infos, mask, strict=True) if is_in])
    forgotten = Counters.of(infos)
    forgotten.forget(mask)
    for name in NAMES:
        assert np.array_equal(getattr(taken, name), getattr(expected, name))
        assert not forgotten.known(name)[mask].any()
        assert np.array_equal(forgotten.known(name)[~mask], Counters.of(infos).known(name)[~mask])


def test_figures_that_were_not_asked_for():
    figures = Metrics.unknown(3)
    for name in ("rtt", "retrans", "rate_in", "rate_out"):
        assert np.isnan(getattr(figures, name)).tolist() == [True] * 3
    assert figures.samples.tolist() == [0] * 3
    figures.rtt[1] = 5
    assert np.isnan(figures.retrans[1])
