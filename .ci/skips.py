"""Exit 1 when a test was skipped for a reason that is not allowed: skips.py JUNIT_XML ALLOWED_REASONS."""

import sys
from pathlib import Path
from xml.etree import ElementTree


def unlisted(results: Path, allowed: tuple[str, ...]) -> list[str]:
    """One line per test skipped, or expected to fail, for a reason that begins with none of `allowed`."""
    cases = ElementTree.parse(results).iter("testcase")  # noqa: S314 - pytest wrote it a moment ago
    skips = [(case, skip.get("message", "")) for case in cases for skip in case.iter("skipped")]
    return [
        f"{case.get('classname')}::{case.get('name')}: {reason}"
        for case, reason in skips
        if not reason.startswith(allowed)
    ]


def main(results: str, allowed: str) -> int:
    """Name the skips that are not allowed; the exit code."""
    lines = [line.strip() for line in Path(allowed).read_text().splitlines()]
    found = unlisted(Path(results), tuple(line for line in lines if line and not line.startswith("#")))
    for line in found:
        sys.stderr.write(f"not an allowed skip: {line}\n")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
