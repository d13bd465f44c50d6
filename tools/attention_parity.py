"""Holds the figures of `parallelcomp analyze` to transformers' own attention, for the bundled model and graph `pcw`.

    parallelcomp analyze book.txt --question "$Q" --prompt raw --output attention.json
    python3 tools/attention_parity.py attention.json book.txt "$Q"

Every chunk is run by transformers with the question behind it, then the question alone behind the chunks' joined
caches; zones, evenness, largest entry, share of the document and peaks of every head are computed again in numpy.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from goldens import tiny
from transformers import DynamicCache

MODEL = Path(__file__).parents[1] / "models" / "tiny" / "tiny-q8_0.gguf"
BOS = 0
NAMES = ("sink", "middle", "recent", "evenness", "top", "share", "peaks")


def compare(analysis: dict, document: str, question: str) -> dict[str, float]:
    """The largest difference of every figure over both views and all heads."""
    model, tokenizer = tiny.load(MODEL)

    def encode(text: str) -> list[int]:
        return tokenizer.encode(text, add_special_tokens=False).ids

    rows = analysis["rows"]
    ids, tail = encode(document), encode("\n\n" + question)
    chunks = [[BOS, *part] for part in even(ids, analysis["documentChunks"])]
    local, caches = [], []
    for chunk in chunks:
        out = attend(model, chunk + tail)
        local.append([weights(a[0], rows, len(chunk)) for a in out.attentions])
        caches.append([(layer.keys[:, :, : len(chunk)], layer.values[:, :, : len(chunk)]) for layer in out.past_key_values.layers])
    joined, entries = join(caches)
    out = attend(model, tail, joined, max(map(len, chunks)))
    merged = [weights(a[0], rows, entries) for a in out.attentions]
    lengths = [len(chunk) - (i > 0) for i, chunk in enumerate(chunks)]
    ends = np.cumsum(lengths)
    segments = list(zip(ends - lengths, ends))
    worst = dict.fromkeys(NAMES, 0.0)
    for head in analysis["local"]["heads"]:
        figures = [measure(*pick(of, head), [(0, len(chunk))]) for of, chunk in zip(local, chunks)]
        note(worst, head, np.mean(figures, 0))
    for head in analysis["merged"]["heads"]:
        note(worst, head, measure(*pick(merged, head), segments))
    return worst


def even(ids: list[int], parts: int) -> list[list[int]]:
    """Even parts, the longer ones first."""
    base, more = divmod(len(ids), parts)
    borders = np.cumsum([0] + [base + (i < more) for i in range(parts)])
    return [ids[a:b] for a, b in zip(borders, borders[1:])]


@torch.no_grad()
def attend(model, ids: list[int], past=None, start: int = 0):
    """One pass of transformers with its attention shown."""
    positions = torch.arange(start, start + len(ids))[None]
    return model(torch.tensor([ids]), past_key_values=past, position_ids=positions, use_cache=True, output_attentions=True)


def join(caches: list) -> tuple[DynamicCache, int]:
    """The chunks' caches one behind the other; only the first keeps its first token."""
    joined = DynamicCache()
    for layer in range(len(caches[0])):
        keys, values = (
            torch.cat([cache[layer][which][:, :, int(i > 0) :] for i, cache in enumerate(caches)], 2) for which in (0, 1)
        )
        joined.update(keys, values, layer)
    return joined, joined.get_seq_length()


def weights(attention: torch.Tensor, rows: int, entries: int) -> tuple[np.ndarray, np.ndarray]:
    """Of the last rows, each brought to a sum of 1 over the entries: the mean, and what the entries got at all."""
    own = attention[:, -rows:, :entries].double()  # [heads, rows, entries]
    sums = own.sum(-1, keepdim=True)
    return (own / sums).mean(1).numpy(), sums.mean((1, 2)).numpy()


def pick(layers: list, head: dict) -> tuple[np.ndarray, float]:
    """One head's mean and share."""
    p, share = layers[head["layer"]]
    return p[head["head"]], share[head["head"]]


def measure(p: np.ndarray, share: float, segments: list) -> list[float]:
    """The figures of one head, in the order of NAMES."""
    zones = np.zeros(3)
    for a, b in segments:
        zone = min(100, (b - a) // 10)
        zones += [p[a : a + zone].sum(), p[a + zone : b - zone].sum(), p[b - zone : b].sum()]
    held = p[p > 0]
    evenness = -(held * np.log(held)).sum() / np.log(len(p))
    return [*zones, evenness, p.max(), share, np.mean(peaks(p, segments))]


def peaks(p: np.ndarray, segments: list) -> list[int]:
    """Entries that are the first largest within seven and hold five times the median of the max-pool."""
    pools = [np.array([p[max(a, i - 3) : min(b, i + 4)].max() for i in range(a, b)]) for a, b in segments]
    least = 5 * np.median(np.concatenate(pools))
    return [
        sum(p[i] == pool[i - a] >= least and p[i] not in p[max(a, i - 3) : i] for i in range(a, b))
        for (a, b), pool in zip(segments, pools)
    ]


def note(worst: dict[str, float], head: dict, figures: np.ndarray) -> None:
    """Keeps the largest difference of every figure."""
    for name, figure in zip(NAMES, figures):
        worst[name] = max(worst[name], abs(figure - head[name]))


if __name__ == "__main__":
    found = compare(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]).read_text(), sys.argv[3])
    for name, difference in found.items():
        print(f"{name:10} {difference:.2e}")
    sys.exit(0 if max(found.values()) < 1e-4 else 1)
