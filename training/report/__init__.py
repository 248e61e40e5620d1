"""The evidence on one page: `python -m training.report` makes it of what `training.evaluate` kept.

    python -m training.evaluate --model forest     var/training/answers, folds       trains, once
    python -m tests.benchmarks.live_answers        var/training/live                 the classifier on whole videos
    python -m training.evaluate reps --clips ...   var/training/reps                 repetitions (`training.reps`)
    python -m training.report                      var/training/report/index.html    trains nothing

`make report` does all four for the default models.
"""
