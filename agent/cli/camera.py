"""`haulwatch camera`: what the cameras see and what the model makes of it."""

import click

from agent.cli.camera_capture import list_cameras, snapshot
from agent.cli.camera_classify import classify
from agent.cli.camera_health import health
from agent.cli.camera_roi import roi
from agent.cli.camera_teach import teach
from agent.cli.camera_watch import watch

camera = click.Group(
    "camera",
    commands=[list_cameras, snapshot, watch, classify, teach, health, roi],
    help="Cameras and the load model.",
)
