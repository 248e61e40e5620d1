"""Ingest turns cameras into frames: one thread per camera decodes, thins out and encodes; one producer merges them.

address -> source -> Pacer -> JPEG -> Outbox -> IngestProducer -> bus
rtsp, webcam,        at most          newest wins (live),
file, sim            15 a second      none lost (files)
"""
