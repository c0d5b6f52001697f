"""`haulwatch camera roi` and `camera health` on real files, a real configuration, real exit codes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.cli.main import haulwatch
from agent.config_file import load_config
from agent.vision.condition.measures import small
from drivers.camera.frame import Frame

PICTURES = Path(__file__).parents[2] / "drivers" / "sim" / "pictures"
PLATE = PICTURES / "empty-1.jpg"


@pytest.fixture
def config(tmp_path):
    file = tmp_path / "agent.toml"
    file.write_text(
        f"""[unit]
fleet = "f"
vehicle = "v"
[gnss]
source = "/dev/null"
[vision]
references = "{tmp_path}/references"
[status]
socket = "{tmp_path}/none.sock"
[[cameras]] # the first
name = "bed"
role = "body"
source = "{PICTURES}"
roi = [] # whole
[[cameras]]
name = "rear"
role = "body"
source = "{PICTURES}"
"""
    )
    return file


def run(*arguments):
    return CliRunner().invoke(haulwatch, ["camera", *map(str, arguments)])


def corners(file, name):
    return next(c.roi for c in load_config(file).cameras if c.name == name)


def test_corners_are_written_beside_comments_with_a_backup(config) -> None:
    before = config.read_text()
    done = run("roi", "bed", "--roi", "0.1,0.2;0.9,0.2;0.8,0.9", "--confirm", "--config", config)
    assert done.exit_code == 0, done.output
    assert corners(config, "bed") == ((0.1, 0.2), (0.9, 0.2), (0.8, 0.9))
    assert corners(config, "rear") == ()
    assert "# whole" in config.read_text()
    assert config.with_name("agent.toml.bak1").read_text() == before


def test_nothing_is_written_unless_somebody_agrees(config) -> None:
    before = config.read_text()
    done = run("roi", "rear", "--roi", "0.1,0.2;0.9,0.2;0.8,0.9", "--config", config, "--json")
    assert json.loads(done.stdout)["written"] is False
    assert config.read_text() == before


def test_a_proposal_says_how_sure_it_is_and_is_drawn(config, tmp_path) -> None:
    picture = tmp_path / "look.jpg"
    how = ("--propose", "--image", PLATE, "--output", picture, "--confirm", "--json")
    done = run("roi", "rear", *how, "--config", config)
    found = json.loads(done.stdout)
    assert done.exit_code == 0
    assert 0 <= found["sure"] <= 1
    assert len(found["roi"]) == 4
    assert found["written"] is True
    assert corners(config, "rear") == tuple(tuple(c) for c in found["roi"])
    drawn, plain = (small(Frame.of_jpeg(f.read_bytes()).image) for f in (picture, PLATE))
    assert (drawn != plain).any()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("roi", "nope", "--roi", "0,0;1,0;1,1"), 78, "known are: bed, rear"),
        (("roi", "bed"), 2, "--propose"),
        (("roi", "bed", "--propose", "--image", "/nothing.jpg"), 3, "no readable picture"),
        (("health",), 2, "--camera"),
        (("health", "--image", "/nothing.jpg"), 3, "no readable picture"),
    ],
)
def test_what_is_wrong_is_said(config, arguments, code, says) -> None:
    done = CliRunner().invoke(haulwatch, ["camera", *arguments, "--config", str(config)])
    found = done.exit_code if done.exit_code else None
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        from agent.cli.output import exit_code

        found = exit_code(done.exception)
        assert says in str(done.exception)
    else:
        assert says in done.output
    assert found == code


def test_health_of_a_picture_has_figures_and_thresholds(tmp_path) -> None:
    import cv2
    import numpy as np

    dark = tmp_path / "dark.png"
    cv2.imwrite(str(dark), np.full((240, 320, 3), 4, np.uint8))
    done = run("health", "--image", PICTURES / "covered-1.jpg", "--image", dark, "--json")
    assert done.exit_code == 1
    good, bad = (json.loads(line) for line in done.stdout.splitlines())
    assert good["faults"] == []
    assert good["figures"]["acuity"]["value"] > good["figures"]["acuity"]["threshold"]
    assert bad["faults"] == ["dark"]


def test_a_reference_is_kept_for_the_daemon(config, tmp_path) -> None:
    done = run("health", "--camera", "bed", "--reference", "--config", config)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "references" / "bed.png").is_file()


def test_corners_found_in_the_cameras_own_picture_bring_its_reference(config, tmp_path) -> None:
    done = run("roi", "bed", "--propose", "--confirm", "--output", tmp_path / "x.jpg", "--config", config)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "references" / "bed.png").is_file()
