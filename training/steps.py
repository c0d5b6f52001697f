"""Steps that are done once: a step with the same name and inputs gives its kept result."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.plan import write_atomically

Result = dict[str, Any]


@dataclass(frozen=True)
class Steps:
    """Results of steps as JSON files in `folder`; `say` hears what is done and what was done before."""

    folder: Path
    say: Callable[[str], None]

    def run(self, name: str, inputs: Result, work: Callable[[], Result]) -> Result:
        """The result of `work()`, or the kept one when it was done with equal `inputs`.

        Both must be fit for JSON. A step that raises or is killed keeps nothing.
        """
        file, given = self.folder / f"{name}.json", json.loads(json.dumps(inputs))
        if file.exists() and (kept := json.loads(file.read_text()))["inputs"] == given:
            self.say(f"{self.folder.name}: {name} was done before")
            result: Result = kept["result"]
            return result
        self.say(f"{self.folder.name}: {name} …")
        result = json.loads(json.dumps(work()))
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(file, json.dumps({"inputs": given, "result": result}, indent=1) + "\n")
        return result
