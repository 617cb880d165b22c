"""Training of the song event model on the notes of songs with piano."""
import numpy as np

import lieder
import model
import music
import windows

RATE = 1.2e-3
PARTS = ("song", "piano", "melody")  # values of the condition
SHARES = (.7, .15, .15)


def network(**changes):
    return model.Events(lieder.FIELDS, lieder.CONDITIONS, **{**dict(width=256, layers=4, heads=4, dropout=.1), **changes})


class Task(windows.Task):
    sizes, condition_sizes, window, batch_size = lieder.FIELDS, lieder.CONDITIONS, lieder.WINDOW, 6

    def __init__(self, data):
        excerpts = lieder.load(data)
        variants = {split: [self.variants(e) for e in found] for split, found in excerpts.items()}
        whole = [v[0] for v in variants["train"] if v[0]]
        self.thresholds = music.quintiles([len(p["fields"]) / p["count"] for p in whole])
        for found in variants.values():
            for piece in (p for v in found for p in v if p):
                piece["fixed"].insert(3, int(np.searchsorted(self.thresholds, len(piece["fields"]) / piece["count"], side="right")))
        self.pieces = {split: [v[0] for v in found if v[0]] for split, found in variants.items()}
        self.by_parts = [[v[i] for v in variants["train"] if v[i]] for i in range(len(PARTS))]

    def variants(self, excerpt):
        """The excerpt as a song, its piano alone and its melody alone; None where there are too few notes."""
        found = []
        for i, parts in enumerate(PARTS):
            made = lieder.events(excerpt, parts)
            if made is None or (parts == "song" and len(set(excerpt["notes"][:, 1])) < 2):
                found.append(None)
                continue
            fields, bars = made
            found.append({"fields": fields, "bars": bars, "count": len(excerpt["bars"]) - 1, "range": lieder.allowed(excerpt["notes"]),
                          "fixed": [excerpt["key"], excerpt["metre"], excerpt["tempo"], i]})
        return found

    def drawn(self, rng):
        pieces = self.by_parts[int(rng.choice(len(PARTS), p=SHARES))]
        return pieces[int(rng.integers(len(pieces)))]

    def augmented(self, piece, rng):
        fields, (down, up) = piece["fields"].astype(int), piece["range"]
        semitones = int(rng.integers(down, up + 1)) if up >= down else 0
        fields[:, 2] += np.where(fields[:, 2] == lieder.NO_PITCH, 0, semitones)
        return fields, [music.transposed_key(piece["fixed"][0], semitones), *piece["fixed"][1:]]

    def validate(self, net):
        pieces = self.pieces["valid"][::8]
        told, _ = self.score(net, pieces, True, self.window)
        untold, _ = self.score(net, pieces, False, self.window)
        return {"validation": (told.sum() + untold.sum()) / 2 / len(told), "unknown": untold.sum() / len(told), "known": told.sum() / len(told),
                **dict(zip(("onset", "part", "pitch", "duration"), told))}
