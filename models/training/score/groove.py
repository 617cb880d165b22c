"""Drum performances of the Groove MIDI Dataset as events and as grids of hits. Split of info.csv.

Grid: 4 to the quarter. An event is a hit: onset, drum, velocity, timing (see FIELDS). Each hit goes to the nearest 16th and
keeps its distance from it.
"""
import csv
import pathlib

import numpy as np

import chorales
import lieder
import music

DRUMS = ["kick", "snare", "closed hi-hat", "open hi-hat", "low tom", "mid tom", "high tom", "crash", "ride"]
PITCHES = [(36,), (38, 40, 37), (42, 22, 44), (46, 26), (43, 58), (47, 45), (50, 48), (49, 55, 57, 52), (51, 59, 53)]
DRUM_OF = {pitch: drum for drum, pitches in enumerate(PITCHES) for pitch in pitches}
STEPS_PER_QUARTER, LONGEST_BAR = 4, 24
EMPTY_BAR, END = 48, 49
NONE = [9, 16, 17]  # drum, velocity, timing
FIELDS = [50, 10, 17, 18]
STYLES = ["afrobeat", "afrocuban", "blues", "country", "dance", "funk", "gospel", "highlife", "hiphop", "jazz", "latin",
          "middleeastern", "neworleans", "pop", "punk", "reggae", "rock", "soul"]
CONDITIONS = [len(STYLES) + 1, 8, 10, 3, 6, 6]  # style, tempo, metre, beat or fill, density, bars left
WINDOW = 256
SPLITS = {"train": "train", "validation": "valid", "test": "test"}


def number(data, at):
    """A variable-length quantity and where it ends (Standard MIDI Files 1.0)."""
    value = 0
    while True:
        byte = data[at]
        value, at = value << 7 | byte & 127, at + 1
        if byte < 128:
            return value, at


def note_ons(path):
    """Ticks a quarter, and [(tick, pitch, velocity)] of all tracks of a Standard MIDI File."""
    data = pathlib.Path(path).read_bytes()
    division, at, found = int.from_bytes(data[12:14], "big"), 14, []
    while at < len(data):
        end, kind = at + 8 + int.from_bytes(data[at + 4:at + 8], "big"), data[at:at + 4]
        at, tick, status = at + 8, 0, 0
        while kind == b"MTrk" and at < end:
            delta, at = number(data, at)
            tick += delta
            if data[at] >= 128:
                status, at = data[at], at + 1
            if status in (0xFF, 0xF0, 0xF7):
                at += status == 0xFF
                length, at = number(data, at)
                at += length
            else:
                if status >> 4 == 9 and data[at + 1]:
                    found.append((tick, data[at], data[at + 1]))
                at += 1 if status >> 4 in (12, 13) else 2
        at = end
    return division, sorted(found)


def performance(folder, row):
    """One row of info.csv: hits [n, 4] of step (16ths from the start), drum, velocity 1..127, offset -0.5..0.5."""
    division, notes = note_ons(folder / row["midi_filename"])
    best = {}
    for tick, pitch, velocity in notes:
        if pitch in DRUM_OF:
            place = tick * STEPS_PER_QUARTER / division
            step = int(np.floor(place + .5))
            key = (step, DRUM_OF[pitch])
            if key not in best or velocity > best[key][0]:
                best[key] = (velocity, place - step)
    hits = np.array([(*k, *best[k]) for k in sorted(best)]).reshape(-1, 4)
    beats, unit = (int(x) for x in row["time_signature"].split("-"))
    return {"hits": hits, "bar": beats * 16 // unit, "metre": music.metre_of(f"{beats}/{unit}"), "tempo": music.tempo_of(float(row["bpm"])),
            "style": STYLES.index(row["style"].split("/")[0]), "fill": int(row["beat_type"] == "fill"), "split": SPLITS[row["split"]]}


def bars_of(p):
    return int(p["hits"][-1, 0]) // p["bar"] + 1


def events(p, loudness=1.0):
    """Fields [n, 4] and the bar of each event [n]; velocities are multiplied by `loudness`."""
    step = p["hits"][:, 0].astype(int)
    bar = step // p["bar"]
    gap = np.diff(bar, prepend=0)
    velocity = np.clip(p["hits"][:, 2] * loudness, 1, 127).astype(int) // 8
    timing = np.clip(np.round(p["hits"][:, 3] * 16) + 8, 0, 16).astype(int)
    rows = np.stack([step % p["bar"] + np.where(gap > 0, LONGEST_BAR, 0), p["hits"][:, 1].astype(int), velocity, timing], -1)
    return lieder.with_empty_bars(rows, bar, gap, [EMPTY_BAR, *NONE], [END, *NONE])


def grids(p):
    """Whole bars of 4/4 as [bars, 16, 9, 3] of hit, velocity 0..1, timing -0.5..0.5."""
    out = np.zeros((bars_of(p), 16, 9, 3), np.float32)
    step, drum = p["hits"][:, 0].astype(int), p["hits"][:, 1].astype(int)
    out[step // 16, step % 16, drum] = np.stack([np.ones(len(step)), p["hits"][:, 2] / 127, p["hits"][:, 3]], -1)
    return out


def load(folder=chorales.DEFAULT_DATA):
    """{"train" | "valid" | "test": performances with at least two hits}"""
    folder, out = pathlib.Path(folder) / "groove_midi", {"train": [], "valid": [], "test": []}
    with (folder / "info.csv").open() as f:
        for row in csv.DictReader(f):
            p = performance(folder, row)
            if len(p["hits"]) > 1:
                out[p["split"]].append(p)
    return out
