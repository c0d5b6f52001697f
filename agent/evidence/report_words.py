"""The words of the report, Chinese first. Pure."""

from agent.evidence.findings import Verdict

VERDICTS = {
    "genuine": (
        "真实",
        "Genuine",
        "签名密钥受信任，链头曾由设备上报",
        "The key is trusted, and the unit had published this chain",
    ),
    "signed": (
        "签名有效",
        "Signed",
        "签名密钥受信任；未核对链头是否曾上报",
        "The key is trusted; that this chain was published is not shown",
    ),
    "self-consistent": (
        "自洽，密钥未知",
        "Self-consistent, key unknown",
        "内容完整一致，但无法确认由谁签名",
        "Whole and consistent, but nobody knows whose key signed it",
    ),
    "wrong_key": ("密钥不符", "Wrong key", "签名者不在受信任之列", "Signed by a key that is not trusted"),
    "altered": (
        "已被篡改",
        "Altered",
        "内容与签名或哈希不符",
        "Content does not agree with signatures or hashes",
    ),
    "reordered": (
        "次序被改动",
        "Reordered",
        "记录的次序与链不符",
        "Records are not in the order of the chain",
    ),
    "missing": ("有缺失", "Missing parts", "有应在的文件或记录缺失", "Files or records are missing"),
    "cut": (
        "末尾不完整",
        "Cut at the end",
        "末尾之后没有链头，可能被截断",
        "No anchor follows the last record",
    ),
}
KINDS = {
    "altered": "被篡改 altered",
    "inserted": "被插入 inserted",
    "reordered": "次序 reordered",
    "missing": "缺失 missing",
    "cut": "截断 cut",
    "wrong_key": "密钥 wrong key",
}
EVENTS = {
    "uncovered_load.started": "行驶中未密闭（开始） Uncovered load under way: start",
    "uncovered_load.ended": "行驶中未密闭（结束） Uncovered load under way: end",
    "evidence.sealed": "证据封存 Evidence sealed",
    "dispute": "异议 Objection",
}
STATES = {
    "empty": "空车 empty",
    "covered": "已密闭 covered",
    "partly": "部分遮盖 partly covered",
    "uncovered": "未密闭 uncovered",
    "unknown": "不明 unknown",
}
SOURCES = {"fix": "定位 position", "camera": "摄像头 camera", "link": "网络 link", "agent": "程序 agent"}
GAPS = {"gap.started": "中断 lost", "gap.updated": "原因有变 another reason", "gap.ended": "恢复 back"}
WHEN = {"before": "事前 before", "at": "当时 at the event", "after": "事后 after"}
KIND = {"original": "原始图 original", "overlay": "带文字副本 copy with text"}
STYLE = """
:root { --good: #1a7f37; --doubt: #9a6700; --bad: #c62828; --line: #d7dce1; --soft: #57606a; }
* { box-sizing: border-box; }
body { font: 14px/1.45 "Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", system-ui,
  sans-serif;
  color: #1f2328; max-width: 900px; margin: 24px auto; padding: 0 16px; }
h1 { font-size: 20px; margin: 0 0 2px; } h2 { font-size: 15px; margin: 22px 0 8px; padding-bottom: 4px;
  border-bottom: 1px solid var(--line); }
.sub { color: var(--soft); margin: 0 0 14px; }
.verdict { border-left: 6px solid; padding: 10px 14px; margin: 12px 0; background: #f6f8fa; }
.verdict b { font-size: 18px; } .verdict p { margin: 2px 0 0; }
.good { border-color: var(--good); } .good b { color: var(--good); }
.doubt { border-color: var(--doubt); } .doubt b { color: var(--doubt); }
.bad { border-color: var(--bad); } .bad b { color: var(--bad); }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; vertical-align: top;
  padding: 4px 10px 4px 0; border-bottom: 1px solid #eef0f2; }
th { font-weight: 500; color: var(--soft); width: 150px; }
.events { display: grid; grid-template-columns: repeat(auto-fit, minmax(400px, 1fr)); column-gap: 28px; }
code { font: 12px/1.4 ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); gap: 12px; }
figure { margin: 0; break-inside: avoid; } img { width: 100%; display: block; background: #eef0f2; }
figcaption { font-size: 12px; color: var(--soft); margin-top: 3px; }
svg { width: 100%; height: auto; background: #f6f8fa; }
footer { margin-top: 24px; color: var(--soft); font-size: 12px; }
@page { size: A4; margin: 10mm; }
@media print { body { margin: 0; max-width: none; padding: 0; font-size: 10px; } h1 { font-size: 16px; }
  h2 { font-size: 12px; margin: 10px 0 4px; } td, th { padding: 2px 8px 2px 0; } code { font-size: 9px; }
  th { width: 110px; } .events { grid-template-columns: 1fr 1fr; }
  .verdict { padding: 5px 10px; }
  .pictures { grid-template-columns: repeat(4, 1fr); gap: 8px; }
  svg { max-height: 120px; } footer { margin-top: 6px; } }
"""


def tone(verdict: Verdict) -> str:
    """The class of a verdict: good, doubt or bad."""
    if verdict.word == "genuine":
        return "good"
    return "doubt" if verdict.word in ("signed", "self-consistent") else "bad"
