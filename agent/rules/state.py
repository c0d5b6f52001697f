"""All that the rules remember, one part per rule. Pure."""

import msgspec

from agent.ledger.account import Account
from agent.model import Restarted, Settings
from agent.rules.blind import Blind
from agent.rules.cameras import Cameras
from agent.rules.coverage import Coverage
from agent.rules.duty import Duty
from agent.rules.evidence import Evidence
from agent.rules.fitness import Fitness
from agent.rules.haulage import Haulage
from agent.rules.health import Health
from agent.rules.integrity import Integrity
from agent.rules.link import Links
from agent.rules.load import Load
from agent.rules.motion import Motion
from agent.rules.pictures import Pictures
from agent.rules.refusals import Refusals
from agent.rules.shadow import Trials
from agent.rules.switches import Switches
from agent.rules.timebase import Timebase
from agent.rules.trips import Trips
from agent.rules.uncovered import Uncovered
from agent.rules.unit import Unit

STATE_VERSION = 2  # goes up when an older state would be misread


class State(msgspec.Struct, frozen=True):
    """All that the rules remember; it is journalled and read back at the next start."""

    settings: Settings | None = None
    restarted: Restarted | None = None
    stopping: bool = False
    motion: Motion = Motion()
    load: Load = Load()
    uncovered: Uncovered = Uncovered()
    timebase: Timebase = Timebase()
    coverage: Coverage = Coverage()
    health: Health = Health()
    fitness: Fitness = Fitness()
    integrity: Integrity = Integrity()
    duty: Duty = Duty()
    cameras: Cameras = Cameras()
    blind: Blind = Blind()
    pictures: Pictures = Pictures()
    trials: Trials = {}
    links: Links = Links()
    haulage: Haulage = Haulage()
    refusals: Refusals = {}
    evidence: Evidence = Evidence()
    switches: Switches = Switches()
    trips: Trips = Trips()
    unit: Unit = Unit()
    account: Account | None = None
    day: int | None = None
