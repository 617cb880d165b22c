"""Export a checkpoint into the pack and measure it through Kiln's own pipeline (e2e/evaluate/style.ts).

    python3 evaluate.py [--checkpoint .runs/main/last.pt] [--sheet contact-sheet.jpg]
"""
import argparse
import subprocess
import sys

import data

ROOT = data.ROOT


def main(argv=None):
    ap = argparse.ArgumentParser()
    ap.add_argument("--checkpoint", default=str(data.HERE / ".runs" / "main" / "last.pt"))
    ap.add_argument("--data", default=str(data.DEFAULT_DATA))
    ap.add_argument("--sheet", default=str(ROOT / "models" / "packs" / "kiln-style" / "contact-sheet.jpg"))
    a = ap.parse_args(argv)
    subprocess.run([sys.executable, str(data.HERE / "export.py"), "--checkpoint", a.checkpoint], check=True)
    subprocess.run(["node", "electron/launch/run.mjs", "e2e/evaluate/style.ts", a.sheet], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
