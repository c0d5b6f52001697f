"""The ledger of a journal, boot by boot, from its records; and what in it does not add up. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from agent.ledger.account import Account, Span, Told, begin, cut, settle, tell

TOTALS = "coverage.totals"


class Moment(msgspec.Struct, frozen=True):
    """A record, and UTC minus CLOCK_BOOTTIME of its boot as it is known there (us); None: not known."""

    told: Told
    offset_us: int | None = None


class Boot(msgspec.Struct):
    """One boot in its own microseconds; `clean`: its last run stopped in order.

    `place`: where the unit was when it ended, as the next start found it (see the record `gap.ended`).
    """

    boot: str
    since_us: int
    until_us: int
    offset_us: int | None = None
    spans: list[Span] = []
    clean: bool = False
    place: dict[str, Any] | None = None


class Ledger(msgspec.Struct):
    """The boots in their order, and what does not add up, one phrase each."""

    boots: list[Boot] = []
    findings: list[str] = []


def ledger(moments: Sequence[Moment], newest: dict[str, int]) -> Ledger:
    """The ledger of these records in the order of commits; `newest`: a boot's last known moment (us)."""
    reading = _Reading(_ends(moments, newest))
    for moment in moments:
        reading.take(moment)
    reading.close()
    return reading.found


def adds_up(data: dict[str, Any]) -> bool:
    """Whether a record of totals has each source wholly, to the microsecond."""
    whole = data["until_us"] - data["since_us"]
    return all(sum(cause["us"] for cause in causes) == whole for causes in data["sources"].values())


def _ends(moments: Iterable[Moment], newest: dict[str, int]) -> dict[str, int]:
    """When each boot (or head of its id) was last heard of, as the next start found it."""
    ends = dict(newest)
    for moment in moments:
        data, kind = moment.told.data, moment.told.type
        if kind == TOTALS and "boot" in data:
            ends[data["boot"]] = data["until_us"]
        elif kind == "gap.ended" and data.get("source") == "agent" and "boot" in data:
            ends[data["boot"]] = data["since_us"]
    return ends


class _Reading:
    """The account while records are read."""

    def __init__(self, ends: dict[str, int]) -> None:
        self.found = Ledger()
        self._ends = ends
        self._account: Account | None = None
        self._sure = True  # the account knows of every gap that is open

    def take(self, moment: Moment) -> None:
        """The next record."""
        told = moment.told
        if told.type == TOTALS:
            self._totals(told)
        elif told.type == "birth" and self._account is not None and self._account.boot != told.boot:
            self.close()
        elif told.type == "gap.ended" and told.data.get("source") == "agent" and self.found.boots:
            self._place(told)
        account, spans = tell(self._account, told)
        if account is not None and account.boot == told.boot:
            self._go_on(account, spans, moment)

    def close(self) -> None:
        """The boot is over, where it was last heard of."""
        if self._account is None:
            return
        boot = self.found.boots[-1]
        heard = [at for head, at in self._ends.items() if boot.boot.startswith(head)]
        account, spans = settle(self._account, max(boot.until_us, *heard, boot.since_us))
        boot.spans += spans
        boot.until_us = max(part.done for part in account.parts.values())
        self._account = None

    def _go_on(self, account: Account, spans: list[Span], moment: Moment) -> None:
        told, boots = moment.told, self.found.boots
        if self._account is None:
            self._sure = told.type == "birth" and bool(told.data.get("new_boot"))
            boots.append(Boot(account.boot, account.since, account.since, spans=[]))
        boot, self._account = boots[-1], account
        boot.spans += spans
        boot.until_us = max(boot.until_us, told.at_us)
        boot.offset_us = boot.offset_us if moment.offset_us is None else moment.offset_us
        boot.clean = told.type == "stopped" or (boot.clean and told.type != "birth")

    def _totals(self, told: Told) -> None:
        """A period ends here: what its records add up to must be what was told."""
        data = told.data
        if not adds_up(data):
            self.found.findings.append(f"{_name(told)}: its sources do not add up to its length")
        if self._account is None:
            if "boot" not in data:  # what came before was let go: the account begins here
                self._go_on(begin(told.boot, data["until_us"], data["sources"]), [], Moment(told))
            return
        if not self._account.boot.startswith(data.get("boot", told.boot)):
            return
        whole = self._sure and self._account.since == data["since_us"]
        self._account, computed, spans = cut(self._account, data["until_us"])
        self.found.boots[-1].spans += spans
        if whole and computed["sources"] != data["sources"]:
            self.found.findings.append(f"{_name(told)}: its records add up to something else")
        if "boot" in data:
            self.close()

    def _place(self, told: Told) -> None:
        """Where the boot before this one ended."""
        before = [boot for boot in self.found.boots if boot.boot != told.boot]
        if before and (self._account is None or self.found.boots[-1].boot == told.boot):
            before[-1].place = before[-1].place or told.data.get("place")


def _name(told: Told) -> str:
    return f"totals of boot {told.data.get('boot', told.boot)[:8]} up to {told.data['until_us'] / 1e6:.0f} s"
