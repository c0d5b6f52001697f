"use strict";
const at = (id) => document.getElementById(id);
let language = localStorage.getItem("language") === "en" ? "en" : "zh";
let session = null, cameras = [], camera = null, roi = [], judging = 0;
const word = (name) => WORDS[language][name] ?? name;

function translate() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  at("language").textContent = language === "zh" ? "EN" : "中文";
  for (const each of document.querySelectorAll("[data-word]")) each.textContent = word(each.dataset.word);
  for (const each of document.querySelectorAll("[data-state]")) each.textContent = word(each.dataset.state);
}

function say(text) {
  at("message").textContent = text;
  at("message").hidden = !text;
}

async function ask(path, body) {
  const post = body !== undefined;
  const headers = post ? { "content-type": "application/json" } : {};
  if (post && session) headers["x-haulwatch-proof"] = session.proof;
  let answer;
  try {
    answer = await fetch(path, { method: post ? "POST" : "GET", headers, body: post ? JSON.stringify(body) : undefined });
  } catch {
    throw new Error(word("lost"));
  }
  if (answer.headers.get("content-type") === "image/jpeg") return answer.blob();
  const said = await answer.json();
  if (answer.ok) return said;
  if (answer.status === 401) show(null);
  if (answer.status === 429) throw new Error(`${word("locked")} ${said.seconds}`);
  if (path === "enter" && answer.status === 403) throw new Error(word("wrong"));
  throw new Error([said.where, said.error, said.remedy].filter(Boolean).join(": "));
}

async function tried(work) {
  try { await work(); } catch (error) { say(error.message); }
}

function show(who) {
  session = who;
  at("door").hidden = who !== null;
  at("unit").hidden = at("leave").hidden = who === null;
  const may = who?.role === "technician";
  at("keep").disabled = !may;
  at("teach").hidden = !may;
  if (who) {
    say(may ? "" : word("readonly"));
    tried(look);
    tried(list);
  } else at("code").focus();
}

function row(name, text, style) {
  const term = document.createElement("dt"), said = document.createElement("dd");
  term.textContent = word(name);
  said.textContent = text;
  if (style) said.className = style;
  at("status").append(term, said);
}

async function look() {
  if (!session) return;
  let status;
  try { status = await ask("api/status"); } catch (error) {
    at("status").replaceChildren();
    row("status", `${word("unitless")}: ${error.message}`, "fail");
    return;
  }
  const { unit, fix, receiver, load, sinks } = status;
  at("who").textContent = `${unit.fleet}/${unit.vehicle} ${unit.plate ?? ""}`;
  at("status").replaceChildren();
  row("position", fix ? `${fix.lat.toFixed(6)} ${fix.lon.toFixed(6)} (${fix.age_s.toFixed(0)} ${word("age")})` : word("none"), fix && fix.age_s < 5 ? "ok" : "warn");
  row("receiver", receiver ? (receiver.connected ? `${word("connected")}, ${receiver.source}` : receiver.reason) : word("none"), receiver?.connected ? "ok" : "fail");
  row("load", word(load?.state ?? "none"), load?.state === "uncovered" ? "fail" : "");
  for (const [name, sink] of Object.entries(sinks)) row("platforms", `${name}: ${sink.connected ? word("connected") : `${word("off")}: ${sink.reason}`}`, sink.connected ? "ok" : "warn");
  row("journal", `${(status.journal.bytes / 1e6).toFixed(1)} MB`);
  for (const violation of status.violations) row("violations", violation, "fail");
  for (const fault of status.faults) row("faults", fault, "fail");
}

async function list() {
  cameras = await ask("api/cameras");
  at("cameras").replaceChildren(...cameras.map((each) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = each.name;
    button.setAttribute("aria-pressed", String(each === camera));
    button.addEventListener("click", () => tried(() => choose(each)));
    return button;
  }));
}

async function choose(chosen) {
  camera = chosen;
  for (const button of at("cameras").children) button.setAttribute("aria-pressed", String(button.textContent === camera.name));
  const body = camera.role === "body";
  roi = body ? (camera.roi.length ? camera.roi : [[.2, .2], [.8, .2], [.8, .8], [.2, .8]]) : [];
  at("keep").hidden = !body;
  at("teach").hidden = !body || session.role !== "technician";
  at("verdict").textContent = "";
  await photograph();
}

async function photograph() {
  at("verdict").textContent = word("working");
  const old = at("picture").src;
  at("picture").src = URL.createObjectURL(await ask(`api/cameras/${camera.name}/picture`));
  if (old) URL.revokeObjectURL(old);
  at("stage").hidden = false;
  draw();
  await judge();
}

async function judge() {
  if (camera.role !== "body") { at("verdict").textContent = ""; return; }
  const number = ++judging;
  const found = await ask(`api/cameras/${camera.name}/verdict`, { roi });
  if (number !== judging) return;
  const chance = found.p ? ` ${Math.round(found.p[found.state] * 100)} %` : found.reason ? ` (${word(found.reason)})` : "";
  at("verdict").textContent = word(found.state) + chance;
  at("verdict").className = found.state === "uncovered" ? "fail" : found.state === "unknown" ? "warn" : "ok";
}

function draw() {
  document.querySelector("#bed polygon").setAttribute("points", roi.map(([x, y]) => `${x},${y}`).join(" "));
  const handles = at("corners");
  while (handles.children.length > roi.length) handles.lastChild.remove();
  while (handles.children.length < roi.length) handles.append(handle(handles.children.length));
  roi.forEach(([x, y], i) => {
    handles.children[i].style.left = `${x * 100}%`;
    handles.children[i].style.top = `${y * 100}%`;
  });
}

function handle(number) {
  const knob = document.createElement("button");
  knob.type = "button";
  knob.setAttribute("aria-label", String(number + 1));
  knob.addEventListener("pointerdown", (event) => knob.setPointerCapture(event.pointerId));
  knob.addEventListener("pointermove", (event) => {
    if (!knob.hasPointerCapture(event.pointerId)) return;
    const box = at("frame").getBoundingClientRect();
    const share = (value) => Math.round(Math.min(1, Math.max(0, value)) * 1e4) / 1e4;
    roi = roi.map((corner, i) => i === number ? [share((event.clientX - box.left) / box.width), share((event.clientY - box.top) / box.height)] : corner);
    draw();
  });
  knob.addEventListener("pointerup", () => tried(judge));
  return knob;
}

async function keep() {
  const { backup } = await ask(`api/cameras/${camera.name}/roi`, { roi });
  camera.roi = roi;
  say(`${word("kept")} ${backup}`);
}

async function teach(state) {
  const { taught } = await ask(`api/cameras/${camera.name}/teach`, { state });
  say(`${word("taught")} ${Object.entries(taught).map(([name, count]) => `${word(name)} ${count}`).join(", ")}`);
  await photograph();
}

async function examine() {
  at("examine").disabled = true;
  const waiting = document.createElement("li");
  waiting.textContent = word("working");
  at("findings").replaceChildren(waiting);
  try {
    const findings = (await ask(`api/doctor?lang=${language}`)).filter((each) => each.level === "fail" || each.level === "warn");
    at("findings").replaceChildren(...findings.map((each) => {
      const item = document.createElement("li"), head = document.createElement("b");
      head.className = each.level;
      head.textContent = `${word(each.level)} ${each.code}${each.subject ? ` ${each.subject}` : ""}`;
      item.append(head, `${each.what} → ${each.do ?? each.remedy ?? ""}`);
      return item;
    }));
    if (!findings.length) { waiting.textContent = word("fine"); waiting.className = "ok"; at("findings").replaceChildren(waiting); }
  } catch (error) {
    at("findings").replaceChildren();
    throw error;
  } finally { at("examine").disabled = false; }
}

at("door").addEventListener("submit", (event) => {
  event.preventDefault();
  tried(async () => {
    const who = await ask("enter", { code: at("code").value });
    at("code").value = "";
    say("");
    show(who);
  });
});
at("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem("language", language);
  translate();
  tried(look);
});
at("leave").addEventListener("click", () => tried(async () => { await ask("leave", {}); show(null); }));
at("again").addEventListener("click", () => tried(photograph));
at("keep").addEventListener("click", () => tried(keep));
at("examine").addEventListener("click", () => tried(examine));
for (const button of document.querySelectorAll("[data-state]")) button.addEventListener("click", () => tried(() => teach(button.dataset.state)));
translate();
tried(async () => show(await ask("api/session").catch(() => null)));
setInterval(() => tried(look), 5000);
