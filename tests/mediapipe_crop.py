"""Crops as legacy MediaPipe cuts them, to compare all that comes after them on exactly the same pixels."""

from __future__ import annotations

import cv2
import numpy as np

from services.pose.crop import Image, Region


class GriddedRegion(Region):
    """A region whose pixels are interpolated at multiples of 1/32 pixel.

    So does OpenCV 3.4's warpPerspective, which is inside legacy MediaPipe. OpenCV 5 interpolates without such a grid;
    its crops differ by a grey level here and there.
    """

    __slots__ = ()

    def cut(self, image: Image, pixels: int, border: int, out: Image) -> None:
        across, matrix = np.arange(pixels), self.matrix(pixels) * 32
        x, y = (np.rint(row[0] * across + (row[1] * across + row[2])[:, None]).astype(np.int32) for row in matrix)
        places = np.stack([x >> 5, y >> 5], axis=-1).astype(np.int16)
        parts = (x & 31 | (y & 31) << 5).astype(np.uint16)
        crop = cv2.remap(image, places, parts, cv2.INTER_LINEAR, borderMode=border)
        cv2.cvtColor(crop, cv2.COLOR_BGR2RGB, dst=out)
