"""Where records and pictures are kept."""

import errno
import os

from agent.doctor.findings import Check, Verdict, fault, fault_if, ok, skip
from agent.doctor.patient import Patient, cameras
from agent.doctor.probes.place import Place

_SOON = 4  # times what must stay free
_FEW_INODES = 100
_WORN = 9  # JEDEC eMMC 5.0: in tenths of the life, so 80 % are used
_OTHERS = (errno.ENOSPC, errno.EROFS, errno.EDQUOT)  # have a check of their own


def _unusable(place: Place) -> Verdict:
    wrong = place.error is not None and place.error not in _OTHERS
    return fault_if(wrong, folder=place.at, why=os.strerror(place.error or 0))


def _folder(p: Patient) -> Verdict:
    return _unusable(p.place())


def _read_only(p: Patient) -> Verdict:
    return fault_if(p.place().read_only, folder=p.place().at)


def _space(p: Patient) -> Verdict:
    place, least = p.place(), p.config.journal.min_free_bytes
    full = place.free < least or place.error in (errno.ENOSPC, errno.EDQUOT)
    return fault(free=place.room, folder=place.at) if full and _has_inodes(place) else ok(place.room)


def _soon(p: Patient) -> Verdict:
    place, least = p.place(), p.config.journal.min_free_bytes
    return fault_if(place.free < _SOON * least, free=place.room, folder=place.at)


def _has_inodes(place: Place) -> bool:
    return place.inodes_free is None or place.inodes_free >= _FEW_INODES


def _inodes(p: Patient) -> Verdict:
    return fault_if(not _has_inodes(p.place()), folder=p.place().at, count=p.place().inodes_free)


def _card(p: Patient) -> Verdict:
    """An eMMC's or card's own estimate of its wear: two figures, for two kinds of cells."""
    worn = [
        int(word, 16)
        for name in p.machine.names("sys/block/mmcblk*/device/life_time")
        for word in (p.machine.text(name) or "").split()
    ]
    if not any(worn):
        return skip("absent")
    share = f"{min(100, 10 * max(worn))} %"
    return fault(share=share) if max(worn) >= _WORN else ok(share)


def _errors(p: Patient) -> Verdict:
    counts = p.machine.numbers("sys/fs/ext4/*/errors_count")
    return fault_if(sum(counts.values()), count=sum(counts.values())) if counts else skip("absent")


def _pictures(p: Patient) -> Verdict:
    return _unusable(p.album()) if cameras(p) else skip("none")


def _picture_space(p: Patient) -> Verdict:
    if not cameras(p):
        return skip("none")
    place = p.album()
    scarce = place.free < p.config.pictures.min_free_bytes
    return fault(free=place.room, folder=place.at) if scarce else ok(place.room)


CHECKS = (
    Check("storage.folder", _folder),
    Check("storage.read_only", _read_only, needs=("storage.folder",)),
    Check("storage.inodes", _inodes, needs=("storage.folder", "storage.read_only")),
    Check("storage.space", _space, needs=("storage.folder", "storage.read_only")),
    Check("storage.soon", _soon, needs=("storage.folder", "storage.space")),
    Check("storage.pictures", _pictures, needs=("storage.folder",)),
    Check("storage.picture_space", _picture_space, needs=("storage.pictures", "storage.space")),
    Check("storage.card", _card),
    Check("storage.errors", _errors),
)
