"""Write models/components/texture-fields.golden.json: fields of a small tile from noise that any language can repeat.

    python3 check_fields.py

The noise of value i (counted over all levels, channels, rows) is 1.8 sin(1.37 i + (i mod 7)). The test beside
texture-fields.ts holds its fields to these numbers.
"""
import json

import numpy as np

import data
import textures

SIZE = 64


def main():
    count, levels = 0, []
    for c, s in zip(textures.CHANNELS, textures.STRIDES):
        shape = (c, SIZE // s, SIZE // s)
        i = np.arange(count, count + int(np.prod(shape)), dtype=np.float64)
        levels.append((1.8 * np.sin(1.37 * i + i % 7)).astype(np.float32).reshape(shape))
        count += len(i)
    fields = textures.Field(levels, SIZE, SIZE).channels()
    places = [(int(y), int(x)) for y, x in np.random.default_rng(1).integers(0, SIZE, (40, 2))] + [(0, 0), (63, 63), (0, 63)]
    golden = {"sizePx": SIZE, "places": places, "values": [[round(float(f[y, x]), 5) for y, x in places] for f in fields]}
    (data.ROOT / "models" / "components" / "texture-fields.golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
