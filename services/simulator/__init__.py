"""A made-up gym: moving people rendered to pixels, whose every joint, repetition and fault is known.

A scene is a pure function of time: `Scene.render` and `Scene.truth` may be asked for any second in any order, and the
same spec always gives the same pixels.

A spec is what follows ``sim://`` in a camera's address:

    squat                               one person
    squat,push_up?view=60&tempo=2.5     two side by side
    squat+lunge,idle?rest=5             the first does a set of squats, rests, a set of lunges, rests, ...
    push_up?fault=hips_sag/2            every second repetition with sagging hips
    everyday                            no exercise: drinks, sits, telephones, stretches, loads a plate, walks about
    errands                             no exercise, with more that begins like one: lifts things, loads bars, lies down
    drink+read_phone+rest_seated        no exercise: these, again and again, without any rhythm
    demo-1, demo-2                      the two cameras of a first look

    option   default           what it changes
    seed     0                 looks, and everybody's own variation of tempo, range and sway
    view     25                degrees from the person's front to the camera; 90 sees their left side; a list by person
    tempo    the exercise's    seconds a repetition; a list by person
    reps     8                 repetitions a set
    rest     8                 seconds between sets
    pause    0                 seconds that people stay at the far end of each repetition
    stop     0                 seconds that they stay at its first posture before the next
    bounce   0                 share of the way that they come back from the far end, to go there once more
    own      0                 1: people do it in their own way, in stance, grip, posture and rhythm
    fault    none              a fault of the exercise (`services.simulator.exercises`), ``/n`` for every nth repetition
    people   one an entry      how many; entries are gone through again
    size     as asked          picture size, such as 1280x720
    height   1.7               metres of the camera above the floor
"""

from __future__ import annotations

from services.simulator.exercises import EXERCISES
from services.simulator.programme import TrueRep
from services.simulator.scene import PersonTruth, Scene, Truth
from services.simulator.spec import open_scene

__all__ = ["EXERCISES", "PersonTruth", "Scene", "TrueRep", "Truth", "open_scene"]
