"""Libraries that a unit does not have: found, or an error that names the extra."""

import importlib
from types import ModuleType

from agent.errors import AnalysisError

_EXTRAS = {"pyspark": "spark"}


def library(name: str) -> ModuleType:
    """The module `name`, such as "pyarrow.parquet"; raises AnalysisError when it is not installed."""
    top = name.partition(".")[0]
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as e:
        if (e.name or "").partition(".")[0] != top:
            raise
        extra = _EXTRAS.get(top, "analysis")
        raise AnalysisError(
            "is not installed", where=top, remedy=f"on a laptop or a server: pip install 'haulwatch[{extra}]'"
        ) from e
