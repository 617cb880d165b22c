"""CLIP's byte-pair tokenizer after openai/CLIP simple_tokenizer.py: learning a small vocabulary, writing its files, reading it back."""
import collections
import json
import re

START, END = "<|startoftext|>", "<|endoftext|>"
# As published, with Unicode classes spelt for ASCII letters and digits, which is all the test prompts have.
PATTERN = re.compile(r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[a-z]+|[0-9]|[^\sa-z0-9]+", re.I)


def byte_symbols():
    """GPT-2's table: printable bytes stand for themselves, the others for code points from 256 on; '!' comes first."""
    kept = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAC + 1), *range(0xAE, 0xFF + 1)]
    rest = [b for b in range(256) if b not in kept]
    return {b: chr(b) for b in kept} | {b: chr(256 + i) for i, b in enumerate(rest)}


SYMBOLS = byte_symbols()


def words_of(text):
    return PATTERN.findall(re.sub(r"\s+", " ", text).strip().lower())


def merge(parts, pair):
    out, i = [], 0
    while i < len(parts):
        if tuple(parts[i : i + 2]) == pair:
            out.append(parts[i] + parts[i + 1])
            i += 2
        else:
            out.append(parts[i])
            i += 1
    return out


def start_of(word):
    symbols = [SYMBOLS[b] for b in word.encode()]
    return [*symbols[:-1], symbols[-1] + "</w>"]


def learn(corpus, count):
    words, merges = collections.Counter(words_of(corpus)), []
    parts = {word: start_of(word) for word in words}
    while len(merges) < count:
        pairs = collections.Counter()
        for word, symbols in parts.items():
            for pair in zip(symbols, symbols[1:]):
                pairs[pair] += words[word]
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        parts = {word: merge(symbols, best) for word, symbols in parts.items()}
    return merges


class Tokenizer:
    def __init__(self, merges):
        singles = list(SYMBOLS.values())
        self.merges = merges
        self.ranks = {pair: rank for rank, pair in enumerate(merges)}
        names = [*singles, *(s + "</w>" for s in singles), *("".join(pair) for pair in merges), START, END]
        self.vocab = {name: i for i, name in enumerate(names)}
        self.start, self.end = self.vocab[START], self.vocab[END]

    def __len__(self):
        return len(self.vocab)

    def ids(self, text):
        """Without start and end."""
        out = []
        for word in words_of(text):
            parts = start_of(word)
            while len(parts) > 1:
                pair = min(zip(parts, parts[1:]), key=lambda p: self.ranks.get(p, 1e9))
                if pair not in self.ranks:
                    break
                parts = merge(parts, pair)
            out += [self.vocab[part] for part in parts]
        return out

    def fast(self):
        """tokenizer.json of CLIPTokenizerFast."""
        special = [{"id": self.vocab[name], "content": name, "single_word": False, "lstrip": False, "rstrip": False, "normalized": name == START, "special": True} for name in (START, END)]
        pattern = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
        return {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": special,
            "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "}, {"type": "Lowercase"}]},
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Removed", "invert": True}, {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}]},
            "post_processor": {"type": "RobertaProcessing", "sep": [END, self.end], "cls": [START, self.start], "trim_offsets": False, "add_prefix_space": False},
            "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True},
            "model": {"type": "BPE", "dropout": None, "unk_token": END, "continuing_subword_prefix": "", "end_of_word_suffix": "</w>", "fuse_unk": False, "vocab": self.vocab, "merges": [" ".join(pair) for pair in self.merges]},
        }

    def write(self, folder, pad, pad_elsewhere=None, pad_object=False, length=77, fast=True):
        """pad: special_tokens_map's; pad_elsewhere: what tokenizer_config.json claims instead, as SD 2.x packs do."""
        folder.mkdir(parents=True, exist_ok=True)

        def token(content):
            return {"content": content, "lstrip": False, "normalized": content == START, "rstrip": False, "single_word": False}

        special = {"bos_token": token(START), "eos_token": token(END), "pad_token": token(pad) if pad_object else pad, "unk_token": token(END)}
        config = {
            "add_prefix_space": False,
            "bos_token": {"__type": "AddedToken", **token(START)},
            "do_lower_case": True,
            "eos_token": {"__type": "AddedToken", **token(END)},
            "errors": "replace",
            "model_max_length": length,
            "name_or_path": "openai/clip-vit-large-patch14",
            "pad_token": pad_elsewhere or pad,
            "special_tokens_map_file": "./special_tokens_map.json",
            "tokenizer_class": "CLIPTokenizer",
            "unk_token": {"__type": "AddedToken", **token(END)},
        }
        (folder / "vocab.json").write_text(json.dumps(self.vocab, ensure_ascii=True, separators=(",", ":")))
        (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in self.merges))
        (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
        (folder / "special_tokens_map.json").write_text(json.dumps(special, indent=2) + "\n")
        if fast:
            (folder / "tokenizer.json").write_text(json.dumps(self.fast(), ensure_ascii=True, separators=(",", ":")))
