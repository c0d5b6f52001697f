"""The words of the screens, by language; what is not here is shown as the agent says it."""

from agent.language import Language

_ZH = {
    "unit": "车辆",
    "clock": "时钟",
    "position": "定位",
    "sky": "卫星",
    "load": "载荷",
    "cameras": "摄像头",
    "platforms": "平台",
    "journal": "日志库",
    "events": "事件",
    "attention": "注意",
    "antenna": "天线",
    "satellites": "颗卫星",
    "ago": "前",
    "epochs/s": "历元/秒",
    "damaged": "语句损坏",
    "no position yet": "尚无定位",
    "no receiver yet": "尚无接收机",
    "no satellite": "无卫星信号",
    "nothing yet": "暂无",
    "connected": "已连接",
    "not connected": "未连接",
    "acknowledged": "已确认",
    "in flight": "在途",
    "pending": "待写",
    "written": "写入",
    "lasting": "持续",
    "moving": "行驶",
    "standing": "停车",
    "parked": "停车",
    "sound": "正常",
    "off": "无画面",
    "gap": "缺口",
    "violation": "违规",
    "notice": "提示",
    "critical": "严重",
    "info": "信息",
    "fault": "故障",
    "suspicion": "存疑",
    "the daemon does not answer": "守护进程没有应答",
    "keys": "Ctrl-C 退出",
    "empty": "空车",
    "covered": "已覆盖",
    "partly": "部分覆盖",
    "uncovered": "未覆盖",
    "unknown": "未知",
    "ok": "正常",
    "open": "开路",
    "short": "短路",
    "none": "无",
    "body": "车厢",
    "cab": "驾驶室",
    "dark": "过暗",
    "glare": "眩光",
    "blocked": "遮挡",
    "defocused": "失焦",
    "dirty": "脏污",
    "frozen": "画面静止",
    "moved": "移位",
    "jamming": "干扰",
    "spoofing": "欺骗",
    "speed_zero": "速度为零",
    "hidden_switch": "隐藏开关",
    "slow": "过慢",
    "damaged_line": "线路损坏",
    "uncovered_load": "未覆盖运输",
    "partly_covered": "部分覆盖",
    "off_route": "偏离路线",
    "outside_hours": "非许可时段",
    "no_permit": "无清运证",
    "speeding": "超速",
    "forbidden_zone": "驶入禁区",
    "overlong_stop": "载货久停",
    "could_not_check": "无法核查",
    "suspicious_loading": "可疑装载",
    "suspicious_unloading": "可疑卸载",
    "sensor_conflict": "传感器矛盾",
    "unit_tamper": "设备被动",
    "load.changed": "载荷变化",
    "zone_visit": "进出区域",
    "camera_fault": "摄像头故障",
    "started": "开始",
    "updated": "更新",
    "ended": "结束",
}
_EN = {"keys": "Ctrl-C ends"}


class Words:
    """Looks words up; `words("position")` is 定位 in Chinese."""

    def __init__(self, language: Language) -> None:
        self._table = _ZH if language == "zh" else _EN

    def __call__(self, word: str) -> str:
        """The word in this language, or itself."""
        return self._table.get(word, word)

    def kind(self, name: str) -> str:
        """A record's type: its kind, and whether it starts or ends."""
        if name in self._table:
            return self._table[name]
        kind, dot, phase = name.rpartition(".")
        if not dot or phase not in ("started", "updated", "ended"):
            return name
        short = kind.rpartition(".")[2]
        return f"{self._table.get(kind, self(short))} {self(phase)}"
