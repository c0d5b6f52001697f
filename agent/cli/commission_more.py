"""What a technician may do beside answering: have corners proposed, keep a picture as taught."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from agent.cli.commission_shown import Shown
from agent.commission import actions
from agent.commission.bench import Bench
from agent.errors import AgentError
from agent.model_commission import StepName
from drivers.errors import DriverError

if TYPE_CHECKING:
    from agent.vision.teaching import TaughtState

Act = Callable[[Bench, Shown, str], None]


class More(msgspec.Struct, frozen=True):
    """`offer` is a phrase of words.toml, `keys` are taken by `act`."""

    offer: str
    keys: str
    act: Act


def _guarded(work: Act) -> Act:
    """What fails is told, and the step is looked at again."""

    def act(bench: Bench, shown: Shown, key: str) -> None:
        try:
            work(bench, shown, key)
        except (AgentError, DriverError, OSError, ValueError) as e:
            shown.console.print(f"  {e}", style="bold red")

    return act


def _propose(bench: Bench, shown: Shown, _: str) -> None:
    for found in actions.proposals(bench):
        shown.picture(found.jpeg, found.roi)
        file = bench.store.show(found.camera, "proposal", found.jpeg)
        shown.console.print(f"  {shown.words.say('drawn', file=file)}", style="dim", soft_wrap=True)
        if shown.input(f"{found.camera}: {shown.words.say('propose_ask', sure=found.sure)} ").lower() == "y":
            actions.write_corners(bench, found)


def _teach(bench: Bench, shown: Shown, key: str) -> None:
    state = _STATES[key]
    for camera, verdict in actions.teach(bench, state):
        said = {"state": shown.words.value(state), "verdict": shown.words.value(verdict)}
        shown.console.print(f"  {camera}: {shown.words.say('taken', **said)}")


_STATES: "dict[str, TaughtState]" = {"e": "empty", "c": "covered", "u": "uncovered"}
MORE: dict[StepName, More] = {
    "roi": More("propose", "p", _guarded(_propose)),
    "teaching": More("teach", "ecu", _guarded(_teach)),
}
