"""The seam between pose estimation and everything else."""

from __future__ import annotations

from typing import Protocol

from services.core.types import Pose
from services.pose.crop import Image


class PoseEstimator(Protocol):
    """Finds and follows the people of one camera; one for each camera, used by one thread."""

    def estimate(self, image: Image, captured_at: int) -> list[Pose]:
        """The people of the next picture.

        Args:
            image: (H, W, 3) BGR of any size, which may change from picture to picture.
            captured_at: event time, ns. It may jump, stall or repeat: people are then found afresh at worst.

        Returns:
            One pose for each person, each with its own track_id.
        """
        ...

    def reset(self) -> None:
        """Forget everybody in view; ids go on from where they were."""
        ...

    def close(self) -> None:
        """Give back what it holds; it is not used after that."""
        ...
