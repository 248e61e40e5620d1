"""Ingest turns cameras into frames: one thread per camera decodes, thins out and encodes; one producer merges them.

address -> source -> Pacer -> Sight -> JPEG -> Outbox -> IngestProducer -> bus
rtsp, webcam,        at most  frozen, black    newest wins (live),
file, sim            15 a s   or blank?        none lost (files)
"""
