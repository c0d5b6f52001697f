"""The words of commissioning in Chinese and English: words.toml, and the self-test's for its findings."""

import tomllib
from importlib import resources
from typing import Any

from agent.commission.state import Figure, Value
from agent.doctor.findings import Finding
from agent.doctor.words import Words as DoctorWords
from agent.language import LANGUAGES, Language
from agent.model_commission import StepName, StepResult

OWN = "commission."  # findings that the self-test does not know


class Words:
    """What is said in one language."""

    def __init__(self, lang: Language = "zh") -> None:
        self.lang, self._doctor = lang, DoctorWords(lang)
        self._at = LANGUAGES.index(lang)
        self._all: dict[str, Any] = tomllib.loads(
            resources.files("agent.commission").joinpath("words.toml").read_text()
        )

    def title(self, step: StepName) -> str:
        """What a step is called."""
        return self._of("steps", step, "title")

    def see(self, step: StepName) -> str:
        """What there is to see when all is well."""
        return self._of("steps", step, "see")

    def do(self, step: StepName) -> str:
        """What to do for it."""
        return self._of("steps", step, "do")

    def result(self, result: StepResult) -> str:
        """A result in a word."""
        return self._of("results", result)

    def shot(self, what: str) -> str:
        """What a picture shows."""
        return self._of("shots", what)

    def say(self, phrase: str, **facts: Any) -> str:
        """One of the phrases around the steps."""
        return self._of("around", phrase).format(**facts)

    def what(self, found: Finding) -> str:
        """What was found, and of what."""
        if not found.code.startswith(OWN):
            return self._doctor.line(found)
        text = self._of("findings", found.code.removeprefix(OWN), "what").format(**self._facts(found))
        return (
            f"{self.value(found.subject)}{'：' if self.lang == 'zh' else ': '}{text}"
            if found.subject
            else text
        )

    def remedy(self, found: Finding) -> str:
        """What to do about it."""
        if not found.code.startswith(OWN):
            return self._doctor.do(found)
        return self._of("findings", found.code.removeprefix(OWN), "do").format(**self._facts(found))

    def figure(self, figure: Figure) -> tuple[str, str]:
        """A figure's name, with what it is of, and its value."""
        name = self._of("figures", figure.name)
        return f"{name} {self.value(figure.of)}" if figure.of else name, self.value(figure.value)

    def value(self, value: Value) -> str:
        """A value; words of the agent's own have a translation, also several of them joined by commas."""
        if value is None:
            return "-"
        if isinstance(value, bool):
            value = "yes" if value else "no"
        if isinstance(value, float):
            return f"{value:g}"
        parts = str(value).split(", ")
        said = [self._word(part) for part in parts]
        return ("、" if self.lang == "zh" and said != parts else ", ").join(said)

    def _word(self, part: str) -> str:
        """One of the agent's words, also behind a count."""
        count, _, word = part.rpartition(" ") if part[:1].isdigit() else ("", "", part)
        known = self._all["values"].get(word)
        said = word if known is None else str(known[self._at])
        return f"{count} {said}" if count else said

    def _facts(self, found: Finding) -> dict[str, str]:
        return {name: self.value(fact) for name, fact in found.facts.items()}

    def _of(self, *path: str) -> str:
        entry: Any = self._all
        for key in path:
            entry = entry[key]
        return str(entry[self._at])
