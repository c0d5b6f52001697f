"""A worker that the supervisor builds anew."""

from collections.abc import Callable
from typing import Generic, TypeVar

from agent.supervisor import Worker

W = TypeVar("W", bound=Worker)


class Remade(Generic[W]):
    """A worker that is built anew at each restart; `now` is the newest one."""

    def __init__(self, build: Callable[[], W]) -> None:
        self._build = build
        self.now: W | None = None

    def build(self) -> W:
        """A new one, remembered."""
        self.now = self._build()
        return self.now
