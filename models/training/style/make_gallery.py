"""Make models/styles: the shipped gallery, small JPEGs of the public-domain paintings and a few details of them.

    python3 make_gallery.py [--data ../shared/data]
"""
import argparse
import json
import pathlib

import cv2

import data

SIDE, QUALITY = 512, 84
LICENCE = "Public domain (Public Domain Mark 1.0)"
# id -> (painting, name, left, top, width, height as shares of the picture): where brushwork is clearest.
DETAILS = {
    "starry-night-sky": ("van_gogh_starry_night", "The Starry Night (the sky)", .18, .08, .48, .46),
    "wheat-field-sky": ("van_gogh_wheat_field_with_cypresses", "Wheat Field with Cypresses (the sky)", .05, .02, .6, .42),
    "shipwreck-sea": ("turner_shipwreck_of_the_minotaur", "The Wreck of a Transport Ship (the sea)", .3, .42, .6, .55),
}


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--data", default=str(data.DEFAULT_DATA))
    a = ap.parse_args()
    source, out = pathlib.Path(a.data) / "paintings_style", data.ROOT / "models" / "styles"
    out.mkdir(parents=True, exist_ok=True)
    works, styles = {pathlib.Path(w["file"]).stem: w for w in json.loads((source / "paintings.json").read_text())}, []

    def put(name, img, work, title, detail_of):
        k = min(1, SIDE / max(img.shape[:2]))
        small = cv2.resize(img, None, fx=k, fy=k, interpolation=cv2.INTER_AREA) if k < 1 else img
        path = out / f"{name}.jpg"
        cv2.imwrite(str(path), small[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        styles.append({"id": name, "file": path.name, "title": title, "artist": work["artist"], "year": str(work["year"]),
                       "licence": LICENCE, "width": small.shape[1], "height": small.shape[0], "detailOf": detail_of})

    for stem, work in works.items():
        put(stem.replace("_", "-"), data.read_rgb(source / work["file"]), work, work["title"], None)
    for name, (stem, title, x, y, w, h) in DETAILS.items():
        img = data.read_rgb(source / works[stem]["file"])
        rows, columns = img.shape[:2]
        part = img[int(y * rows):int((y + h) * rows), int(x * columns):int((x + w) * columns)]
        put(name, part, works[stem], title, stem.replace("_", "-"))
    (out / "styles.json").write_text(json.dumps({"formatVersion": 1, "styles": styles}, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
