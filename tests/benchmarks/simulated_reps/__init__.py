"""Repetitions of simulated people, whose truth is exact: counts, phase boundaries, delay, and none where none are.

    python -m tests.benchmarks.simulated_reps truth       from true keypoints with the pose engine's errors
    python -m tests.benchmarks.simulated_reps pixels      through pictures and the pose engine itself
    python -m tests.benchmarks.simulated_reps noise       the engine's errors, by what `pixels` looked at
    python -m tests.benchmarks.simulated_reps everyday    repetitions counted of people who do no exercise
    python -m tests.benchmarks.simulated_reps holds       how long holds are said to last

Counters are asked alone with the exercise given, within sets whose exercise a perfect model tells, and with the
exercise predicted by a bundle. Bundles have learnt from simulated people, though of other seeds: what is predicted here
says less than what is predicted of strangers on real footage.
"""
