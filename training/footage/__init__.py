"""Where labelled footage comes from: folders, annotation files, exports of labelling tools, links; and corrections.

folder/<label>/[<person>/]*.mp4   --folders-----.
start, end, label (CSV, JSON)     --annotations--+--> [Video] --corrections--> [Video] --> manifest.csv
Label Studio, CVAT, Supervisely,  --exports-----'
AI-Hub
links                             --downloads---> folder/<label>/[<person>/]*.mp4

Whoever trains reads the manifest: `training.videos`.
"""
