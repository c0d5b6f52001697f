"""`python -m agent.messages.build docs`: writes docs/schemas/*.json and docs/asyncapi.json from the types."""

import json
import sys
from pathlib import Path

from agent.messages.asyncapi import asyncapi
from agent.messages.schema import schemas

FOLDER = "schemas"


def contents() -> dict[str, str]:
    """Every file as it should be, by its path below the folder of documents."""
    made = {f"{FOLDER}/{name}.json": schema for name, schema in schemas().items()}
    made["asyncapi.json"] = asyncapi(FOLDER)
    return {name: json.dumps(value, indent=2, ensure_ascii=False) + "\n" for name, value in made.items()}


def write(folder: Path) -> None:
    """Write all files, and remove schemas of types that are no more."""
    made = contents()
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    for old in (folder / FOLDER).glob("*.json"):
        if f"{FOLDER}/{old.name}" not in made:
            old.unlink()
    for name, text in made.items():
        (folder / name).write_text(text)


def main() -> None:
    """The command."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m agent.messages.build FOLDER")
    write(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
