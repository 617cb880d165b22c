"""Windows of events for training and scoring, shared by the event models."""
import numpy as np
import torch

import music


def shifted(fields, sizes):
    """The events before each: the start event (its fields are the sizes), then all but the last."""
    return np.vstack([np.array(sizes)[None], fields[:-1]])


def padded(rows, length, value):
    return np.pad(rows, ((0, length - len(rows)), (0, 0)), constant_values=value)


def trimmed(rows):
    """[(before, conditions, targets)] of one length as three tensors, without the end that none of them asks for."""
    longest = max(int((r[2] >= 0).any(1).nonzero()[0].max()) + 1 for r in rows)
    return [torch.from_numpy(np.stack(a)[:, :longest]) for a in zip(*rows)]


def bars_left(bars, count):
    """The last condition: bars left at the previous event. bars: of each event; count: bars of the piece."""
    return np.minimum(np.maximum(count - 1 - np.concatenate([[0], bars[:-1]]), 0), music.BARS_LEFT)


def with_conditions(fixed, bars, count):
    """Conditions [n, C]: those of the piece, and the bars left."""
    return np.concatenate([np.tile(np.array(fixed), (len(bars), 1)), bars_left(bars.astype(int), count)[:, None]], -1)


class Task:
    """Training on pieces {"fields" [n, F], "bars" [n], "count", "fixed": conditions but the last} by split.

    Subclasses give `sizes`, `condition_sizes`, `window`, `batch_size`, `pieces` and `augmented(piece, rng)` -> (fields, fixed).
    """

    AFTER_CUT = 8  # events at the head of a window cut from a piece are not asked for

    def augmented(self, piece, rng):
        return piece["fields"].astype(int), piece["fixed"]

    def drawn(self, rng):
        """A piece, with a chance that grows with its length."""
        if not hasattr(self, "chances"):
            lengths = np.array([min(len(p["fields"]), 4 * self.window) for p in self.pieces["train"]], float)
            self.chances = np.cumsum(lengths) / lengths.sum()
        return self.pieces["train"][min(int(np.searchsorted(self.chances, rng.random())), len(self.chances) - 1)]

    def batch(self, rng):
        rows = []
        for _ in range(self.batch_size):
            piece = self.drawn(rng)
            fields, fixed = self.augmented(piece, rng)
            conditions, _ = music.forgotten(with_conditions(fixed, piece["bars"], piece["count"]), self.condition_sizes, rng)
            before, targets = shifted(fields, self.sizes), fields.copy()
            start = int(rng.integers(0, max(1, len(fields) - self.window // 2))) if rng.random() < .75 else 0
            if start:
                targets[start:start + self.AFTER_CUT] = -100
            part = slice(start, start + self.window)
            rows.append((padded(before[part], self.window, 0), padded(conditions[part], self.window, 0), padded(targets[part], self.window, -100)))
        return trimmed(rows)

    def loss(self, net, batch):
        found = net(*batch)
        return found.sum() / (batch[2][..., 0] >= 0).sum() / found.shape[-1]

    def score(self, net, pieces, known, most=None):
        """Nats per event of each field [F] and the number of events, over whole pieces (or their first `most` events); an
        event is seen with at least half a window of earlier ones. known: whether conditions are told."""
        total, count = np.zeros(len(self.sizes)), 0
        with torch.no_grad():
            for piece in pieces:
                fields = piece["fields"][:most].astype(int)
                conditions = with_conditions(piece["fixed"], piece["bars"], piece["count"])
                if not known:
                    conditions[:] = np.array(self.condition_sizes) - 1
                before, done = shifted(fields, self.sizes), 0
                while done < len(fields):
                    end = min(len(fields), max(self.window, done + self.window // 2))
                    start = max(0, end - self.window)
                    given = [torch.from_numpy(np.ascontiguousarray(a[None, start:end])) for a in (before, conditions, fields)]
                    total += net(*given)[0, done - start:].sum(0).double().numpy()
                    count, done = count + end - done, end
        return total / count, count
