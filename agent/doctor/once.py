"""A question that is asked once, by whoever asks first; the others wait for its answer."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Once(Generic[Answer]):
    """Calls `ask` at the first call; what it raises is raised to everybody."""

    def __init__(self, ask: Callable[[], Answer]) -> None:
        self._ask, self._lock = ask, threading.Lock()
        self._answer: list[Answer] = []
        self._error: Exception | None = None

    def __call__(self) -> Answer:
        """The answer."""
        with self._lock:
            if self._error is not None:
                raise self._error
            if not self._answer:
                try:
                    self._answer.append(self._ask())
                except Exception as e:
                    self._error = e
                    raise
            return self._answer[0]
