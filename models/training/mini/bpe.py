"""A small vocabulary in CLIP's byte-pair format: 256 byte symbols, the same 256 ending a word (`</w>`), merges, and the two
markers last. Training, encoding as openai/CLIP's simple_tokenizer.py does it, and the tokenizer folder of a pack."""
import collections
import json
import pathlib
import re

BOS, EOS = "<|startoftext|>", "<|endoftext|>"
LENGTH = 77
# Captions are lower-case ASCII; this is CLIP's pattern for such text.
PATTERN = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|[^\s\w]+|_+")


def byte_symbols():
    """GPT-2's printable character for each byte, in CLIP's order of the vocabulary."""
    kept = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [b for b in range(256) if b not in kept]
    return {**{b: chr(b) for b in kept}, **{b: chr(256 + k) for k, b in enumerate(others)}}


BYTES = byte_symbols()


def split(word):
    """A word's symbols before any merge."""
    symbols = [BYTES[b] for b in word.encode()]
    return (*symbols[:-1], symbols[-1] + "</w>")


def join(symbols, pair):
    """Every occurrence of the pair becomes one symbol."""
    out, i = [], 0
    while i < len(symbols):
        if i + 1 < len(symbols) and (symbols[i], symbols[i + 1]) == pair:
            out.append(pair[0] + pair[1])
            i += 2
        else:
            out.append(symbols[i])
            i += 1
    return tuple(out)


def learn(captions, merges):
    """The `merges` most useful pairs, commonest first; ties go to the alphabetically first, so that the result is stable."""
    words = collections.Counter(w for c in captions for w in PATTERN.findall(c))
    spelled = {w: split(w) for w in words}
    pairs, where = collections.Counter(), collections.defaultdict(set)
    for w, n in words.items():
        for p in zip(spelled[w], spelled[w][1:]):
            pairs[p] += n
            where[p].add(w)
    learnt = []
    while len(learnt) < merges and pairs:
        best, count = max(pairs.items(), key=lambda kv: (kv[1], [-ord(ch) for ch in "".join(kv[0])]))
        if count < 1:
            break
        learnt.append(best)
        for w in list(where[best]):
            old = spelled[w]
            for p in zip(old, old[1:]):
                pairs[p] -= words[w]
                if pairs[p] <= 0:
                    del pairs[p]
            spelled[w] = join(old, best)
            for p in zip(spelled[w], spelled[w][1:]):
                pairs[p] += words[w]
                where[p].add(w)
    return learnt


class Tokenizer:
    """Text to ids: BOS, the words' symbols, EOS."""

    def __init__(self, merges):
        self.merges = [tuple(m) for m in merges]
        self.ranks = {m: k for k, m in enumerate(self.merges)}
        symbols = [*BYTES.values(), *(s + "</w>" for s in BYTES.values()), *(a + b for a, b in self.merges), BOS, EOS]
        self.ids = {s: k for k, s in enumerate(symbols)}
        self.bos, self.eos = self.ids[BOS], self.ids[EOS]
        self.known = {}

    def word(self, w):
        if w not in self.known:
            symbols = split(w)
            while len(symbols) > 1:
                pair = min(zip(symbols, symbols[1:]), key=lambda p: self.ranks.get(p, 1e9))
                if pair not in self.ranks:
                    break
                symbols = join(symbols, pair)
            self.known[w] = [self.ids[s] for s in symbols]
        return self.known[w]

    def encode(self, text, length):
        """Ids [length], cut to keep EOS and filled up with EOS."""
        ids = [i for w in PATTERN.findall(text.lower()) for i in self.word(w)][:length - 2]
        ids = [self.bos, *ids, self.eos]
        return ids + [self.eos] * (length - len(ids))

    def save(self, folder):
        """vocab.json, merges.txt, tokenizer_config.json and special_tokens_map.json as transformers' CLIPTokenizer writes them."""
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "vocab.json").write_text(json.dumps(self.ids, ensure_ascii=False) + "\n")
        (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(f"{a} {b}" for a, b in self.merges) + "\n")
        marker = lambda content, special: {"content": content, "lstrip": False, "normalized": special, "rstrip": False, "single_word": False}
        markers = {"bos_token": marker(BOS, True), "eos_token": marker(EOS, True), "pad_token": EOS, "unk_token": marker(EOS, True)}
        (folder / "special_tokens_map.json").write_text(json.dumps(markers, indent=2) + "\n")
        config = {"add_prefix_space": False, "bos_token": {"__type": "AddedToken", **marker(BOS, True)}, "do_lower_case": True,
                  "eos_token": {"__type": "AddedToken", **marker(EOS, True)}, "errors": "replace", "model_max_length": LENGTH,
                  "pad_token": EOS, "tokenizer_class": "CLIPTokenizer", "unk_token": {"__type": "AddedToken", **marker(EOS, True)}}
        (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")

    @staticmethod
    def load(folder):
        lines = (pathlib.Path(folder) / "merges.txt").read_text().split("\n")[1:]
        return Tokenizer([line.split(" ") for line in lines if line])
