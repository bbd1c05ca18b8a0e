import queue
import threading

from support.snapshots import row, snapshot
from tcp46.watch.watcher import Failure, Update, Watcher

LIMIT = 10


def watching(collect, interval=0.01):
    published = queue.Queue()
    watcher = Watcher(collect, published.put, interval)
    watcher.start()
    return watcher, published


def test_snapshots_follow_one_another_until_stopped():
    made = snapshot(row(("::", 80)))
    watcher, published = watching(lambda: made)
    assert [published.get(timeout=LIMIT).snapshot for _ in range(3)] == [made] * 3
    watcher.stop()


def test_a_failure_is_published_and_the_next_snapshot_comes():
    made = snapshot(row(("::", 80)))
    answers = iter([made, OSError(105, "No buffer\x1b[2J space"), made])

    def collect():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    watcher, published = watching(collect)
    first, failure, third = (published.get(timeout=LIMIT) for _ in range(3))
    watcher.stop()
    assert isinstance(first, Update)
    assert isinstance(third, Update)
    assert isinstance(failure, Failure)
    assert "No buffer" in failure.reason
    assert failure.reason.isprintable()


def test_one_collection_at_a_time_and_refresh_now_does_not_wait_for_the_interval():
    gate, running, most = threading.Semaphore(0), [], []

    def collect():
        running.append(1)
        most.append(len(running))
        gate.acquire(timeout=LIMIT)
        running.pop()
        return snapshot()

    watcher, published = watching(collect, interval=3600)
    for _ in range(3):
        watcher.refresh_now()
        gate.release()
        published.get(timeout=LIMIT)
    watcher.stop()
    gate.release()
    assert max(most) == 1
