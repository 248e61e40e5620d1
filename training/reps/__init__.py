"""How well repetitions are counted: `python -m training.evaluate reps`.

    takes        counted clips, footage of nobody exercising            `takes`
                 sequences of keypoints, from files of other people     `keypoints`
                 long sets, joined from counted clips of one person     `long_sets`
    counters     each alone, the exercise given or predicted            `alone`
                 ten lines that know no exercise, as a peer             `principal`
                 the whole classifier, as it runs                       `whole`
    figures      MAE, within one, exact, total error, best constant     `figures`

Whoever is counted was never seen by the model that is asked for the exercise; the counters are never told the truth.
"""
