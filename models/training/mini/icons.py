"""Named icons with alpha (Noto Emoji), small sprites with captions, and captioned photographs, as pictures of SIZE px."""
import dataclasses
import json
import pathlib
import re
import zipfile

import cv2
import numpy as np

import colours

SIZE = 64
ICON, SPRITE = 60, 32  # sides of an icon and of a sprite; sprites are shown twice as large
# Groups whose pictures hold letters, digits, arrows or clock hands, which a mirror would make wrong.
NEVER_FLIPPED = ("Symbols", "Flags", "Component")
# How often icons of a group are trained on, relative to the others: variants of persons, and signs with letters, are many.
IMPORTANCE = {"People & Body": .6, "Symbols": .35, "Flags": .35, "Component": .35}
ONE_SIDED = re.compile(r"left|right|clock|o'clock|button|letter|sign|number|dollar|pound|yen|euro|calendar|map|abc|abcd|memo|receipt|keyboard|arrow|moon|quarter")


@dataclasses.dataclass
class Icon:
    """RGBA in 0..1 [ICON, ICON, 4], colour premultiplied by alpha."""
    file: str
    name: str
    group: str
    keywords: list
    rgba: np.ndarray
    hue: float  # degrees, of its saturated pixels
    recolourable: bool  # nearly all of its colour has one hue, so that turning the hue gives an honest picture

    @property
    def may_flip(self):
        return self.group not in NEVER_FLIPPED and not ONE_SIDED.search(self.name)


def clean(text):
    """Captions hold lower-case words, digits and simple punctuation."""
    text = text.lower().replace("’", "'").replace("“", "").replace("”", "").replace("_", " ").replace("-", " ")
    return re.sub(r"\s+", " ", re.sub(r"[:,()!?.]", " ", text)).strip()


def decode(data):
    """PNG bytes to RGBA in 0..1."""
    px = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if px.ndim == 2:
        px = cv2.cvtColor(px, cv2.COLOR_GRAY2BGR)
    px = cv2.cvtColor(px, cv2.COLOR_BGRA2RGBA if px.shape[2] == 4 else cv2.COLOR_BGR2RGBA)
    return px.astype(np.float32) / 255


def hue_of(rgba):
    """(Mean hue in degrees, its concentration 0..1, share of opaque area that is saturated)."""
    hsv = cv2.cvtColor(rgba[..., :3], cv2.COLOR_RGB2HSV)
    opaque = rgba[..., 3] > .5
    vivid = opaque & (hsv[..., 1] > .3) & (hsv[..., 2] > .2)
    if vivid.sum() < 30:
        return 0.0, 0.0, 0.0
    angle = np.deg2rad(hsv[..., 0][vivid])
    s, c = np.sin(angle).mean(), np.cos(angle).mean()
    return float(np.rad2deg(np.arctan2(s, c)) % 360), float(np.hypot(s, c)), float(vivid.sum() / opaque.sum())


def icons(data):
    """All icons, in the set's order."""
    folder = pathlib.Path(data) / "emoji_noto"
    found = []
    with zipfile.ZipFile(folder / "png128.zip") as z:
        inside = {pathlib.PurePath(n).name: n for n in z.namelist()}
        for line in open(folder / "emoji.jsonl"):
            r = json.loads(line)
            rgba = decode(z.read(inside[pathlib.PurePath(r["file"]).name]))
            hue, concentration, share = hue_of(rgba)
            rgba[..., :3] *= rgba[..., 3:]
            found.append(Icon(r["file"], clean(r["name"]), r["group"], [clean(k) for k in r["keywords"]],
                              cv2.resize(rgba, (ICON, ICON), interpolation=cv2.INTER_AREA), hue,
                              concentration > .93 and share > .5 and r["group"] not in ("People & Body", "Flags", "Component")))
    return found


def turned(icon, word):
    """The icon's pixels with its hue turned to the colour word's."""
    alpha = np.maximum(icon.rgba[..., 3:], 1e-3)
    hsv = cv2.cvtColor(np.clip(icon.rgba[..., :3] / alpha, 0, 1), cv2.COLOR_RGB2HSV)
    hue, _, saturation, value = colours.WORDS[word]
    hsv[..., 0] = (hsv[..., 0] + hue - icon.hue) % 360
    vivid = hsv[..., 1] > .12
    strength = np.mean(saturation) / max(.2, float(np.median(hsv[..., 1][vivid & (icon.rgba[..., 3] > .5)])))
    hsv[..., 1] = np.clip(hsv[..., 1] * min(1.3, strength), 0, 1)
    brightness = np.mean(value) / max(.2, float(np.median(hsv[..., 2][vivid & (icon.rgba[..., 3] > .5)])))
    hsv[..., 2] = np.where(vivid, np.clip(hsv[..., 2] * np.clip(brightness, .7, 1.25), 0, 1), hsv[..., 2])
    return np.concatenate([cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * alpha, icon.rgba[..., 3:]], -1)


def compose(rgba, background, rng, flip):
    """Premultiplied pixels over a plain colour, moved by up to 2 px: uint8 [SIZE, SIZE, 3]."""
    if flip:
        rgba = rgba[:, ::-1]
    out = np.broadcast_to(np.asarray(background, np.float32), (SIZE, SIZE, 3)).copy()
    side = rgba.shape[0]
    y, x = (int(np.clip((SIZE - side) // 2 + rng.integers(-2, 3), 0, SIZE - side)) for _ in range(2))
    region = out[y:y + side, x:x + side]
    region *= 1 - rgba[..., 3:]
    region += rgba[..., :3]
    return np.clip(np.round(out * 255), 0, 255).astype(np.uint8)


# Which sprites are pictures of things by themselves, and how their captions end.
SPRITE_KINDS = (("monster", "tentacles", None), ("monster", "", "monster"), ("item", "brands", None), ("item", "", None),
                ("dungeon", "floor", "floor tile"), ("dungeon", "wall", "wall tile"), ("dungeon", "altars", "altar"),
                ("dungeon", "statues", "statue"), ("dungeon", "gateways", "gateway"), ("dungeon", "trees", ""), ("dungeon", "doors", ""),
                ("dungeon", "shops", "shop"), ("interface icon", "spells", "spell"), ("interface icon", "skills", "skill"))


def sprite_caption(record):
    """What the sprite shows, or None for parts of pictures (equipment overlays, blood, cursors)."""
    name = re.sub(r"\b\d+\b|\d+$", "", clean(record["name"]))
    name = re.sub(r"^(urand|i|draco) ", "", re.sub(r"\s+", " ", name).strip())
    if len(name) < 3:
        return None
    for category, part, ending in SPRITE_KINDS:
        if record["category"] == category and part in record["subcategory"]:
            if category == "item":
                ending = clean(record["subcategory"]).split(" ")[0]
                ending = "" if ending in ("misc", "") else ending
            elif part == "tentacles":
                return None
            return f"{name} {ending}".strip() if ending and ending not in name else name
    return None


def sprites(data):
    """(caption, premultiplied RGBA [2 SPRITE, 2 SPRITE, 4]) of every sprite that shows a thing, and whether it is a tile."""
    folder = pathlib.Path(data) / "sprites_crawl"
    with zipfile.ZipFile(folder / "sprites32.zip") as z:
        inside = {n.split("sprites32/")[-1]: n for n in z.namelist()}
        for line in open(folder / "sprites.jsonl"):
            r = json.loads(line)
            caption = sprite_caption(r)
            if caption is None:
                continue
            name = inside.get(r["file"]) or next(n for n in inside.values() if n.endswith(r["file"]))
            rgba = decode(z.read(name))
            rgba[..., :3] *= rgba[..., 3:]
            if rgba[..., 3].mean() > .08:
                yield caption, rgba.repeat(2, 0).repeat(2, 1), caption.endswith("tile")


def photos(data):
    """(caption, RGB uint8 [h, w, 3], the shorter side 96 px) of every captioned whole photograph."""
    folder = pathlib.Path(data) / "photos"
    for line in open(folder / "photos.jsonl"):
        r = json.loads(line)
        if r["kind"] == "whole":
            px = cv2.imdecode(np.frombuffer((folder / r["file"]).read_bytes(), np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
            k = 96 / min(px.shape[:2])
            yield clean(r["caption"]), cv2.resize(np.ascontiguousarray(px), (round(px.shape[1] * k), round(px.shape[0] * k)), interpolation=cv2.INTER_AREA)
