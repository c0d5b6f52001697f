"""`haulwatch web` on a whole unit: with a browser as a phone would, and with questions that no page asks."""

import json
import shutil
import subprocess
import sys
import tomllib
from contextlib import contextmanager

import httpx
import pytest

from drivers.sim.broker import free_port

pytestmark = pytest.mark.hil
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
HEADERS = ("content-security-policy", "x-content-type-options", "referrer-policy", "cache-control")


class Page:
    """The process, where it listens, and the codes that it has printed."""

    def __init__(self, process):
        self._process, self.codes, self.url = process, {}, ""

    def read(self):
        line = json.loads(self._process.stdout.readline())
        self.url, self.codes[line["role"]] = line["url"], line["code"]
        return self


@contextmanager
def serving(truck, *arguments):
    command = [sys.executable, "-I", "-m", "agent", "web", "--config", str(truck.config), "--json"]
    command += ["--port", str(free_port()), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            page = Page(process).read()
            if "--technician" in arguments:
                page.read()
            with httpx.Client(transport=httpx.HTTPTransport(retries=100)) as client:
                client.get(page.url, timeout=60)
            yield page
        finally:
            process.terminate()


@pytest.fixture
def truck(simulated, body):
    truck = simulated
    truck.tables["vision"] = truck.tables["vision"] | {"teaching": str(truck.folder / "teaching")}
    truck.add_camera("bed", body.sim.url, roi=[[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]])
    truck.start()
    truck.await_status(lambda s: any(c["connected"] for c in s["cameras"].values()), "the camera")
    return truck


def come_in(page, code):
    """After a wrong code, which is said."""
    page.fill("#code", "00000000" if code != "00000000" else "1")
    page.click("#door button")
    page.wait_for_selector("text=口令不对")
    page.fill("#code", code)
    page.click("#door button")
    page.wait_for_selector("text=hil/truck-1")


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_a_technician_sets_corners_and_teaches_with_a_phone(truck):
    from playwright.sync_api import sync_playwright

    with serving(truck, "--technician") as served, sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 360, "height": 640}, locale="zh-CN")
        trouble = []
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda said: trouble.append(said.text) if "Security Policy" in said.text else None)
        page.goto(served.url)
        come_in(page, served.codes["technician"])
        page.click("#cameras button")
        page.wait_for_selector("#verdict.ok, #verdict.fail, #verdict.warn", timeout=60_000)
        knob = page.locator("#corners button").first
        knob.scroll_into_view_if_needed()
        frame, grip = page.locator("#frame").bounding_box(), knob.bounding_box()
        page.mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2)
        page.mouse.down()
        page.mouse.move(frame["x"] + 0.1 * frame["width"], frame["y"] + 0.15 * frame["height"], steps=5)
        page.mouse.up()
        page.click("#keep")
        page.wait_for_selector("text=已保存")
        [camera] = tomllib.loads(truck.config.read_text())["cameras"]
        assert camera["roi"][0] == pytest.approx([0.1, 0.15], abs=0.02)
        assert camera["roi"][2] == [0.8, 0.8]
        truck.await_status(lambda s: any(c["connected"] for c in s["cameras"].values()), "the camera again")
        page.click("#again")
        page.wait_for_selector("#verdict:not(:empty)")
        page.click("[data-state=covered]")
        page.wait_for_selector("text=已示教")
        assert len(list((truck.folder / "teaching" / "bed" / "covered").glob("*.jpg"))) == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.click("#language")
        assert page.inner_text("#keep") == "Save corners"
        assert trouble == []
        browser.close()


def test_what_no_page_asks_is_refused(truck):
    before = truck.config.read_text()
    with serving(truck) as served, httpx.Client(base_url=served.url) as client:
        page = client.get("/")
        assert page.status_code == 200
        assert all(name in page.headers for name in HEADERS)
        assert "'unsafe" not in page.headers["content-security-policy"]
        assert client.get("/api/status").status_code == 401
        assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
        assert client.post("/enter", content=b"{" * 20_000).status_code in (400, 413)
        came = client.post("/enter", json={"code": served.codes["view"]}).json()
        assert came["role"] == "view"
        assert client.get("/api/status").json()["unit"]["vehicle"] == "truck-1"
        roi = {"roi": [[0, 0], [1, 0], [1, 1]]}
        assert client.post("/api/cameras/bed/roi", json=roi).status_code == 403, "without proof"
        client.headers["x-haulwatch-proof"] = came["proof"]
        assert client.post("/api/cameras/bed/roi", json=roi).status_code == 403, "no technician"
        assert client.post("/api/cameras/bed/teach", json={"state": "covered"}).status_code == 403
        assert client.post("/api/cameras/bed/verdict", json=roi).status_code == 409, "nothing was looked at"
        assert client.get("/api/cameras/nobody/picture").status_code == 409
        assert client.get("/../../etc/passwd").status_code == 404
        assert client.post("/leave", json={}).status_code == 200
        assert client.get("/api/status").status_code == 401
        assert [client.post("/enter", json={"code": "1"}).status_code for _ in range(6)] == [403] * 5 + [429]
        assert client.post("/enter", json={"code": served.read().codes["view"]}).status_code == 429
    assert truck.config.read_text() == before


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "8.8.8.8", "unit.example"])  # noqa: S104 - refused
def test_it_listens_in_no_public_place(host, tmp_path):
    command = [sys.executable, "-I", "-m", "agent", "web", "--host", host]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "address" in done.stderr
