"""The language a person is spoken to in."""

import os
from collections.abc import Mapping
from typing import Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


def spoken(environment: Mapping[str, str] = os.environ) -> Language:
    """By the locale (setlocale(7): LC_ALL before LC_MESSAGES before LANG); Chinese where none is set."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            language = value.partition(".")[0].partition("_")[0].lower()
            return "zh" if language in ("zh", "c", "posix") else "en"
    return "zh"
