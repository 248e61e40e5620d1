"""The seam between pose estimation and everything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from services.core.types import Pose
from services.pose.crop import Image


class PoseEstimator(Protocol):
    """Finds and follows the people of one camera; one for each camera, used by one thread.

    Attributes:
        slack: 1 normally; set above it where CPU is short, the time between two looks at a person, and for new people,
            is multiplied by it.
    """

    slack: float

    def estimate(self, image: Image, captured_at: int) -> Mapping[str, Pose | None]:
        """The people of the next picture.

        Args:
            image: (H, W, 3) BGR of any size, which may change from picture to picture.
            captured_at: event time, ns. It may jump, stall or repeat: people are then found afresh at worst.

        Returns:
            Track id -> pose of everybody in view; None for who is there but was not looked at in this picture. Their
            poses follow from the looks before and after it: `services.core.interpolation`.
        """
        ...

    def reset(self) -> None:
        """Forget everybody in view; ids go on from where they were."""
        ...

    def close(self) -> None:
        """Give back what it holds; it is not used after that."""
        ...
