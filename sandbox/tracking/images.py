"""Frames of the dashboard's slider, as the files that MLflow's own `log_image` would make, in a fifth of its time."""

import uuid
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sandbox.system.png import encode
from sandbox.system.threads import side_by_side

Image = tuple[str, int, NDArray[np.uint8]]  # a key, a step and pixels (height, width, 3)

THERE_ARE_SOME = "mlflow.loggedImages"  # the tag that makes the dashboard look for them
THUMBNAIL = 256  # pixels of its longer side, at most; shown wherever there are several


def write_images(folder: Path, images: Iterable[Image], run: str, milliseconds: int) -> None:
    """A PNG and a small WebP each, under the names the dashboard reads key and step from (mlflow 3.17, `log_image`).

    The names follow from the run's record, so that a delivery made twice puts each file in its place again.
    """
    from PIL import Image as Pillow  # comes with Matplotlib, and is not needed where nothing is drawn

    def write(image: Image) -> None:
        key, step, pixels = image
        unique = uuid.uuid5(uuid.NAMESPACE_OID, f"{run} {key} {step}")
        name = f"{key.replace('/', '~')}+step+{step}+timestamp+{milliseconds}+{unique}"
        (folder / f"{name}.png").write_bytes(encode(pixels))
        smaller = -(-max(pixels.shape[:2]) // THUMBNAIL)  # whole pixels are averaged: ten times faster than resampling
        Pillow.fromarray(pixels).reduce(smaller).save(folder / f"{name}+compressed.webp", method=0)

    if given := list(images):
        folder.mkdir(exist_ok=True)
        side_by_side(write, given)  # to compress is not Python's own work
