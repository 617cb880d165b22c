"""The chorales: 16th-note steps of soprano, alto, tenor, bass (jsb_chorales, split of Boulanger-Lewandowski 2012).

An event is a step, its fields are the voices: 0 silence, else MIDI - 32. Read soprano first, as in Music Transformer
(arXiv:1809.04281), whose negative log-likelihoods per token are on the same serialisation.
"""
import json
import pathlib

import numpy as np

import music

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
DEFAULT_DATA = ROOT.parent / "shared" / "data"

VOICES = 4
LOWEST, HIGHEST = 33, 84
STEPS_PER_BAR = 16
FIELDS = [HIGHEST - LOWEST + 2] * VOICES
CONDITIONS = [STEPS_PER_BAR + 1, music.KEYS + 1, 6, 6]  # place in bar, key, density, bars left
WINDOW = 256


def onsets_a_bar(pitches):
    """Notes that begin, a bar: a voice's pitch differs from the step before and is no silence."""
    before = np.vstack([np.full(VOICES, -1), pitches[:-1]])
    return ((pitches != before) & (pitches >= 0)).sum() / len(pitches) * STEPS_PER_BAR


def load(folder=DEFAULT_DATA):
    """({"train" | "valid" | "test": [{"pitches": int [steps, 4], "key", "density", "range": (down, up)}]}, density thresholds)

    `range` are the semitones a piece can be moved by without a voice leaving what that voice sings in the training pieces.
    """
    raw = json.loads((pathlib.Path(folder) / "jsb_chorales" / "jsb16_satb.json").read_text())
    train = np.concatenate([np.array(p) for p in raw["train"]])
    low = np.array([train[:, v][train[:, v] >= 0].min() for v in range(VOICES)])
    high = train.max(0)
    thresholds = music.quintiles([onsets_a_bar(np.array(p)) for p in raw["train"]])
    out = {}
    for split, pieces in raw.items():
        out[split] = []
        for piece in pieces:
            p = np.array(piece)
            lowest = np.where(p >= 0, p, 999).min(0)
            down, up = int(max(-6, (low - lowest).max())), int(min(6, (high - p.max(0)).min()))
            out[split].append({"pitches": p, "key": music.key_of(p[p >= 0]), "range": (min(0, down), max(0, up)),
                               "density": int(np.searchsorted(thresholds, onsets_a_bar(p), side="right"))})
    return out, thresholds


def events(piece, semitones=0):
    """Fields [steps, 4] and conditions [steps, 4] of a piece, transposed."""
    p = piece["pitches"]
    fields = np.where(p < 0, 0, p - LOWEST + 1 + semitones)
    step = np.arange(len(p))
    bars = -(-len(p) // STEPS_PER_BAR)
    left = np.minimum(bars - 1 - step // STEPS_PER_BAR, music.BARS_LEFT)
    key = music.transposed_key(piece["key"], semitones)
    return fields, np.stack([step % STEPS_PER_BAR, np.full_like(step, key), np.full_like(step, piece["density"]), left], -1)
