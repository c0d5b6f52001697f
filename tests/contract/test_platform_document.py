"""What docs/platform.md gives to copy is run as it stands there."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.pictures import ALL, Listening, content, take

DOCUMENT = Path(__file__).parents[2] / "docs" / "platform.md"


@pytest.fixture
def script(tmp_path):
    (text,) = re.findall(r"```python\n(# pictures.py.*?)```", DOCUMENT.read_text(), re.S)
    path = tmp_path / "pictures.py"
    path.write_text(text)
    return path


def check(folder, script, lines):
    done = subprocess.run(
        [sys.executable, script], input=lines, cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_the_lines_of_the_document_put_pictures_together(rig, album, mosquitto, script, tmp_path, until):
    broker = mosquitto()
    original, overlay = content(100_000), content(20_001, 2)
    lines = []
    with Listening(broker.port) as city:
        city.platform.listen(lambda topic, payload: lines.append(f"{topic} {payload.hex()}\n"))
        names = take(rig, "load-1", original, overlay)
        rig.start(rig.sink(broker.url, **ALL))
        until(rig.drained)
        assert city.platform.wait_for(lambda v: len(v["muck/truck-1"].pictures.verified) == 2, 40)
    media = [line for line in lines if "/media" in line]
    said = check(tmp_path, script, "".join(media))
    assert said == f"wrote {names[1]}.overlay.jpg 20001 bytes\nwrote {names[0]}.original.jpg 100000 bytes\n"
    assert (tmp_path / f"{names[0]}.original.jpg").read_bytes() == original
    twice = media[:1] + list(reversed(media[1:])) + media[1:4]
    assert check(tmp_path, script, "".join(twice)).count("wrote") == 2
    wrong = [*media[:3], media[3][:-2] + ("1" if media[3][-2] == "0" else "0") + "\n", *media[4:]]
    assert "damaged" in check(tmp_path, script, "".join(wrong))


def test_the_same_with_mosquitto_sub(rig, album, mosquitto, script, tmp_path, until):
    tool = shutil.which("mosquitto_sub")
    if not tool:
        pytest.skip("mosquitto_sub is not installed")
    broker = mosquitto()
    command = [tool, "-p", str(broker.port), "-q", "1", "-i", "my-pictures", "-c", "-F", "%t %x"]
    command += ["-t", "haulwatch/v1/+/+/media/#"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as listener:
        writer = subprocess.Popen([sys.executable, script], stdin=listener.stdout, cwd=tmp_path)
        names = take(rig, "load-1", content(100_000), content(20_001, 2))
        rig.start(rig.sink(broker.url, **ALL))
        until((tmp_path / f"{names[0]}.original.jpg").exists)
        until(rig.drained)
        listener.terminate()
        assert writer.wait(20) == 0
    assert (tmp_path / f"{names[1]}.overlay.jpg").read_bytes() == content(20_001, 2)
