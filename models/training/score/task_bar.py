"""Training of the bar VAE (MusicVAE's job, arXiv:1803.05428) on bars of chorales and songs."""
import numpy as np
import torch

import grids
import model

RATE, BATCH = 1.2e-3, 64
STEPS = 16
CONDITIONS = [17]  # place
BETA, FREE, WARM_UP = .12, .05, 800  # weight of the divergence, nats of a dimension that are free, steps until the full weight
CHORALES_SHARE = .35


def network(**changes):
    return model.BarVae(grids.TOKENS, grids.VOICES, CONDITIONS, **changes)


def bars_of(piece):
    """[(tokens [16, 4])] of a grid's bars; a shorter bar ends in silence, a longer one is left out."""
    starts = [0, *(np.flatnonzero(np.diff(piece["place"]) < 0) + 1), len(piece["tokens"])]
    found = []
    for a, b in zip(starts, starts[1:]):
        tokens = piece["tokens"][a:b]
        if b - a <= STEPS and (tokens > 0).any():
            found.append(np.pad(tokens, ((0, STEPS - (b - a)), (0, 0))))
    return found


def decoder_inputs(tokens):
    """Events before each, and places, of bars [batch, 16, 4]."""
    start = torch.full_like(tokens[:, :1], grids.TOKENS)
    return torch.cat([start, tokens[:, :-1]], 1), torch.arange(STEPS).expand(len(tokens), -1).unsqueeze(-1)


@torch.no_grad()
def greedy(decoder, latent):
    """The likeliest tokens [batch, 16, 4], one after another, from latents alone."""
    tokens = torch.zeros(len(latent), 0, grids.VOICES, dtype=torch.long)
    for step in range(STEPS):
        before = torch.cat([torch.full((len(latent), 1, grids.VOICES), grids.TOKENS), tokens], 1)
        places = torch.arange(step + 1).expand(len(latent), -1).unsqueeze(-1)
        hidden = decoder.hidden(before, places, latent)[:, -1]
        event = torch.full((len(latent), grids.VOICES), grids.TOKENS)
        for voice, out in enumerate(decoder.head):
            event[:, voice] = out(decoder.decided(hidden, model.summed(decoder.chosen, event))).argmax(-1)
        tokens = torch.cat([tokens, event.unsqueeze(1)], 1)
    return tokens


class Task:
    def __init__(self, data):
        self.bars = {}
        for split, by_corpus in grids.load(data).items():
            for corpus, pieces in by_corpus.items():
                self.bars[split, corpus] = [(bar, piece["range"]) for piece in pieces for bar in bars_of(piece)]
        self.step = 0

    def batch(self, rng):
        rows = []
        for _ in range(BATCH):
            bars = self.bars["train", "chorale" if rng.random() < CHORALES_SHARE else "song"]
            bar, (down, up) = bars[int(rng.integers(len(bars)))]
            rows.append(grids.transposed(bar, int(rng.integers(down, up + 1)) if up >= down else 0))
        return torch.from_numpy(np.stack(rows))

    def loss(self, net, tokens):
        self.step += 1
        nats, divergence = net(tokens, *decoder_inputs(tokens))
        beta = BETA * min(1, self.step / WARM_UP)
        return (nats.sum() / len(tokens) + beta * divergence.mean(0).clamp(min=FREE).sum()) / (STEPS * grids.VOICES)

    def score(self, net, split, corpus, most):
        """Over `most` bars spread over the set: nats per token at the posterior's mean, divergence of a bar, and the share of
        tokens and of sounding pitches that greedy decoding of the mean brings back, without any of them being told."""
        bars = self.bars[split, corpus]
        chosen = [bars[i][0] for i in np.linspace(0, len(bars) - 1, min(most, len(bars))).astype(int)]
        nats, divergence, right, pitch, sounding, count = 0.0, 0.0, 0, 0, 0, 0
        with torch.no_grad():
            for i in range(0, len(chosen), 128):
                tokens = torch.from_numpy(np.stack(chosen[i:i + 128]))
                found, apart = net(tokens, *decoder_inputs(tokens))
                again = greedy(net.decoder, net.encoder(tokens)[0])
                nats, divergence, count = nats + float(found.sum()), divergence + float(apart.sum()), count + len(tokens)
                right += int((again == tokens).sum())
                heard = tokens > 0
                pitch += int(((again - 1) % grids.PITCHES == (tokens - 1) % grids.PITCHES)[heard & (again > 0)].sum())
                sounding += int(heard.sum())
        cells = count * STEPS * grids.VOICES
        return {"nats": nats / cells, "divergence": divergence / count, "right": right / cells, "pitch": pitch / sounding}

    def validate(self, net):
        found = {corpus: self.score(net, "valid", corpus, 256) for corpus in ("chorale", "song")}
        value = sum(1 - f["right"] + BETA * f["divergence"] / (STEPS * grids.VOICES) for f in found.values()) / 2
        return {"validation": value, **{f"{name}_{corpus}": v for corpus, f in found.items() for name, v in f.items()}}
