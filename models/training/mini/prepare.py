"""Draw the training pictures and their captions once, as arrays under --work; resumes by doing nothing where they exist.

    python3 prepare.py [--data ../../../../shared/data] [--work .runs] [--scale 1]

pictures.npy [N,64,64,3] uint8; tokens.npy [N,3,24] int16 (up to three captions for each picture, repeated where fewer);
source.npy [N] uint8 (index into SOURCES); importance.npy [N] float32 (how often, within a source); captions.json; tokenizer/; heldout.npy [60,4,64,64,3]: four real pictures for
each held-out caption, for judging the judge.
"""
import argparse
import json
import pathlib
import re

import numpy as np

import bpe
import colours
import heldout
import icons
import patterns

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
DEFAULT_DATA = ROOT.parent / "shared" / "data"
SEED, MERGES, CAPTION_LENGTH = 4242, 3400, 24
SOURCES = ("icon", "icon on colour", "icon in colour", "pattern", "scene", "sprite", "photo")
COLOUR_WORD = re.compile(r"\b(" + "|".join([*colours.NAMES, "light blue"]) + r")\b ?")


def plain_name(icon):
    """The icon's name without colour words: "green apple" can be a red apple."""
    return COLOUR_WORD.sub("", icon.name).strip() or icon.name


def by_plain_name(found):
    """Icons by name and by name without colours, recolourable ones first where several share it."""
    table = {}
    for icon in sorted(found, key=lambda i: i.recolourable):
        table[plain_name(icon)] = icon
    return {**table, **{i.name: i for i in found}}


def icon_pictures(found, barred, rng, scale):
    """(source, importance, picture, captions) of icons over white, over colours, and with their hue turned."""
    for icon in found:
        weight = icons.IMPORTANCE.get(icon.group, 1)
        often = (.5 if icon.group == "People & Body" else 1) * scale
        flip = lambda: icon.may_flip and rng.random() < .3
        words = [k for k in icon.keywords if k and k not in icon.name][:4]
        named = [f"{icon.name} icon", icon.name, f"{icon.name} emoji", f"icon of {icon.name}"]
        for _ in range(round(4 * often)):
            key = [f"{rng.choice(words)} {icon.name.split(' ')[-1]} icon"] if words and rng.random() < .5 else [named[rng.integers(1, 4)]]
            yield "icon", weight, icons.compose(icon.rgba, (1, 1, 1), rng, flip()), [named[0], f"{icon.name} icon on a white background" if rng.random() < .3 else named[0], *key]
        for word in rng.permutation(colours.NAMES)[:round(9 * often)]:
            if ("background", icon.name, word) not in barred:
                yield "icon on colour", weight, icons.compose(icon.rgba, colours.draw(rng, word), rng, flip()), [
                    f"{icon.name} icon on a {word} background", f"{icon.name} on {word}", f"{icon.name} icon on {word}"]
        if icon.recolourable:
            name = plain_name(icon)
            for word in rng.permutation(colours.HUES)[:round(8 * often)]:
                if ("coloured", name, word) not in barred:
                    yield "icon in colour", weight, icons.compose(icons.turned(icon, word), (1, 1, 1), rng, flip()), [
                        f"{word} {name} icon", f"{word} {name}", f"{word} {name} icon on a white background"]


def pattern_pictures(barred, rng, scale):
    for kind, (_, count, templates, weight) in patterns.KINDS.items():
        for _ in range(round(370 * weight * scale)):
            words = colours.pair(rng)[:count]
            if ("pattern", kind, tuple(sorted(words))) not in barred:
                chosen = dict(zip("ab", words))
                yield "pattern", 1, patterns.render(kind, words, rng), [templates[k % len(templates)].format(**chosen) for k in range(3)]
    for name in patterns.SCENES:
        for _ in range(round(60 * scale)):
            yield "scene", 1, patterns.scene(name, rng), [name, name, name.replace("gradient", "background")]
    for _ in range(round(120 * scale)):
        yield "scene", 1, patterns.scene("night sky gradient", rng, True), ["starry night sky", "night sky with stars", "starry night sky background"]


def sprite_pictures(data, rng, scale):
    for caption, rgba, tile in icons.sprites(data):
        for _ in range(max(1, round(2 * scale))):
            dark = not tile and rng.random() < .4
            place = " on black" if dark else ""
            picture = icons.compose(rgba, (.05, .05, .06) if dark else (1, 1, 1), rng, not tile and rng.random() < .3)
            yield "sprite", 1, picture, [f"pixel art sprite of {caption}{place}", f"pixel art {caption}{place}", f"{caption} pixel art sprite{place}"]


def photo_pictures(data, rng, scale):
    for caption, px in icons.photos(data):
        for _ in range(round(20 * scale)):
            side = rng.integers(64, min(px.shape[:2]) + 1)
            y, x = rng.integers(0, px.shape[0] - side + 1), rng.integers(0, px.shape[1] - side + 1)
            crop = icons.cv2.resize(px[y:y + side, x:x + side], (icons.SIZE, icons.SIZE), interpolation=icons.cv2.INTER_AREA)
            yield "photo", 1, crop[:, ::-1] if rng.random() < .5 else crop, [f"photo of {caption}", caption, f"photo of {caption}"]


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", default=str(DEFAULT_DATA))
    ap.add_argument("--work", default=str(HERE / ".runs"))
    ap.add_argument("--scale", type=float, default=1, help="pictures of each thing, relative to the plan for CPU")
    a = ap.parse_args()
    work = pathlib.Path(a.work)
    work.mkdir(parents=True, exist_ok=True)
    if (work / "captions.json").exists():
        return
    rng = np.random.default_rng(SEED)
    found = icons.icons(a.data)
    table = by_plain_name(found)
    held = heldout.load()
    barred = {heldout.key_of(item) for item in held}
    pictures, captions, source, importance = [], [], [], []
    for drawn in (icon_pictures(found, barred, rng, a.scale), pattern_pictures(barred, rng, a.scale),
                  sprite_pictures(a.data, rng, a.scale), photo_pictures(a.data, rng, a.scale)):
        for name, weight, picture, texts in drawn:
            pictures.append(picture)
            captions.append(texts)
            source.append(SOURCES.index(name))
            importance.append(weight)
    unseen = {item["caption"] for item in held}
    leaked = unseen & {t for texts in captions for t in texts}
    if leaked:
        raise SystemExit(f"held-out captions occur in training: {sorted(leaked)}")
    tokenizer = bpe.Tokenizer(bpe.learn([t for texts in captions for t in texts], MERGES))
    tokenizer.save(work / "tokenizer")
    known = {}
    for texts in captions:
        for t in texts:
            known.setdefault(t, tokenizer.encode(t, CAPTION_LENGTH))
    np.save(work / "tokens.npy", np.array([[known[t] for t in texts] for texts in captions], np.int16))
    np.save(work / "source.npy", np.array(source, np.uint8))
    np.save(work / "importance.npy", np.array(importance, np.float32))
    np.save(work / "pictures.npy", np.stack(pictures))
    np.save(work / "heldout.npy", np.stack([[heldout.render(item, table, rng) for _ in range(4)] for item in held]))
    (work / "captions.json").write_text(json.dumps(captions))
    print(len(pictures), "pictures;", len(known), "captions;", len(tokenizer.ids), "symbols;", np.bincount(source, minlength=len(SOURCES)))


if __name__ == "__main__":
    main()
