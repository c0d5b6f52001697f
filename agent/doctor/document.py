"""Writes docs/faults.md and docs/faults.zh-CN.md: `python -m agent.doctor.document docs`."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from agent.doctor.examination import PATIENCE_S
from agent.doctor.registry import CHECKS
from agent.doctor.words import Words
from agent.language import LANGUAGES, Language

FILES: dict[Language, str] = {"en": "faults.md", "zh": "faults.zh-CN.md"}
_HEAD: dict[Language, str] = {
    "en": """# Faults

What `haulwatch doctor` looks at, {count} checks, and what to do about what it finds. It asks the service
where that runs, else the hardware itself, and takes less than 15 s. `haulwatch doctor --only CODE` checks one
thing again, `--only GROUP` a group, `--watch` again and again, `--all` shows what is well, too. In Chinese:
[faults.zh-CN.md](faults.zh-CN.md).

The exit code is 1 when something is to be repaired (✗), else 0; with `--strict` 1 for what is to be looked
after (!), too. `--json` gives one object per line: `code`, `group`, `level` (`ok`, `warn`, `fail`, `skip`),
`subject` (which camera, platform or worker), `what`, `do`, `facts`. Codes never change their meaning.

A check that does not answer within {patience} s, or fails itself, is a finding under its own code. Where one
trouble follows from another only the root is named.

This file is made from the registry: `python -m agent.doctor.document docs`.
""",
    "zh": """# 故障代码

`haulwatch doctor` 共检查 {count} 项，下面列出每个代码和处理办法。服务运行时向服务询问，
没有运行时直接检测硬件，15 秒内完成。`haulwatch doctor --only 代码` 单独再查一项，
`--only 组名` 查一组，`--watch` 反复检查，`--all` 连正常项一起显示。英文版：[faults.md](faults.md)。

有故障（✗）时退出码为 1，否则为 0；加 `--strict` 时提醒（!）也为 1。`--json` 每行一个对象：`code`、`group`、
`level`（`ok`、`warn`、`fail`、`skip`）、`subject`（哪个摄像头、平台或部件）、`what`、`do`、`facts`。
代码的含义不会改变。

某项检查 {patience} 秒内没有结果，或检查本身出错，也以它自己的代码报告。
由其他故障引起的问题不重复报告，只报根源。

本文件由登记表生成：`python -m agent.doctor.document docs`。
""",
}
_COLUMNS: dict[Language, tuple[str, ...]] = {
    "en": ("", "code", "looks at", "says", "do"),
    "zh": ("", "代码", "检查什么", "显示", "处理办法"),
}


def document(lang: Language) -> str:
    """The whole document in one language."""
    head = _HEAD[lang].format(count=len(CHECKS), patience=round(PATIENCE_S))
    return "\n".join([head, *_groups(Words(lang), _COLUMNS[lang])])


def _groups(words: Words, columns: tuple[str, ...]) -> Iterator[str]:
    for group in dict.fromkeys(check.group for check in CHECKS):
        yield f"## {words.group(group)} (`{group}`)\n"
        yield f"| {' | '.join(columns)} |"
        yield f"|{'---|' * len(columns)}"
        yield from (_row(words, check.code) for check in CHECKS if check.group == group)
        yield ""


def _row(words: Words, code: str) -> str:
    mark = "✗" if words.level(code) == "fail" else "!"
    says, do = (re.sub(r"\{(\w+)\}", r"*\1*", text) for text in words.template(code))
    return f"| {mark} | `{code}` | {words.title(code)} | {says} | {do} |"


def write(folder: Path) -> None:
    """Both documents."""
    for lang in LANGUAGES:
        (folder / FILES[lang]).write_text(document(lang))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
