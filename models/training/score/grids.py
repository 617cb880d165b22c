"""The four-voice grid of the masked model and the bar VAE: 16th notes, voices from high to low.

A token is 0 for silence, 1 + (p - 21) where MIDI pitch p goes on sounding, 89 + (p - 21) where it is struck.
"""
import numpy as np

import chorales
import lieder
import music

VOICES, LOWEST, PITCHES = 4, 21, 88
TOKENS = 1 + 2 * PITCHES
HIDDEN = TOKENS
STRUCK = 1 + PITCHES
CHORALE, SONG = 0, 1
CONDITIONS = [25, music.KEYS + 1, 3, 10]  # place in bar in 16ths, key, corpus, metre
WINDOW = 128
COMMON_TIME = music.METRES.index("4/4")


def tokens_of(pitches, struck):
    return np.where(pitches < 0, 0, pitches - LOWEST + np.where(struck, STRUCK, 1))


def transposed(tokens, semitones):
    return np.where(tokens == 0, 0, tokens + semitones)


def pitches_of(tokens):
    """MIDI pitches, -1 for silence."""
    return np.where(tokens == 0, -1, (tokens - 1) % PITCHES + LOWEST)


def of_chorale(piece):
    p = piece["pitches"]
    before = np.vstack([np.full(VOICES, -1), p[:-1]])
    return {"tokens": tokens_of(p, (p != before) & (p >= 0)), "place": np.arange(len(p)) % chorales.STEPS_PER_BAR, "key": piece["key"],
            "corpus": CHORALE, "metre": COMMON_TIME, "range": piece["range"]}


def of_song(excerpt):
    pitches, struck, place = lieder.grid(excerpt)
    return {"tokens": tokens_of(pitches, struck), "place": place, "key": excerpt["key"], "corpus": SONG, "metre": excerpt["metre"],
            "range": lieder.allowed(excerpt["notes"])}


def load(folder):
    """{"train" | "valid" | "test": {"chorale": pieces, "song": pieces}} of grids."""
    songs, (chords, _) = lieder.load(folder), chorales.load(folder)
    return {split: {"chorale": [of_chorale(p) for p in chords[split]], "song": [of_song(e) for e in songs[split]]} for split in songs}


def conditions_of(piece, semitones=0):
    steps = len(piece["tokens"])
    return np.stack([piece["place"], np.full(steps, music.transposed_key(piece["key"], semitones)), np.full(steps, piece["corpus"]),
                     np.full(steps, piece["metre"])], -1)
