"""Whether a receiver profile fits together, beyond the types of its values. Pure."""

import re
from collections.abc import Iterator

from drivers.gnss.dialogue.exchange import Dialogue
from drivers.gnss.dialogue.template import Template
from drivers.gnss_profile import GnssProfile

Flaw = tuple[str, str]


def check_profile(profile: GnssProfile) -> None:
    """Raise ValueError with the first flaw and its path, such as `$.identify.banner[0]`."""
    for what, path in _flaws(profile):
        raise ValueError(f"{what} - at `{path}`")
    Dialogue(profile)


def _flaws(profile: GnssProfile) -> Iterator[Flaw]:
    yield from _speed_flaws(profile)
    yield from _regex_flaws(profile)
    yield from _name_flaws(profile)
    yield from _derived_flaws(profile)
    yield from _spoken_flaws(profile)


def _speed_flaws(profile: GnssProfile) -> Iterator[Flaw]:
    if profile.bauds and profile.baud not in profile.bauds:
        yield f"{profile.baud} is not among `bauds`", "$.baud"
    if profile.state.get("baud", profile.baud) != profile.baud:
        yield f"the factory state has another speed than `baud`, {profile.baud}", "$.state.baud"
    if profile.max_rate_hz and profile.rate_hz > profile.max_rate_hz:
        yield f"{profile.rate_hz:g} is more than `max_rate_hz`", "$.rate_hz"
    period = profile.state.get("period_ms", 1000)
    if not isinstance(period, int) or period <= 0:
        yield f"{period!r} is no period", "$.state.period_ms"


def _regex_flaws(profile: GnssProfile) -> Iterator[Flaw]:
    for path, pattern in _regexes(profile):
        try:
            compiled = re.compile(pattern)
        except re.error as e:
            yield f"{pattern!r} is no regex ({e})", path
            continue
        if path == "$.jamming.line" and "level" not in compiled.groupindex:
            yield "it has no group `level`", path


def _regexes(profile: GnssProfile) -> Iterator[tuple[str, str]]:
    yield from ((f"$.identify.banner[{i}]", p) for i, p in enumerate(profile.identify.banner))
    yield from ((f"$.identify.match.{key}", p) for key, p in profile.identify.match.items())
    for state in ("ok", "open", "short"):
        pattern = getattr(profile.antenna, state)
        if pattern is not None:
            yield f"$.antenna.{state}", pattern
    if profile.jamming:
        yield "$.jamming.line", profile.jamming.line
    yield from ((f"$.quirks[{i}].firmware", q.firmware) for i, q in enumerate(profile.quirks))


def _name_flaws(profile: GnssProfile) -> Iterator[Flaw]:
    names = {e.name for e in profile.exchanges}
    for name in profile.identify.questions:
        if name not in names:
            yield f"there is no exchange {name!r}", "$.identify.ask"
    for i, name in enumerate(profile.start.exchanges if profile.start else ()):
        if name not in names:
            yield f"there is no exchange {name!r}", f"$.start.exchanges[{i}]"
    for i, exchange in enumerate(profile.exchanges):
        if exchange.layer == "flash" and exchange.sets:
            yield "what sets a variable is for RAM; `save` stores the state", f"$.exchanges[{i}].layer"


def _derived_flaws(profile: GnssProfile) -> Iterator[Flaw]:
    for name, code in profile.codes.items():
        if code.of not in profile.state and code.of not in profile.masks:
            yield f"{code.of!r} is no variable and no mask", f"$.codes.{name}.of"
        if len({str(v) for v in code.table.values()}) < len(code.table):
            yield "two entries have the same code", f"$.codes.{name}.table"
    for name, bits in profile.masks.items():
        for variable in bits:
            if variable not in profile.state:
                yield f"{variable!r} is no variable of `state`", f"$.masks.{name}"
    for name in {*profile.codes, *profile.masks} & {*profile.state}:
        yield f"{name!r} is a variable too", f"$.state.{name}"


def _spoken_flaws(profile: GnssProfile) -> Iterator[Flaw]:
    spoken = {f"antenna.{s}": getattr(profile.speaks.antenna, s) for s in ("ok", "open", "short")}
    for key, texts in {**spoken, "banner": profile.speaks.banner}.items():
        for i, text in enumerate(texts):
            path = f"$.speaks.{key}[{i}]"
            try:
                names = Template.parse(text).names
            except ValueError as e:
                yield str(e), path
            else:
                yield from ((f"{{{n}}} is no variable", path) for n in names if n not in profile.state)
