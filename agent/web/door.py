"""Who may come in: one-time codes, sessions, and a lock after wrong codes. Told the time; keeps no file."""

import hmac
import secrets
import threading
from collections.abc import Callable
from typing import Literal

import msgspec

SECOND = 1_000_000_000
Role = Literal["view", "technician"]
_IDLE_NS = 30 * 60 * SECOND
_LONGEST_NS = 8 * 3600 * SECOND
_TRIES = 5  # wrong codes in a row ...
_LOCK_NS = 60 * SECOND  # ... lock the door for so long, and twice as long the next time
_LONGEST_LOCK_NS = 3600 * SECOND
_DIGITS = 8
_MOST = 20  # sessions at a time; the oldest goes


class Locked(Exception):  # noqa: N818 - reads as what happened
    """Nobody comes in for so many seconds."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"locked for {seconds} s")
        self.seconds = seconds


class Session(msgspec.Struct):
    """Somebody who came in; `proof` must come with whatever changes something."""

    role: Role
    proof: str
    begun_ns: int
    seen_ns: int


class Door:
    """One code for each role, good for one entry; `told` hears each new one. For any thread."""

    def __init__(
        self, roles: tuple[Role, ...], now: Callable[[], int], told: Callable[[Role, str], None]
    ) -> None:
        self._now, self._told = now, told
        self._lock = threading.Lock()
        self._codes = dict.fromkeys(roles, "")
        self._sessions: dict[str, Session] = {}
        self._wrong = self._locks = 0
        self._shut_until = 0
        for role in roles:
            self._renew(role)

    def enter(self, code: str) -> tuple[str, Session] | None:
        """A new session's token and itself; None for a wrong code. Raises Locked."""
        with self._lock:
            now = self._now()
            if now < self._shut_until:
                raise Locked(-(-(self._shut_until - now) // SECOND))
            role = self._role_of(code)
            if role is None:
                self._count_wrong(now)
                return None
            self._wrong = self._locks = 0
            self._renew(role)
            while len(self._sessions) >= _MOST:
                del self._sessions[next(iter(self._sessions))]
            token = secrets.token_urlsafe(32)
            session = self._sessions[token] = Session(role, secrets.token_urlsafe(32), now, now)
            return token, session

    def session(self, token: str | None) -> Session | None:
        """Whose token this is, if it is still good."""
        with self._lock:
            found = self._sessions.get(token or "")
            if found is None:
                return None
            now = self._now()
            if now - found.seen_ns > _IDLE_NS or now - found.begun_ns > _LONGEST_NS:
                del self._sessions[token or ""]
                return None
            found.seen_ns = now
            return found

    def leave(self, token: str | None) -> None:
        """End a session."""
        with self._lock:
            self._sessions.pop(token or "", None)

    def _role_of(self, code: str) -> Role | None:
        """Compared in constant time, with every code."""
        given = "".join(code.split()).encode()
        matches = [role for role, right in self._codes.items() if hmac.compare_digest(given, right.encode())]
        return matches[0] if matches else None

    def _count_wrong(self, now: int) -> None:
        self._wrong += 1
        if self._wrong >= _TRIES:
            self._wrong = 0
            self._shut_until = now + min(_LOCK_NS << min(self._locks, 10), _LONGEST_LOCK_NS)
            self._locks += 1

    def _renew(self, role: Role) -> None:
        code = ""
        while not code or code in self._codes.values():
            code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
        self._codes[role] = code
        self._told(role, code)
