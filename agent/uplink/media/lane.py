"""The stream `media` on its way to one sink: each manifest, then the files that it names, chunk by chunk.

A manifest's seq is settled when the last chunk of its files has been acknowledged. A file that is not there
as it was recorded is told as `unsent`; its manifest is settled only once that is in the journal.
"""

from collections.abc import Callable

from agent.config import Sink
from agent.config_budget import MediaPolicy
from agent.model import PictureUnsent
from agent.uplink.envelope import SECOND, Frame, message
from agent.uplink.lane import Lane, Parcel
from agent.uplink.media.asking import ask, of, taken
from agent.uplink.media.job import Job, Sending
from agent.uplink.media.pace import Pace
from agent.uplink.media.plan import MANIFESTS, attributes, sheets
from agent.uplink.media.progress import Progress
from agent.uplink.media.shelf import NotThere, Shelf
from agent.uplink.status import PictureStatus
from buffer.journal import Journal
from buffer.ranges import Range
from buffer.records import Record

_AHEAD = 100  # records looked at together
_MOST = 1000  # beside those, what may not go now
_UNTOLD = 20  # files whose record is waited for, at most
_TELL_AGAIN_NS = 60 * SECOND
_REST_MOST_NS = 3600 * SECOND  # a chunk that is refused has cost its bytes
_MANIFEST = -1  # in a tag, in the place of a file's number
Tell = Callable[[PictureUnsent], None]


class MediaLane:
    """Used like a Lane by Delivery, which sets `policy` and `grave_only`; `source` reads the records.

    `tell` is told what this sink never gets, again each minute until the journal has it.
    """

    def __init__(
        self, source: Lane, journal: Journal, sink: Sink, chunk_topic: str, shelf: Shelf, tell: Tell
    ) -> None:
        self.stream, self.topic, self.topic_bytes = source.stream, source.topic, source.topic_bytes
        self._sent = self._unsent = 0
        self.policy: MediaPolicy = sink.media
        self.grave_only = False
        self._source, self._journal, self._sink, self._shelf, self._tell = source, journal, sink, shelf, tell
        self._chunk_topic = chunk_topic
        self._progress = Progress(journal, sink.name)
        self._pace = Pace()
        self._jobs: dict[int, Job] = {}
        self._flying: dict[tuple[int, int, int], int] = {}  # tag and since when
        self._number = 0
        self._woken = True
        self._refusals = self._rest_until = 0

    @property
    def refused(self) -> str | None:
        """Why the broker takes none of it, if so."""
        return self._source.refused

    def wake(self) -> None:
        """There may be new records or wishes."""
        self._source.wake()
        self._woken = True

    def forget(self) -> None:
        """Nothing is in flight any more: read all that is unsettled again."""
        self._source.forget()
        self._jobs.clear()
        self._flying.clear()
        self._pace = Pace()
        self._woken = True
        self._rest_until = 0  # the next connection may be to another broker

    def hold(self, lo: int, hi: int) -> None:
        """These are dealt with elsewhere."""
        self._source.hold(lo, hi)

    def settled(self) -> None:
        """Something of this stream went through."""
        self._source.settled()
        self._refusals = 0

    def due(self, now: int) -> int | None:
        """CLOCK_BOOTTIME ns at which there is something to send without a wake, None if not known."""
        dues = (self._source.due(now), self._rest_until if self._rest_until > now else None)
        return max((due for due in dues if due is not None), default=None)

    def take(self, frame: Frame, room: int) -> Parcel | None:
        """The next manifest or chunk, None when there is nothing to send now."""
        if self.due(frame.mono_ns) is not None or len(self._flying) >= self._pace.allowed:
            return None
        self._gather(frame)
        for job in sorted(self._jobs.values(), key=lambda job: job.rank):
            if self.grave_only and not job.grave and job.files:
                continue
            parcel = self._next_of(job, frame, room)
            if parcel:
                self._flying[parcel.tag] = frame.mono_ns
                return parcel
        return None

    def delivered(self, parcel: Parcel, now: int) -> list[Range]:
        """The broker has it."""
        sent = self._flying.pop(parcel.tag, None)
        job = self._jobs.get(parcel.tag[0])
        if sent is None or job is None:
            return []
        _, number, index = parcel.tag
        if number == _MANIFEST:
            job.told = True
        else:
            self._pace.acknowledged(now - sent)
            file = job.files[number]
            file.flying.discard(index)
            file.done.add(index + 1, index + 1)
            self._progress.keep(file.sheet.sha256, job.size, file.done)
        if number != _MANIFEST or not job.files:
            self.settled()
        return self._closed(job)

    def undeliverable(self, parcel: Parcel) -> list[Range]:
        """The broker will never take it: a manifest is dead, a chunk's file is told as unsent."""
        self._flying.pop(parcel.tag, None)
        job = self._jobs.get(parcel.tag[0])
        if job is None:
            return []
        if parcel.tag[1] == _MANIFEST:
            self._drop(job)
            return [] if job.wish else [(parcel.lo, parcel.hi)]
        job.files[parcel.tag[1]].fault = "refused"
        return []

    def pause(self, lo: int, hi: int, now: int, reason: str) -> None:
        """lo..hi was refused for now: this stream waits, and then begins with it again where it was."""
        for job in [job for job in self._jobs.values() if lo <= job.record.seq <= hi]:
            del self._jobs[job.number]
            self._flying = {tag: at for tag, at in self._flying.items() if tag[0] != job.number}
        self._source.pause(lo, hi, now, reason)
        first_ns = round(self._sink.retry_first_s * SECOND)
        self._rest_until = now + min(_REST_MOST_NS, first_ns * 2 ** min(self._refusals, 16))
        self._refusals += 1
        self._woken = True

    def ask(self, sha256: str) -> str | None:
        """See asking.ask; any thread may."""
        return ask(self._journal, self._sink.name, self._shelf, sha256)

    @property
    def status(self) -> PictureStatus:
        """How it is doing."""
        return PictureStatus(self.policy, len(self._jobs), self._sent, self._unsent)

    def _gather(self, frame: Frame) -> None:
        """Look at further records and wishes, and whether what was told is on record."""
        ready = sum(not job.untold for job in self._jobs.values() if job.grave or not self.grave_only)
        if ready < _AHEAD and len(self._jobs) < _MOST:
            for record in self._source.records(frame, _AHEAD):
                self._open(record, None)
        if not self._woken:
            return
        self._woken = False
        for job in [job for job in self._jobs.values() if job.untold]:
            self._hear(job)
        for sha256 in self._progress.wishes():
            self._grant(sha256)

    def _open(self, record: Record, wish: str | None) -> None:
        self._number += 1
        sheet = of(record, wish) if wish else None
        chosen = [sheet] if sheet else sheets(record, self.policy)
        files = [Sending(sheet) for sheet in chosen]
        self._jobs[self._number] = Job(self._number, record, files, wish)

    def _grant(self, sha256: str) -> None:
        """Open what was asked for, unless its record is being sent already."""
        if any(job.wish == sha256 for job in self._jobs.values()):
            return
        record = taken(self._journal, sha256)
        if record is None or of(record, sha256) is None:
            self._progress.fulfilled(sha256)
        elif not any(job.record.seq == record.seq for job in self._jobs.values()):
            self._open(record, sha256)

    def _next_of(self, job: Job, frame: Frame, room: int) -> Parcel | None:
        if not job.begun:
            return self._manifest(job, frame, room)
        if not job.told:
            return None
        for number, file in enumerate(job.files):
            index = None if file.fault else file.next(job.size)
            if index is not None:
                parcel = self._chunk(job, number, index)
                if parcel:
                    return parcel
        self._report(job, frame.mono_ns)
        return None

    def _manifest(self, job: Job, frame: Frame, room: int) -> Parcel | None:
        if sum(len(job.untold) for job in self._jobs.values()) >= _UNTOLD and job.files:
            return None
        job.size = min(self._sink.chunk_bytes, room - len(self._chunk_topic))
        for file in job.files:
            self._check(file)
            file.done = self._progress.of(file.sheet.sha256, job.size)
        there = [file.sheet for file in job.files if not file.fault]
        more = attributes(there, job.size) if job.record.type in MANIFESTS else None
        payload = message(job.record, frame, more)
        if len(payload) > room:
            self._drop(job)
            if not job.wish:
                self._source.too_large(job.record)
            return None
        job.begun = True
        seq = job.record.seq
        return Parcel(self.stream, seq, seq, self.topic, payload, (job.number, _MANIFEST, 0))

    def _chunk(self, job: Job, number: int, index: int) -> Parcel | None:
        file, seq = job.files[number], job.record.seq
        try:
            payload = self._shelf.chunk(file.sheet, index, job.size)
        except NotThere as e:
            file.fault = e.reason
            return None
        file.flying.add(index)
        topic = self._chunk_topic.format(sha256=file.sheet.sha256, index=index)
        return Parcel(self.stream, seq, seq, topic, payload, (job.number, number, index))

    def _check(self, file: Sending) -> None:
        try:
            self._shelf.check(file.sheet)
        except NotThere as e:
            file.fault = e.reason

    def _report(self, job: Job, now: int) -> None:
        """Tell of files that never arrive, again while the journal does not have it."""
        for file in job.untold:
            if file.told_ns is None or now - file.told_ns > _TELL_AGAIN_NS:
                file.told_ns = now
                sheet, reason = file.sheet, file.fault or ""
                said = PictureUnsent(now, self._sink.name, sheet.subject, sheet.sha256, sheet.kind, reason)
                self._tell(said)

    def _hear(self, job: Job) -> None:
        """Whether what was told is on record by now."""
        for file in job.untold:
            name = f'"sha256":"{file.sheet.sha256}","sink":"{self._sink.name}"'
            file.on_record = self._journal.find(self.stream, "picture.unsent", name.encode()) is not None
            self._unsent += file.on_record
        for lo, hi in self._closed(job):
            self._journal.settle(self._sink.name, self.stream, lo, hi)

    def _closed(self, job: Job) -> list[Range]:
        """The seq of a job that is over, which then is forgotten."""
        if not job.is_over:
            return []
        self._sent += sum(not file.fault for file in job.files)
        self._drop(job)
        return [] if job.wish else [(job.record.seq, job.record.seq)]

    def _drop(self, job: Job) -> None:
        """Remember nothing of a job any more."""
        del self._jobs[job.number]
        for file in job.files:
            self._progress.forget(file.sheet.sha256)
        if job.wish:
            self._progress.fulfilled(job.wish)
