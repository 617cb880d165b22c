"""Training of the masked model: hidden notes, voices, bars and spans of chorales and songs."""
import numpy as np
import torch
from torch.nn import functional as F

import grids
import model
import music

RATE, BATCH = 1.2e-3, 12
CHORALES_SHARE = .5


def network(**changes):
    return model.Masked(grids.TOKENS, grids.VOICES, grids.CONDITIONS, **{**dict(width=256, layers=5, heads=4, dropout=.1), **changes})


def hide(shape, rng):
    """Which places of a window are hidden: scattered notes, whole voices, or spans of time, as people select them.

    The share of scattered ones is drawn evenly, as in Coconet's orderless training; within voices and spans part may be
    shown, as blocked Gibbs sampling shows it.
    """
    steps, voices = shape
    how = rng.random()
    hidden = rng.random(shape) < rng.uniform(.02, 1)
    if how > .4:
        chosen = rng.permutation(voices)[:int(rng.integers(1, voices + 1))]
        length = int(rng.integers(4, steps + 1)) if how > .65 else steps
        start = int(rng.integers(0, steps - length + 1))
        span = np.zeros(shape, bool)
        span[start:start + length, chosen] = True
        hidden = span & (rng.random(shape) < rng.uniform(.3, 1.6))
    return hidden


class Task:
    def __init__(self, data):
        self.pieces = grids.load(data)
        self.fixed = {(split, corpus): self.chosen(split, corpus, 6) for split in ("valid", "test") for corpus in ("chorale", "song")}

    def window(self, piece, rng, augment):
        steps, length = len(piece["tokens"]), grids.WINDOW
        semitones = int(rng.integers(piece["range"][0], piece["range"][1] + 1)) if augment and piece["range"][1] >= piece["range"][0] else 0
        start = int(rng.integers(0, max(1, steps - length + 1))) if rng.random() < .8 else 0
        tokens = grids.transposed(piece["tokens"][start:start + length], semitones)
        conditions = grids.conditions_of(piece, semitones)[start:start + length]
        if augment:
            conditions, _ = music.forgotten(conditions, grids.CONDITIONS, rng, kept=(0,))
        known = len(tokens)
        hidden = np.zeros((length, grids.VOICES), bool)
        hidden[:known] = hide((known, grids.VOICES), rng)
        pad = ((0, length - known), (0, 0))
        tokens, conditions = np.pad(tokens, pad), np.pad(conditions, pad, mode="edge")
        return np.where(hidden, grids.HIDDEN, tokens), conditions, np.where(hidden, tokens, -100)

    def stacked(self, rows):
        return [torch.from_numpy(np.stack(a)) for a in zip(*rows)]

    def batch(self, rng):
        rows = []
        for _ in range(BATCH):
            pieces = self.pieces["train"]["chorale" if rng.random() < CHORALES_SHARE else "song"]
            rows.append(self.window(pieces[int(rng.integers(len(pieces)))], rng, True))
        return self.stacked(rows)

    def chosen(self, split, corpus, batches):
        """The same windows and hidden places whenever it is asked."""
        rng, pieces = np.random.default_rng(5), self.pieces[split][corpus]
        return [self.stacked([self.window(pieces[int(rng.integers(len(pieces)))], rng, False) for _ in range(BATCH)]) for _ in range(batches)]

    def loss(self, net, batch):
        tokens, conditions, targets = batch
        return F.cross_entropy(net(tokens, conditions).float().flatten(0, -2), targets.flatten(), ignore_index=-100)

    def score(self, net, split, corpus):
        """Nats per hidden token and the share of them that the likeliest token gets right."""
        total, right, count = 0.0, 0, 0
        with torch.no_grad():
            for tokens, conditions, targets in self.fixed[split, corpus]:
                logits = net(tokens, conditions)
                total += float(F.cross_entropy(logits.flatten(0, -2), targets.flatten(), ignore_index=-100, reduction="sum"))
                right += int((logits.argmax(-1) == targets).sum())
                count += int((targets >= 0).sum())
        return total / count, right / count

    def validate(self, net):
        (chorale, right), (song, right_song) = (self.score(net, "valid", c) for c in ("chorale", "song"))
        return {"validation": (chorale + song) / 2, "chorale": chorale, "song": song, "right_chorale": right, "right_song": right_song}
