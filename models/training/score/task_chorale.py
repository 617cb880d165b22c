"""Training of the chorale event model: batches, and nats per token over whole pieces."""
import numpy as np
import torch

import chorales
import model
import music
from windows import padded, shifted, trimmed

RATE, BATCH = 1.5e-3, 8
PLACE = 0
MODES = {"nothing": (), "place": (PLACE,), "everything": (0, 1, 2, 3)}


def network(**changes):
    return model.Events(chorales.FIELDS, chorales.CONDITIONS, **{**dict(width=256, layers=4, heads=4, dropout=.15, blank=.05), **changes})


class Task:
    def __init__(self, data):
        self.pieces, self.thresholds = chorales.load(data)

    def batch(self, rng):
        """Windows of transposed pieces: previous events, conditions, targets (-100: not asked), as tensors."""
        rows, window = [], chorales.WINDOW
        for _ in range(BATCH):
            piece = self.pieces["train"][int(rng.integers(len(self.pieces["train"])))]
            fields, conditions = chorales.events(piece, int(rng.integers(piece["range"][0], piece["range"][1] + 1)))
            before, targets = shifted(fields, chorales.FIELDS), fields.copy()
            start = int(rng.integers(0, max(1, len(fields) - window // 2))) if rng.random() < .5 else 0
            if start:
                targets[start:start + 8] = -100
            conditions, _ = music.forgotten(conditions, chorales.CONDITIONS, rng, kept=(PLACE,))
            part = slice(start, start + window)
            rows.append((padded(before[part], window, 0), padded(conditions[part], window, 0), padded(targets[part], window, -100)))
        return trimmed(rows)

    def loss(self, net, batch):
        found = net(*batch)
        return found.sum() / (batch[2] >= 0).sum()

    def score(self, net, split, mode, every=1, window=None, stride=64):
        """Nats per token over whole pieces; each event is seen with all earlier ones of a window that moves by `stride`."""
        window = window or chorales.WINDOW
        known = np.array([i in MODES[mode] for i in range(len(chorales.CONDITIONS))])
        total, count = 0.0, 0
        with torch.no_grad():
            for piece in self.pieces[split][::every]:
                fields, conditions = chorales.events(piece)
                conditions = np.where(known, conditions, np.array(chorales.CONDITIONS) - 1)
                before, done = shifted(fields, chorales.FIELDS), 0
                while done < len(fields):
                    end = min(len(fields), max(window, done + stride))
                    start = max(0, end - window)
                    given = [torch.from_numpy(np.ascontiguousarray(a[None, start:end])) for a in (before, conditions, fields)]
                    total += float(net(*given)[0, done - start:].sum())
                    count, done = count + (end - done) * chorales.VOICES, end
        return total / count

    def validate(self, net):
        """{"validation": what the weights are chosen by, ...}"""
        found = {mode: self.score(net, "valid", mode, every=3) for mode in MODES}
        return {"validation": (found["nothing"] + found["everything"]) / 2, **found}
