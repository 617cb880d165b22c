"""Training of the drum event model on human performances."""
import numpy as np

import groove
import model
import music
import windows

RATE = 1.2e-3


def network(**changes):
    return model.Events(groove.FIELDS, groove.CONDITIONS, **{**dict(width=192, layers=4, heads=4, dropout=.15, blank=.03), **changes})


class Task(windows.Task):
    sizes, condition_sizes, window, batch_size = groove.FIELDS, groove.CONDITIONS, groove.WINDOW, 8

    def __init__(self, data):
        found = groove.load(data)
        self.thresholds = music.quintiles([len(p["hits"]) / groove.bars_of(p) for p in found["train"]])
        self.pieces = {split: [self.prepared(p) for p in performances] for split, performances in found.items()}

    def prepared(self, p):
        fields, bars = groove.events(p)
        count = groove.bars_of(p)
        density = int(np.searchsorted(self.thresholds, len(p["hits"]) / count, side="right"))
        return {"fields": fields, "bars": bars, "count": count, "performance": p,
                "fixed": [p["style"], p["tempo"], p["metre"], p["fill"], density]}

    def augmented(self, piece, rng):
        return groove.events(piece["performance"], float(rng.uniform(.85, 1.15)))[0].astype(int), piece["fixed"]

    def validate(self, net):
        pieces = self.pieces["valid"][::2]
        told, _ = self.score(net, pieces, True, self.window)
        untold, _ = self.score(net, pieces, False, self.window)
        return {"validation": (told.sum() + untold.sum()) / 2 / len(told), "unknown": untold.sum() / len(told), "known": told.sum() / len(told),
                **dict(zip(("onset", "drum", "velocity", "timing"), told))}
