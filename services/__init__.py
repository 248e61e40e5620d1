"""Spotter turns a gym's ordinary IP cameras into a live coach.

    camera --Frame--> pose --PoseFrame--> classifier --Prediction, Rep, FormCue, sets--> gateway --> browser
     ingest           people, tracks,      clips, model,                                 WebSocket, REST,
                      33 keypoints each    reps, form, sets                              dashboard

Each arrow is a message on a bus (`services.bus`); each box is a `Stage` that one loop drives (`services.runtime`).
`services.embedded` runs all four in one process: read it first.
"""

from __future__ import annotations

import os

# From version 1.29 on ONNX Runtime reports models, machine and a lasting device id to its maker, unless this is set
# before the library is imported, which no later place can promise.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
