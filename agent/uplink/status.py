"""One sink as the status shows it."""

import msgspec


class PictureStatus(msgspec.Struct, frozen=True):
    """`policy` of this link; records looked at and `waiting`; files `sent` whole, and `unsent` ones."""

    policy: str
    waiting: int
    sent: int
    unsent: int


class BudgetStatus(msgspec.Struct, frozen=True):
    """The month's bytes on metered links, of `limit`; `level`: 0, 80, 95 or 100 percent are reached."""

    month: str | None
    bytes: int
    limit: int
    level: int


class UplinkStatus(msgspec.Struct, frozen=True):
    """One sink as the status shows it; counts run from the worker's start.

    `protocol` is 5 or 4 (MQTT 3.1.1) while connected; `since_s` how long; `reason` why the last connection
    failed or ended; `refusals` maps a stream or a subscription that the broker refuses to its reason;
    `listening`: commands come through; `metered` whether the present link costs by the byte.
    `certificates`: when that of `unit` and `broker` ends, s since 1970, of the last connection.
    """

    sink: str
    connected: bool
    since_s: float | None
    protocol: int | None
    session: int | None
    reason: str | None
    connects: int
    in_flight: int
    published: int
    acked: int
    refused: int
    dead: int
    refusals: dict[str, str]
    listening: bool
    metered: bool | None = None
    pictures: PictureStatus | None = None
    budget: BudgetStatus | None = None
    certificates: dict[str, int] = {}
