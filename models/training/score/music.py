"""What the sets share: keys, conditions, densities."""
import numpy as np

KEYS = 24  # 0..11 major from C upwards, 12..23 minor
METRES = ["2/4", "3/4", "4/4", "6/8", "3/8", "9/8", "12/8", "2/2", "other"]
TEMPI = [60, 76, 92, 108, 126, 152]  # bpm; below the first is 0, from the last on is 6
BARS_LEFT = 4  # that many or more
MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])


def key_of(pitches):
    """Key by correlation with the profiles of Krumhansl and Kessler (1982). pitches: MIDI, any weights by repetition."""
    heard = np.bincount(np.asarray(pitches) % 12, minlength=12).astype(float)
    profiles = [np.roll(p, tonic) for p in (MAJOR, MINOR) for tonic in range(12)]
    return int(np.argmax([np.corrcoef(heard, p)[0, 1] for p in profiles]))


def transposed_key(key, semitones):
    return (key % 12 + semitones) % 12 + key // 12 * 12


def metre_of(text):
    return METRES.index(text) if text in METRES else len(METRES) - 1


def tempo_of(bpm):
    return int(np.searchsorted(TEMPI, bpm, side="right"))


def quintiles(values):
    """The four thresholds between fifths."""
    return [float(x) for x in np.quantile(values, [.2, .4, .6, .8])]


def forgotten(conditions, sizes, rng, kept=()):
    """Conditions [steps, C] with whole columns unknown (size - 1): all of them a quarter of the time (half of those times not
    the columns `kept`), else each with a chance of 0.3."""
    columns = np.arange(len(sizes))
    drop = rng.random(len(sizes)) < .3
    if rng.random() < .25:
        drop[:] = True
        if rng.random() < .5:
            drop[list(kept)] = False
    return np.where(drop, np.array(sizes) - 1, conditions), columns[drop]
