"""The gateway: what the gym does, made visible - state, REST, a WebSocket hub and the dashboard.

    bus --Picture, PoseFrame, Event, CameraState--> stage --> state --> rest  --> programs
                                                      `-----> hub   --> websocket --> browsers

It reads pictures that pose released for display, and never a camera's raw frames.
"""
