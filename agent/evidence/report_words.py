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
    "uncovered_load": "行驶中未密闭 Uncovered load under way",
    "partly_covered": "行驶中未盖严 Partly covered under way",
    "no_permit": "无有效清运证 No valid permit",
    "off_route": "偏离核准路线 Off the permitted route",
    "outside_hours": "非准运时段运输 Outside the permitted hours",
    "speeding": "超速 Speeding",
    "forbidden_zone": "驶入禁行区域 In a forbidden zone",
    "suspicious_loading": "可疑装载 Suspicious loading",
    "suspicious_unloading": "可疑卸载（偷倒嫌疑） Suspicious unloading",
    "overlong_stop": "载货停车过久 Overlong stop with a load",
    "unit_tamper": "设备被动（断电或开箱） Unit tampered with",
    "sensor_conflict": "传感器互相矛盾 Sensors contradict each other",
    "camera_fault": "摄像头故障或被遮 Camera fault",
    "receiver.antenna": "天线异常 Receiver's antenna",
    "receiver.suspicion.jamming": "疑似卫星信号干扰 Suspected jamming",
    "receiver.suspicion.spoofing": "疑似卫星信号欺骗 Suspected spoofing",
    "receiver.suspicion.speed_zero": "疑似速度归零干扰 Suspected speed-zero device",
    "receiver.suspicion.frozen": "定位疑似冻结 Frozen position",
    "receiver.suspicion.hidden_switch": "疑似暗装天线开关 Suspected antenna switch",
    "receiver.suspicion.slow": "接收机过慢 Slow receiver",
    "receiver.suspicion.damaged_line": "接收机线路损坏 Damaged line of the receiver",
    "warning.given": "已警示驾驶员 The driver was warned",
}
PHASES = {"started": "开始 start", "updated": "更新 update", "ended": "结束 end"}
ENDINGS = {
    "site": "到达场地 came to a site",
    "parked": "停放 parked",
    "permit": "有了有效许可 a permit was valid",
    "no_permit": "许可已全部失效 no permit was valid any more",
    "hours": "进入准运时段 a permitted hour began",
    "route": "回到核准路线 back in a corridor",
    "any_way": "许可不限路线 a valid permit has no routes",
    "unwanted": "不再核查许可 permits are not checked any more",
    "left": "已驶离 left it",
    "not_forbidden": "禁行时段已过 not in force any more",
    "no_limit": "限速已不适用 no limit in force any more",
    "slower": "已降速 slower again",
    "drove_on": "已驶离 drove on",
    "other": "进入另一区域或限速 another zone or limit",
    "over": "已恢复 over",
    "closed": "已合上 closed",
    "power_back": "供电恢复 power was back",
    "unobserved": "无法再观测 not observed any longer",
    "interrupted": "程序、开机周期或班次中断 agent, boot or shift ended",
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


def title(kind: str) -> str:
    """The name of an event's type; the type itself for one that is not known."""
    if kind in EVENTS:
        return EVENTS[kind]
    name, _, phase = kind.rpartition(".")
    return f"{EVENTS[name]}: {PHASES[phase]}" if name in EVENTS and phase in PHASES else kind


def ending(reason: str) -> str:
    """Why an episode ended."""
    return STATES.get(reason) or ENDINGS.get(reason, reason)
