"""One thread that owns the card and works through the clips in order, while the caller cuts and encodes earlier takes.

Ctrl-C reaches the caller, not the card: :meth:`Ahead.stop` makes the next step the last.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import Future, wait

_LOOK_EVERY_S = 0.2


class Ahead:
    """``work(item)`` is called in this object's own thread, in the order of ``items``, at most ``lead`` of them before
    the caller has fetched them. An item that the caller asks for out of turn is worked on next."""

    def __init__(self, work: Callable[[Hashable], None], items: Iterable[Hashable], lead: int = 2) -> None:
        self._work, self._lead = work, lead
        self._todo = list(dict.fromkeys(items))
        self._results: dict[Hashable, Future[None]] = {}
        self._wanted: Hashable | None = None
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="musicvid-card", daemon=True)
        self._thread.start()

    @property
    def stopped(self) -> bool:
        return self._stopped

    def wait_for(self, item: Hashable) -> None:
        """Return when ``item`` is done. Raises what its work raised. Once fetched, asking again works anew."""
        with self._changed:
            if self._stopped:
                raise RuntimeError("the thread was stopped")
            if item not in self._results:
                if item in self._todo:
                    self._todo.remove(item)
                self._todo.insert(0, item)
            self._wanted = item
            future = self._results.setdefault(item, Future())
            self._changed.notify_all()
        try:
            while not wait((future,), _LOOK_EVERY_S).done:
                pass  # short waits: Ctrl-C is seen between them
            return future.result()
        finally:
            with self._changed:
                self._results.pop(item, None)
                self._wanted = None
                self._changed.notify_all()

    def expect(self, items: Iterable[Hashable]) -> None:
        """From now on these are to come, in this order, instead of those that were not begun yet."""
        with self._changed:
            wanted = dict.fromkeys(items)
            self._results = {item: done for item, done in self._results.items() if item in {*wanted, self._wanted}}
            self._todo = [item for item in wanted if item not in self._results]
            self._changed.notify_all()

    def stop(self) -> None:
        """Finish: the work notices through :attr:`stopped` and ends at its next step. Returns when it has."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while (task := self._next()) is not None:
            item, future = task
            try:
                self._work(item)
            except BaseException as error:  # noqa: BLE001 - handed on to whoever waits for it
                future.set_exception(error)
            else:
                future.set_result(None)

    def _next(self) -> tuple[Hashable, Future[None]] | None:
        with self._changed:
            while not self._stopped:
                ahead = sum(future.done() for future in self._results.values())
                if self._todo and (self._todo[0] == self._wanted or ahead < self._lead):
                    item = self._todo.pop(0)
                    return item, self._results.setdefault(item, Future())
                self._changed.wait()
            return None
