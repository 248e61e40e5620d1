"""Frame -> PoseFrame: finds every person in a picture, follows them, and gives each 33 keypoints.

    JPEG -> picture -> detector (now and then) -> upright crop of each person -> landmarks -> tracks -> PoseFrame
            stage      detector.py                crop.py                        landmarks.py  core/tracking.py

`estimator.PoseEstimator` is the seam: `blazepose` (ONNX Runtime, the default) and `mediapipe_estimator` stand behind
it.
"""
