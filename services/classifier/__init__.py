"""PoseFrame -> what people do: clips, models, counters and the events they give."""
