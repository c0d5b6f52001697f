"""The words of the findings, in Chinese and English: faults.toml says them all."""

import tomllib
from importlib import resources
from typing import Any, cast

from agent.doctor.findings import Finding, Level
from agent.language import Language


class Words:
    """What is said of each code in one language."""

    def __init__(self, lang: Language = "zh") -> None:
        self._lang = lang
        text = resources.files("agent.doctor").joinpath("faults.toml").read_text()
        self._all: dict[str, Any] = tomllib.loads(text)

    def codes(self) -> list[str]:
        """All codes that have words, in the file's order."""
        return [f"{group}.{name}" for group in self._all["groups"] for name in self._all[group]]

    def level(self, code: str) -> Level:
        """How bad a fault of this code is."""
        return cast("Level", self._entry(code)["level"])

    def group(self, name: str) -> str:
        """What a group is called."""
        return str(self._all["groups"][name][self._lang])

    def title(self, code: str) -> str:
        """What is checked."""
        return self._part(code, 0)

    def template(self, code: str) -> tuple[str, str]:
        """What is found and what to do, with their facts in braces; for the documents."""
        return self._part(code, 1), self._part(code, 2)

    def what(self, found: Finding) -> str:
        """What was found."""
        facts = found.facts
        if found.level == "ok":
            title, more = self.title(found.code), facts.get("found")
            return self._join(title, str(more)) if more else title
        if found.level == "skip":
            return self._join(self.title(found.code), self._fill(self._all["skips"][facts["why"]], facts))
        for odd in ("hung", "broken"):
            if odd in facts:
                return self._join(self.title(found.code), self._fill(self._all["odd"][odd], facts))
        return self._filled(self._part(found.code, 1), facts)

    def do(self, found: Finding) -> str:
        """What to do about it; nothing for what is well."""
        if not found.bad:
            return ""
        if "hung" in found.facts or "broken" in found.facts:
            return self._fill(self._all["odd"]["do"], {"code": found.code})
        return self._filled(self._part(found.code, 2), found.facts)

    def say(self, phrase: str, **facts: Any) -> str:
        """One of the phrases around the findings."""
        return self._fill(self._all["around"][phrase], facts)

    def line(self, found: Finding) -> str:
        """What was found, and of what."""
        return self._join(found.subject, self.what(found)) if found.subject else self.what(found)

    def _join(self, one: str, other: str) -> str:
        return f"{one}：{other}" if self._lang == "zh" else f"{one}: {other}"

    def _entry(self, code: str) -> dict[str, Any]:
        group, _, name = code.partition(".")
        return cast("dict[str, Any]", self._all[group][name])

    def _part(self, code: str, place: int) -> str:
        return str(self._entry(code)[self._lang][place])

    def _fill(self, both: dict[str, str], facts: dict[str, Any]) -> str:
        return self._filled(both[self._lang], facts)

    def _filled(self, text: str, facts: dict[str, Any]) -> str:
        return text.format(**{name: self._fact(value) for name, value in facts.items()}).strip()

    def _fact(self, value: Any) -> str:
        """A fact; the agent's own phrases have a translation."""
        text = str(value)
        return str(self._all["phrases"].get(text, text)) if self._lang == "zh" else text
