"""The chorales as arrays: 16th-note steps of soprano, alto, tenor, bass (jsb_chorales, split of Boulanger-Lewandowski 2012).

A token is 0 for silence, or pitch - LOWEST + 1. Steps are read soprano first, as in Music Transformer (arXiv:1809.04281),
whose negative log-likelihoods per token are on the same serialisation.
"""
import json
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
DEFAULT_DATA = ROOT.parent / "shared" / "data"

VOICES = 4
LOWEST, HIGHEST = 33, 84
SILENCE = 0
TOKENS = HIGHEST - LOWEST + 2
STEPS_PER_BAR = 16
KEYS = 24  # 0..11 major from C upwards, 12..23 minor
MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])


def key_of(pitches):
    """Key by correlation with the profiles of Krumhansl and Kessler (1982)."""
    heard = np.bincount(pitches[pitches >= 0] % 12, minlength=12).astype(float)
    profiles = [np.roll(p, tonic) for p in (MAJOR, MINOR) for tonic in range(12)]
    return int(np.argmax([np.corrcoef(heard, p)[0, 1] for p in profiles]))


def transposed_key(key, semitones):
    return (key % 12 + semitones) % 12 + key // 12 * 12


def load(folder=DEFAULT_DATA):
    """{"train" | "valid" | "test": [{"tokens": int64 [steps, 4], "key": int, "range": (down, up)}]}

    `range` are the semitones a piece can be moved by without a voice leaving what that voice sings in the training pieces.
    """
    raw = json.loads((pathlib.Path(folder) / "jsb_chorales" / "jsb16_satb.json").read_text())
    train = np.concatenate([np.array(p) for p in raw["train"]])
    low = np.array([train[:, v][train[:, v] >= 0].min() for v in range(VOICES)])
    high = train.max(0)
    out = {}
    for split, pieces in raw.items():
        out[split] = []
        for piece in pieces:
            p = np.array(piece)
            lowest = np.where(p >= 0, p, 999).min(0)
            down, up = int(max(-6, (low - lowest).max())), int(min(6, (high - p.max(0)).min()))
            tokens = np.where(p < 0, SILENCE, p - LOWEST + 1)
            out[split].append({"tokens": tokens, "key": key_of(p), "range": (min(0, down), max(0, up))})
    return out


def moved(piece, semitones):
    """The tokens and key of a piece, transposed."""
    tokens = np.where(piece["tokens"] == SILENCE, SILENCE, piece["tokens"] + semitones)
    return tokens, transposed_key(piece["key"], semitones)
