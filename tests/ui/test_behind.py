"""A monitor that gets too little time: the newest snapshot is shown, and nothing piles up."""

import gc
import weakref

from support.monitor import monitor, running, screen_text
from support.snapshots import row, snapshot
from tcp46.ui.feed import Feed


def made(port):
    return snapshot(row(("::", port), v6only=0))


async def test_what_could_not_be_shown_in_time_is_not_kept(monkeypatch):
    app = monitor(made(1))
    async with running(app) as pilot:
        alive = []
        taken = []
        take = Feed.take

        def noted(feed, news):
            taken.append(int(news.snapshot.rows.local_port[0]))
            take(feed, news)

        monkeypatch.setattr(Feed, "take", noted)
        for port in range(1000, 1200):
            moment = made(port)
            alive.append(weakref.ref(moment))
            app.watcher.show(moment)
            app.call_later(lambda: None)  # something else comes between
        del moment
        gc.collect()
        assert sum(each() is not None for each in alive) <= 2
        await pilot.pause()
        assert taken == [1199]
        assert "[::]:1199" in screen_text(app)
        app.watcher.show(made(2000))
        await pilot.pause()
        assert "[::]:2000" in screen_text(app)
