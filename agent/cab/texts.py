"""What a driver is told: the violation and the remedy, in Chinese and English. Pure."""

from typing import Literal

Language = Literal["zh", "en"]
_TEXTS: dict[str, dict[Language, str]] = {
    "uncovered_load": {
        "zh": "注意，货物未盖好，请停车盖好篷布。",
        "en": "Attention: the load is not covered. Stop and close the cover.",
    },
    "partly_covered": {
        "zh": "注意，篷布没有盖严，请停车检查。",
        "en": "Attention: the cover is not fully closed. Stop and check it.",
    },
    "no_permit": {
        "zh": "注意，没有有效的清运证，请停止运输并联系车队。",
        "en": "Attention: no valid permit for this haul. Stop hauling and call your fleet.",
    },
    "off_route": {
        "zh": "注意，车辆已偏离规定路线，请驶回规定路线。",
        "en": "Attention: off the permitted route. Return to it.",
    },
    "outside_hours": {
        "zh": "注意，现在不在准运时间内，请停止运输。",
        "en": "Attention: outside the permitted hours. Stop hauling.",
    },
    "speeding": {
        "zh": "注意，您已超速，请减速行驶。",
        "en": "Attention: too fast. Slow down.",
    },
    "forbidden_zone": {
        "zh": "注意，您已进入禁行区域，请尽快驶离。",
        "en": "Attention: this is a forbidden zone. Leave it.",
    },
    "overlong_stop": {
        "zh": "注意，载货停车时间过长，请继续运输或联系车队。",
        "en": "Attention: standing too long with a load. Drive on or call your fleet.",
    },
}
_ANY: dict[Language, str] = {
    "zh": "注意，发现违规行为，请立即纠正。",
    "en": "Attention: a violation was noticed. Put it right.",
}


def text_of(kind: str, language: Language) -> str:
    """What is said of a kind of violation; a kind without a text of its own gets a general one."""
    return _TEXTS.get(kind, _ANY)[language]
