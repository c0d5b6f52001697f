"use strict";
const WORDS = {
  zh: {
    leave: "退出", code: "一次性口令", enter: "进入", where: "口令由 haulwatch web 在终端显示，只能用一次。",
    status: "状态", cameras: "摄像头", again: "重新拍照", keep: "保存范围", teach: "示教",
    teaching: "请看清画面再按：它确实是哪一种？每种三到五张，白天和夜里都要。",
    doctor: "自检", examine: "开始自检", position: "定位", none: "尚无", load: "载荷", platforms: "平台",
    receiver: "接收机", journal: "日志库", faults: "故障", violations: "违规", unitless: "守护进程没有应答",
    empty: "空车", covered: "已覆盖", partly: "部分覆盖", uncovered: "未覆盖", unknown: "未知",
    connected: "已连接", off: "未连接", wrong: "口令不对", locked: "错误次数过多，请等待秒数：", working: "请稍候…",
    kept: "已保存，旧配置：", taught: "已示教：", fine: "全部正常", dark: "过暗", glare: "眩光", blocked: "遮挡", blurred: "模糊",
    readonly: "只读：保存和示教需要技术员口令", lost: "连接中断", ok: "正常", warn: "注意", fail: "故障", skip: "跳过",
    age: "秒前",
  },
  en: {
    leave: "Leave", code: "One-time code", enter: "Enter", where: "haulwatch web shows it in the terminal; it is good for one entry.",
    status: "Status", cameras: "Cameras", again: "New picture", keep: "Save corners", teach: "Teach",
    teaching: "Look at the picture first: which is it really? Three to five of each, by day and by night.",
    doctor: "Doctor", examine: "Examine", position: "Position", none: "none yet", load: "Load", platforms: "Platforms",
    receiver: "Receiver", journal: "Journal", faults: "Faults", violations: "Violations", unitless: "the daemon does not answer",
    empty: "empty", covered: "covered", partly: "partly", uncovered: "uncovered", unknown: "unknown",
    connected: "connected", off: "not connected", wrong: "Wrong code", locked: "Too many wrong codes; seconds to wait:", working: "One moment…",
    kept: "Saved; the old configuration is", taught: "Taught:", fine: "All is well", dark: "dark", glare: "glare", blocked: "blocked", blurred: "blurred",
    readonly: "Read only: a technician's code is needed to save and to teach", lost: "Connection lost", ok: "OK", warn: "WARN", fail: "FAIL", skip: "SKIP",
    age: "s ago",
  },
};
