"""What the pictures of one camera say together: a forward filter on calibrated probabilities.

The load is a hidden Markov chain (`transitions`), its pictures are the evidence:

    belief = prior x evidence, normalised

The prior is what the load can be now, given the state that was last taken for real and what the truck did
since (predicted by the chain). The evidence is the mean log likelihood of the frames of the last
`smoothing_s`, worth `looks` independent pictures and never more: the frames of one truck in one light are
nearly one picture, so that a mistake repeated is no confirmation (exponential forgetting, as in R. Kulhavy
and M. B. Zarrop, "On a general concept of forgetting", Int. J. Control 58, 1993). A truck whose frames say
0.7 throughout stays near 0.7 for ever. The prior may protect, never accuse.
"""

import math

import msgspec

from agent.model import LoadReading, LoadState, Probabilities, Smoothing
from agent.rules.transitions import CLASSES, Four, Pace, held, later
from agent.rules.words import CLAIMS, Six, ahead, alone, claim, normal

SECOND = 1_000_000_000
_UNCOVERED = 3  # its index among CLASSES
_BREAK_LOOKS = 4  # a pause over so many times `look_s` breaks a watch; parked, frames come every 5 s


Onsets = tuple[int, int, int, int, int, int]


class Belief(msgspec.Struct, frozen=True):
    """What one camera's readings amount to at `mono_ns`, its newest reading; `seen_ns` the newest usable one.

    `p` adds up to 1; `state` is the word for it, `confidence` how sure that word is. `since` is when the
    evidence for the state began, `sure_ns` when it became sure; both without a break until now.
    `evidence` are log likelihoods (0: none), `leads` those for each claim against the rest, begun at
    `onsets`; `claim` is the one behind the word; `taken` is the state last taken for real, `prior` what the
    load can be since. Usable frames come without a break since `watched_ns`.
    """

    mono_ns: int
    p: Probabilities
    prior: Four
    state: LoadState = "unknown"
    confidence: float = 0.0
    since: int = 0
    sure_ns: int = 0
    seen_ns: int | None = None
    watched_ns: int = 0
    evidence: Four = (0.0, 0.0, 0.0, 0.0)
    claim: int | None = None
    leads: Six = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    onsets: Onsets = (0, 0, 0, 0, 0, 0)
    taken: LoadState = "unknown"
    model: str = ""
    teaching: str | None = None
    frame: int = 0


change = msgspec.structs.replace


def begin(mono_ns: int, how: Smoothing, taken: LoadState = "unknown") -> Belief:
    """A belief without evidence; `taken` is the state known from before, if any."""
    prior = held(taken, how)
    return Belief(mono_ns, Probabilities(*prior), prior, taken=taken)


def usable(reading: LoadReading) -> bool:
    """Whether a reading is evidence: a usable frame, the model that decides, true probabilities."""
    return reading.usable and not reading.shadow and sound(reading.p)


def sound(p: Probabilities | None) -> bool:
    """Whether four numbers are probabilities: finite, not negative, adding up to 1 within a hundredth."""
    if p is None:
        return False
    four = (p.empty, p.covered, p.partly, p.uncovered)
    return all(0.0 <= v <= 1.01 for v in four) and abs(sum(four) - 1.0) <= 0.01


def checked(reading: LoadReading) -> LoadReading:
    """The reading, or an unusable one if its probabilities are none: NaN, negative, not adding up to 1."""
    if not reading.usable or sound(reading.p):
        return reading
    return change(reading, state="unknown", p=None, usable=False, reason="impossible probabilities")


def observe(belief: Belief | None, reading: LoadReading, how: Smoothing, pace: Pace = "unknown") -> Belief:
    """Take one reading of the belief's camera; `pace` is what the truck did since the last one.

    An unusable reading lets the evidence fade; a shadow reading, and one older than the belief, do nothing.
    """
    now = reading.mono_ns
    if belief is None:
        belief = begin(now, how)
    if reading.shadow or now < belief.mono_ns:
        return belief
    belief = _predict(belief, now, how, pace)
    if usable(reading) and reading.p is not None:
        belief = _update(belief, reading, reading.p, how)
    return _conclude(belief, how)


def _predict(belief: Belief, now: int, how: Smoothing, pace: Pace) -> Belief:
    """The passing of time: the chain runs, and beyond `look_s` evidence fades towards ignorance."""
    elapsed = (now - belief.mono_ns) / SECOND
    prior = later(belief.prior, pace, elapsed)
    before = belief.mono_ns if belief.seen_ns is None else belief.seen_ns
    blind = min(elapsed, max(0.0, (now - before) / SECOND - how.look_s))
    if blind <= 0:
        return change(belief, mono_ns=now, prior=prior)
    kept = math.exp(-blind / how.forget_s)
    e, c, p, u = (kept * v for v in belief.evidence)
    f, g, h, i, j, k = (kept * v for v in belief.leads)
    return change(belief, mono_ns=now, prior=prior, evidence=(e, c, p, u), leads=(f, g, h, i, j, k))


def likelihoods(reading: LoadReading, p: Probabilities, how: Smoothing) -> Four:
    """Log likelihoods of one frame, 0 for a flat one.

    The model's own threshold protects: a frame that it does not call uncovered says no more for uncovered
    than for the word that it did say.
    """
    four = [p.empty, p.covered, p.partly, p.uncovered]
    if reading.state in CLASSES and reading.state != "uncovered":
        four[_UNCOVERED] = min(four[_UNCOVERED], four[CLASSES.index(reading.state)])
    total, floor = sum(four), how.doubt / 4
    if total < 1e-6:  # certain of uncovered, and yet not called so
        return 0.0, 0.0, 0.0, 0.0
    scale = (1 - how.doubt) / total
    e, c, q, u = (math.log(4 * (scale * v + floor)) for v in four)
    return e, c, q, u


def _update(belief: Belief, reading: LoadReading, p: Probabilities, how: Smoothing) -> Belief:
    """A usable frame: its share of the window replaces as much of the older evidence."""
    if (belief.model, belief.teaching) != (reading.model, reading.teaching) and belief.model:
        e, c, q, u = (how.keep * v for v in belief.evidence)
        belief = change(belief, evidence=(e, c, q, u))
    pause = math.inf if belief.seen_ns is None else (reading.mono_ns - belief.seen_ns) / SECOND
    kept = math.exp(-min(how.look_s, pause) / how.smoothing_s)
    new = likelihoods(reading, p, how)
    weight = (1 - kept) * how.looks
    e, c, q, u = (kept * old + weight * value for old, value in zip(belief.evidence, new, strict=True))
    leads, onsets = _lead(belief, new, kept, weight)
    return change(
        belief,
        evidence=(e, c, q, u),
        leads=leads,
        onsets=onsets,
        seen_ns=reading.mono_ns,
        watched_ns=reading.mono_ns if pause > _BREAK_LOOKS * how.look_s else belief.watched_ns,
        model=reading.model,
        teaching=reading.teaching,
        frame=reading.frame,
    )


def _lead(belief: Belief, new: Four, kept: float, weight: float) -> tuple[Six, Onsets]:
    """For each claim since when the frames speak for it (a cumulative sum that begins anew below 0)."""
    leads, onsets = [0.0] * 6, list(belief.onsets)
    for i, more in enumerate(ahead(new)):
        lead = kept * belief.leads[i] + weight * more
        if lead > 0:
            leads[i] = lead
            if belief.leads[i] <= 0:
                onsets[i] = belief.mono_ns
    a, b, c, d, e, f = leads
    g, h, i, j, k, m = onsets
    return (a, b, c, d, e, f), (g, h, i, j, k, m)


def _conclude(belief: Belief, how: Smoothing) -> Belief:
    """Put the belief into a word, and take a state for real that was sure for its dwell time.

    While it is seen the prior stands still: what may have become of it counts from when it no longer is.
    """
    p = normal([q * math.exp(v) for q, v in zip(belief.prior, belief.evidence, strict=True)])
    number, confidence = claim(p, alone(belief.evidence), how.confidence)
    state = "unknown" if number is None else CLAIMS[number].word
    now = belief.mono_ns
    if state != belief.state:
        belief = change(belief, state=state, since=_since(belief, number, how), sure_ns=now)
    belief = change(belief, p=Probabilities(*p), claim=number, confidence=confidence)
    if state == "unknown" or belief.seen_ns != now:
        return belief
    if state != belief.taken and now - belief.sure_ns < getattr(how.dwell_s, state) * SECOND:
        return belief
    return change(belief, taken=state, prior=held(state, how))


def _since(belief: Belief, number: int | None, how: Smoothing) -> int:
    """When the evidence began for a claim that has just become sure; at most two windows ago.

    A word that two classes only make good together, and that follows one of them, begins where it is said.
    """
    now = belief.mono_ns
    if number is None or belief.leads[number] <= 0:
        return now
    classes = CLAIMS[number].classes
    if len(classes) > 1 and belief.state in [CLASSES[i] for i in classes]:
        return now
    return max(belief.onsets[number], now - round(2 * how.smoothing_s * SECOND))
