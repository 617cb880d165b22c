"""Songs with piano (OpenScore Lieder, CC0) as events and as a four-voice grid.

Units of time: 12 to the quarter. An event is a note: onset, part, pitch, duration (see FIELDS). Songs of one melody and one
piano are used; a song is cut where a bar is longer than LONGEST_BAR. The set has no split: composers are split by a hash of
their name, a tenth for validation and a tenth for testing.
"""
import gzip
import hashlib
import json
import pathlib

import numpy as np

import chorales
import music

LONGEST_BAR = 72
EMPTY_BAR, END = 144, 145
MELODY, RIGHT, LEFT, NO_PART = range(4)
LOWEST, NO_PITCH = 21, 88
DURATIONS = np.array([1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 18, 20, 24, 30, 32, 36, 42, 48, 54, 60, 72, 96])
NO_DURATION = len(DURATIONS)
FIELDS = [146, 4, 89, 25]
CONDITIONS = [music.KEYS + 1, 10, 8, 6, 4, 6]  # key, metre, tempo, density, parts, bars left
PARTS_KNOWN = {"song": (MELODY, RIGHT, LEFT), "piano": (RIGHT, LEFT), "melody": (MELODY,)}
WINDOW = 384
FEWEST_BARS, FEWEST_NOTES = 6, 24
SIXTEENTH = 3


def split_of(composer):
    return {0: "test", 1: "valid"}.get(int(hashlib.sha256(composer.encode()).hexdigest()[:8], 16) % 10, "train")


def notes_of(song):
    """Sorted notes [n, 4] of onset and duration in units, part and pitch; or None when it is no song of a melody and a piano."""
    parts = song["parts"]
    if len(parts) != 2 or parts[1]["program"] != 0 or parts[0]["program"] == 0:
        return None
    rows = []
    for i, part in enumerate(parts):
        for onset, duration, pitch, staff in part["notes"]:
            if LOWEST <= pitch < LOWEST + NO_PITCH:
                rows.append((round(onset / 2), MELODY if i == 0 else RIGHT if staff == 1 else LEFT, pitch, max(1, round(duration / 2))))
    notes = np.array(sorted(rows), dtype=np.int64).reshape(-1, 4)
    same = np.zeros(len(notes), bool)
    same[1:] = (notes[1:, :3] == notes[:-1, :3]).all(1)
    return notes[~same]


def runs_of(bars):
    """Stretches (first, last + 1) of bars that are not too long; `bars` are starts, the end of the song last."""
    fits = np.diff(bars) <= LONGEST_BAR
    edges = np.flatnonzero(np.diff(np.concatenate([[0], fits.astype(int), [0]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2) if b - a >= FEWEST_BARS]


def at(changes, tick):
    """The value of [[tick, value], ...] in force at a tick."""
    value = changes[0][1] if changes else None
    for when, what in changes:
        if when <= tick:
            value = what
    return value


def metre_length(text):
    beats, unit = (int(x) for x in text.split("/"))
    return beats * 48 // unit


def excerpts(song):
    """[{"notes": [n, 4] of onset, part, pitch, duration, "bars": [b + 1] starts and end, "offset": place of the first bar's
    start (a pickup bar ends where a whole one would), "metre", "tempo", "key"}] of one song."""
    notes = notes_of(song)
    if notes is None or not len(notes) or not song["bars"]:
        return []
    last = max(int((notes[:, 0] + notes[:, 3]).max()), song["bars"][-1] // 2 + 1)
    starts = np.unique(np.array([b // 2 for b in song["bars"]]))
    length = metre_length(at(song["times"], song["bars"][-1]) or "4/4")
    bars = np.append(starts, starts[-1] + min(max(last - starts[-1], 1), length))
    found = []
    for first, end in runs_of(bars):
        inside = notes[(notes[:, 0] >= bars[first]) & (notes[:, 0] < bars[end])]
        if len(inside) < FEWEST_NOTES:
            continue
        metre = at(song["times"], int(bars[first]) * 2) or "4/4"
        short = metre_length(metre) - int(bars[first + 1] - bars[first])
        found.append({"notes": inside, "bars": bars[first:end + 1], "offset": short if 0 < short < metre_length(metre) and metre_length(metre) <= LONGEST_BAR else 0,
                      "metre": music.metre_of(metre), "tempo": 7 if not song["tempi"] else music.tempo_of(song["tempi"][0][1]),
                      "key": music.key_of(inside[:, 2])})
    return found


def with_empty_bars(rows, bar, gap, empty_event, end_event):
    """Events `rows` with one for each bar that holds none and one for the end, and the bar that each is in.

    bar: of each row; gap: bars since the row before.
    """
    empty = np.maximum(gap - 1, 0)
    index = np.repeat(np.arange(len(rows)), empty + 1)
    order = np.arange(len(index)) - np.searchsorted(index, index)  # among the events that lead to a row
    filler = order < empty[index]
    fields = np.where(filler[:, None], np.array(empty_event), rows[index])
    bars = np.where(filler, bar[index] - empty[index] + order, bar[index])
    return np.vstack([fields, [end_event]]).astype(np.int16), np.append(bars, bar[-1]).astype(np.int16)


def events(excerpt, parts):
    """Fields [n, 4] and bar of each event [n], of the notes of the parts asked for; None when there are too few."""
    notes, bars = excerpt["notes"], excerpt["bars"]
    notes = notes[np.isin(notes[:, 1], PARTS_KNOWN[parts])]
    if len(notes) < FEWEST_NOTES:
        return None
    bar = np.searchsorted(bars, notes[:, 0], side="right") - 1
    place = notes[:, 0] - bars[bar] + np.where(bar == 0, excerpt["offset"], 0)
    gap = np.diff(bar, prepend=0)
    onset = np.where(gap > 0, LONGEST_BAR, 0) + np.minimum(place, LONGEST_BAR - 1)
    duration = np.abs(notes[:, 3:] - DURATIONS).argmin(1)
    rows = np.stack([onset, notes[:, 1], notes[:, 2] - LOWEST, duration], -1)
    none = [NO_PART, NO_PITCH, NO_DURATION]
    return with_empty_bars(rows, bar, gap, [EMPTY_BAR, *none], [END, *none])


def grid(excerpt):
    """The masked model's four voices: pitches [steps, 4] (-1 silence), struck [steps, 4], places in the bar [steps] in 16ths."""
    first, steps = int(excerpt["bars"][0]), int(excerpt["bars"][-1] - excerpt["bars"][0]) // SIXTEENTH
    sounding, struck = np.zeros((3, steps + 1, 88), bool), np.zeros((3, steps + 1, 88), bool)
    for onset, part, pitch, duration in excerpt["notes"]:
        start = min(steps - 1, round((onset - first) / SIXTEENTH))
        end = min(steps, max(start + 1, round((onset + duration - first) / SIXTEENTH)))
        sounding[part, start:end, pitch - LOWEST] = True
        struck[part, start, pitch - LOWEST] = True
    sounding, struck = sounding[:, :steps], struck[:, :steps]
    piano, struck_piano = sounding[RIGHT] | sounding[LEFT], struck[RIGHT] | struck[LEFT]

    def highest(notes):
        return np.where(notes.any(1), 87 - notes[:, ::-1].argmax(1), -1)

    top, low = highest(sounding[RIGHT]), np.where(sounding[LEFT].any(1), sounding[LEFT].argmax(1), -1)
    step, rest = np.arange(steps), piano.copy()
    for taken in (top, low):
        rest[step[taken >= 0], taken[taken >= 0]] = False
    pitches = np.stack([highest(sounding[MELODY]), top, highest(rest), low], -1)
    hit = np.stack([m[step, np.maximum(p, 0)] for m, p in zip((struck[MELODY], struck_piano, struck_piano, struck_piano), pitches.T)], -1)
    before = np.vstack([np.full(4, -1), pitches[:-1]])
    hit = (hit | (pitches != before)) & (pitches >= 0)
    units = first + step * SIXTEENTH
    bar = np.searchsorted(excerpt["bars"], units, side="right") - 1
    place = (units - excerpt["bars"][bar] + np.where(bar == 0, excerpt["offset"], 0)) // SIXTEENTH
    return np.where(pitches < 0, -1, pitches + LOWEST), hit, np.minimum(place, 23)


def load(folder=chorales.DEFAULT_DATA):
    """{"train" | "valid" | "test": excerpts with their composer's split}"""
    out = {"train": [], "valid": [], "test": []}
    with gzip.open(pathlib.Path(folder) / "lieder" / "lieder.jsonl.gz", "rt") as f:
        for line in f:
            song = json.loads(line)
            out[split_of(song["composer"])] += excerpts(song)
    return out


def allowed(notes):
    """Semitones (down, up) of transposition, within -5..6 and the piano."""
    return max(-5, LOWEST - int(notes[:, 2].min())), min(6, LOWEST + NO_PITCH - 1 - int(notes[:, 2].max()))
