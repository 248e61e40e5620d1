"""What an entry of the catalogue consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from services.simulator.body import KeyPose

STANDING: Final = KeyPose()


@dataclass(frozen=True, slots=True)
class Exercise:
    """One entry of the catalogue.

    Attributes:
        cycle: (share of a repetition, key pose reached then), from 0 to 1; first and last are the same posture.
        seconds: a repetition's usual duration.
        far: places in the cycle at which the far end of a repetition is reached and left.
        rest: the posture between sets; None for the cycle's first.
        way: postures passed through from rest to the first key pose, and back the other way round.
        label: the manifest's label; "" for its own name.
        hold: no repetitions: the whole set is one hold.
        flowing: no stop at the key poses (walking).
        alternating: every other repetition is the mirror image.
        prop: barbell, dumbbells, plate, bottle, towel, phone or "" in the hands (of one-handed things in the right
            one); bench, seat (a bench behind the person), mat or pull_up_bar ("bench+barbell") in the room.
        held: shares of the cycle from and until which it is in the hands.
        carried: place in the cycle at which it may be carried elsewhere; 0 for not.
        turned: degrees that the person is turned meanwhile, as for what is done at the seat behind.
        discs: radius of a barbell's discs, metres.
        lying: needs its length on the floor.
        top: metres of height that a camera must see.
        back: metres that a person stands back from the others, for what comes forward.
        faults: name -> key poses that replace those of the cycle, by their place in it.
    """

    cycle: tuple[tuple[float, KeyPose], ...]
    seconds: float = 3.0
    far: tuple[int, int] = (1, 2)
    rest: KeyPose | None = None
    way: tuple[KeyPose, ...] = ()
    label: str = ""
    hold: bool = False
    flowing: bool = False
    alternating: bool = False
    prop: str = ""
    held: tuple[float, float] = (0.0, 1.0)
    carried: int = 0
    turned: float = 0.0
    discs: float = 0.15
    lying: bool = False
    top: float = 2.0
    back: float = 0.0
    faults: Mapping[str, Mapping[int, KeyPose]] = field(default_factory=lambda: MappingProxyType({}))


def there_and_back(top: KeyPose, turn: KeyPose, *, pause: float = 0.06) -> tuple[tuple[float, KeyPose], ...]:
    """A cycle from one posture to another, a moment there, and back."""
    return ((0.0, top), (0.5 - pause / 2, turn), (0.5 + pause / 2, turn), (1.0, top))
