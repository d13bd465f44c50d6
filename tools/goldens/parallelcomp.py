"""ParallelComp in plain torch, as this project fixes what the paper and its code leave open.

Chunks. budget = window - lead - tail - max_new tokens; ceil(N / budget) chunks whose sizes differ by at most one,
longer ones first. Every chunk is prefilled as lead + chunk + tail from position 0; only lead + chunk is cached.

Score. Mean of -log p over the scored tokens of the tail. The lowest scores are kept, the earlier chunk on a tie,
and keep the document's order.

Votes. Softmax over the cache's entries and, causally, the tail's own keys; summed over the last `rows` rows of the
tail (all of them for "question", never more than there are) and over the query heads of a KV group; max-pooled per
layer and KV head over the entries that this head still holds, lead included; then, if shared, the mean over a
layer's KV heads or over all layers and heads that hold the same. Layers with a sliding window hold the entries that a row behind the chunk
can see, and nothing else. A head keeps `keep` entries in all: those of the lead, and the best of
the rest, the smaller index on a tie, in the order of positions.

Calibration. a_j is the mean attention over the last `rows` rows and over the query heads of a KV group, with the same
softmax. An entry of the rule's zone with a_j > lambda is dropped. Zones go by an entry's index j among the `length`
entries that the chunk had before anything was dropped (per "merged": among the merged cache's entries of that head):
sink is j < width; recent is j >= length - width and not sink; middle is the rest; all is everything. Rules read the
same attention and drop the union. Index 0 (BOS) is never dropped. Tail keys are never dropped. Heads may end ragged.

Merge. The first kept chunk keeps its lead, the others lose all of theirs. The tail then starts at the position after
the longest kept chunk, counted with its lead and before anything was dropped.
"""

from dataclasses import dataclass, field, replace
from math import ceil, floor
from typing import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from goldens.llama import Llama, Pass, Past

Keep = list[list[Tensor]]  # layers x kvHeads x [entries], mostly indices of what is kept


@dataclass(frozen=True)
class Prompt:
    """Ids around a chunk; `scored` is a range of the tail."""

    lead: Tensor
    tail: Tensor
    scored: tuple[int, int]


@dataclass(frozen=True)
class Votes:
    """How the attention evictor ranks entries."""

    rows: int | str
    pool: int
    share: str  # none | layer | model
    keep: int


@dataclass(frozen=True)
class Rule:
    """One calibration rule; `layers` are 0-based and inclusive, or `depth` fractions [from, to)."""

    zone: str  # sink | recent | middle | all
    threshold: float
    width: int = 100
    rows: int = 1
    layers: tuple[int, int] | None = None
    depth: tuple[float, float] | None = None

    def range(self, layers: int) -> range:
        """The layers that the rule touches."""
        if self.depth is not None:
            return range(floor(self.depth[0] * layers), ceil(self.depth[1] * layers))
        first, last = self.layers or (0, layers - 1)
        return range(first, last + 1)


@dataclass
class Chunk:
    """One prefilled chunk; `cache` holds lead + tokens whole, `keep` says what is left of it."""

    index: int
    start: int
    tokens: Tensor
    lead: int
    cache: Past
    tail: Pass
    log_probs: Tensor  # [tail rows]
    score: float
    keep: Keep = field(default_factory=list)
    whole: Keep = field(default_factory=list)  # before anything was dropped
    votes: Tensor | None = None  # [layers, kvHeads, entries], -1 where nothing is held
    dropped: list[tuple[int, int, int]] = field(default_factory=list)  # layer, head, entry
    attention: list[float] = field(default_factory=list)  # of the dropped

    @property
    def length(self) -> int:
        """Entries before anything was dropped."""
        return self.lead + len(self.tokens)


@dataclass
class Merged:
    """The kept chunks as one cache."""

    cache: Past
    positions: list[Tensor]  # layers x [kvHeads, entries], -1 where padded
    position: int
    lead: int
    dropped: list[tuple[int, int, int]] = field(default_factory=list)
    attention: list[float] = field(default_factory=list)


def split(ids: Tensor, budget: int) -> list[tuple[int, Tensor]]:
    """Even chunks with their first token's index."""
    count = ceil(len(ids) / budget)
    base, longer = divmod(len(ids), count)
    sizes = [base + (i < longer) for i in range(count)]
    starts = [sum(sizes[:i]) for i in range(count)]
    return [(start, ids[start : start + size]) for start, size in zip(starts, sizes)]


def prefill(model: Llama, prompt: Prompt, index: int, start: int, tokens: Tensor) -> Chunk:
    """Lead + chunk + tail in one pass; the tail's rows are set apart from the cache."""
    lead, rows = len(prompt.lead), len(prompt.tail)
    whole = model.forward(torch.cat([prompt.lead, tokens, prompt.tail]))
    n = lead + len(tokens)
    log_probs = whole.log_probs()[n - 1 : -1].gather(1, prompt.tail[:, None])[:, 0]  # [rows]
    first, last = prompt.scored
    cache = Past(
        [k[:, :n] for k in whole.keys],
        [v[:, :n] for v in whole.values],
        [torch.ones(model.kv_heads, n, dtype=torch.bool) for _ in whole.keys],
        [torch.arange(n).expand(model.kv_heads, n) for _ in whole.keys],
    )
    tail = Pass(
        whole.logits[-rows:],
        [q[:, -rows:] for q in whole.queries],
        [k[:, -rows:] for k in whole.keys],
        [v[:, -rows:] for v in whole.values],
        n,
    )
    everything = [[torch.arange(n - model.held(l, n), n)] * model.kv_heads for l in range(model.layers)]
    score = -log_probs[first:last].double().mean().item()
    return Chunk(index, start, tokens, lead, cache, tail, log_probs, score, everything, everything)


def select(chunks: Sequence[Chunk], count: int, lowest: bool = True) -> list[Chunk]:
    """The `count` best chunks in the document's order; the earlier one wins a tie."""
    ranked = sorted(chunks, key=lambda c: (c.score if lowest else -c.score, c.index))
    return sorted(ranked[:count], key=lambda c: c.index)


def attention_to(model: Llama, past: Past, tail: Pass, rows: int | str) -> Tensor:
    """Attention of the last rows to the entries, summed over rows: [layers, heads, entries]."""
    total = tail.queries[0].shape[1]
    last = total if rows == "question" else min(int(rows), total)
    sums = []
    for layer, (q, k) in enumerate(zip(tail.queries, tail.keys)):
        weights = model.attention(q, k, past, layer, tail.start)  # [heads, rows, entries + rows]
        sums.append(weights[:, total - last :, : -k.shape[1]].sum(1))  # [heads, entries]
    return torch.stack(sums)


def evict(model: Llama, chunk: Chunk, rule: Votes) -> Chunk:
    """Drops what the tail attends to least."""
    mass = attention_to(model, held(chunk), chunk.tail, rule.rows)  # [layers, heads, entries]
    keep, votes = vote(model, mass, chunk.keep, chunk.lead, rule)
    return replace(chunk, keep=keep, votes=votes)


def vote(model: Llama, mass: Tensor, keep: Keep, lead: int, rule: Votes) -> tuple[Keep, Tensor]:
    """Ranks the entries of `keep` and takes the best; `mass` is [layers, heads, entries]."""
    alike = sharing(keep, rule.share)
    grouped = mass.unflatten(1, (-1, model.group)).sum(2)  # [layers, kvHeads, entries]
    votes = torch.full_like(grouped, -1)  # [layers, kvHeads, entries]
    for layer, heads in enumerate(keep):
        for head, held_ids in enumerate(heads):
            pooled = F.max_pool1d(
                grouped[layer, head, held_ids][None, None], rule.pool, 1, rule.pool // 2
            )
            votes[layer, head, held_ids] = pooled[0, 0]  # [held]
    for layers in alike:
        votes[layers] = votes[layers].mean((0, 1), keepdim=True)
    kept = [
        [top(votes[layer, head], held_ids, lead, rule.keep) for head, held_ids in enumerate(heads)]
        for layer, heads in enumerate(keep)
    ]
    return kept, votes


def sharing(keep: Keep, share: str) -> list[list[int]]:
    """Layers that keep the same entries; in the whole model those that held the same, whatever their window."""
    if share == "none":
        return []
    if any(not torch.equal(entries, heads[0]) for heads in keep for entries in heads):
        raise ValueError("heads that hold different entries cannot share what they keep")
    if share == "layer":
        return [[layer] for layer in range(len(keep))]
    alike: dict[int, list[int]] = {}
    for layer, heads in enumerate(keep):
        alike.setdefault(len(heads[0]), []).append(layer)
    return list(alike.values())


def top(votes: Tensor, held_ids: Tensor, lead: int, keep: int) -> Tensor:
    """The held lead entries and the best of the rest, `keep` in all, by index."""
    protected = held_ids[held_ids < lead]
    rest = held_ids[held_ids >= lead]
    best = rest[votes[rest].argsort(descending=True, stable=True)]
    return torch.cat([protected, best[: max(keep - len(protected), 0)]]).sort().values


def calibrate(model: Llama, chunk: Chunk, rules: Sequence[Rule]) -> Chunk:
    """Drops entries with abnormally high attention from one chunk."""
    keep, dropped, values = outliers(model, held(chunk), chunk.tail, chunk.keep, chunk.length, rules)
    return replace(chunk, keep=keep, dropped=dropped, attention=values)


def outliers(
    model: Llama, past: Past, tail: Pass, keep: Keep, length: int | None, rules: Sequence[Rule]
) -> tuple[Keep, list[tuple[int, int, int]], list[float]]:
    """Applies all rules to the same attention; zones by index in `length`, or by rank among a head's entries."""
    dropped: dict[tuple[int, int, int], float] = {}
    for rule in rules:
        mean = mean_attention(model, past, tail, rule.rows)  # [layers, kvHeads, entries]
        for layer in rule.range(model.layers):
            for head, entries in enumerate(keep[layer]):
                for rank, entry in enumerate(entries.tolist()):
                    place, of = (rank, len(entries)) if length is None else (entry, length)
                    value = float(mean[layer, head, entry])
                    if place and value > rule.threshold and zone(rule.zone, place, of, rule.width):
                        dropped[layer, head, entry] = value
    left = [
        [
            torch.tensor([e for e in entries.tolist() if (layer, head, e) not in dropped], dtype=torch.long)
            for head, entries in enumerate(heads)
        ]
        for layer, heads in enumerate(keep)
    ]
    order = sorted(dropped)
    return left, order, [dropped[place] for place in order]


def mean_attention(model: Llama, past: Past, tail: Pass, rows: int) -> Tensor:
    """a_j of the module's text: [layers, kvHeads, entries]."""
    used = min(rows, tail.queries[0].shape[1])
    mean = attention_to(model, past, tail, used) / used  # [layers, heads, entries]
    return mean.unflatten(1, (-1, model.group)).mean(2)


def zone(name: str, index: int, length: int, width: int) -> bool:
    """Whether an index lies in a zone; every index is in exactly one of sink, recent and middle."""
    if name == "all":
        return True
    sink = index < width
    recent = index >= length - width and not sink
    return {"sink": sink, "recent": recent, "middle": not sink and not recent}[name]


def held(chunk: Chunk) -> Past:
    """The chunk's cache with everything dropped masked."""
    mask = [torch.zeros_like(m) for m in chunk.cache.mask]
    for layer, heads in enumerate(chunk.keep):
        for head, entries in enumerate(heads):
            mask[layer][head, entries] = True
    return replace(chunk.cache, mask=mask)


def merge(model: Llama, kept: Sequence[Chunk]) -> Merged:
    """Concatenates what is kept, without the lead of all but the first."""
    keys, values, positions = [], [], []  # layers x kvHeads x [entries, ...]
    for layer in range(model.layers):
        heads = []
        for head in range(model.kv_heads):
            parts = []
            for order, chunk in enumerate(kept):
                entries = chunk.keep[layer][head]
                entries = entries if order == 0 else entries[entries >= chunk.lead]
                k, v = chunk.cache.keys[layer][head], chunk.cache.values[layer][head]
                parts.append((k[entries], v[entries], entries))
            heads.append([torch.cat(column) for column in zip(*parts)])
        for rows, column in zip((keys, values, positions), zip(*heads)):
            rows.append(list(column))
    longest = max(c.length for c in kept)
    return _merged(keys, values, positions, longest, kept[0].lead)


def _merged(keys: Keep, values: Keep, positions: Keep, position: int, lead: int) -> Merged:
    places = pad(positions)  # [layers, kvHeads, entries]
    cache = Past(list(pad(keys)), list(pad(values)), list(places >= 0), list(places))
    return Merged(cache, list(places), position, lead)


def pad(nested: Keep) -> Tensor:
    """Stacks ragged rows to [layers, kvHeads, entries, ...]; shorter ones end in zeros, or in -1 for indices."""
    rows = [row for heads in nested for row in heads]
    filler = 0.0 if rows[0].is_floating_point() else -1
    flat = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=filler)
    return flat.unflatten(0, (len(nested), -1))


def narrow(merged: Merged, keep: Keep) -> Merged:
    """The merged cache with only the entries of `keep`."""
    def pick(data: Sequence[Tensor]) -> Keep:
        return [
            [data[layer][head][entries] for head, entries in enumerate(heads)]
            for layer, heads in enumerate(keep)
        ]

    cache = merged.cache
    return _merged(pick(cache.keys), pick(cache.values), pick(merged.positions), merged.position, merged.lead)


def everything(merged: Merged) -> Keep:
    """Indices of all real entries of the merged cache."""
    return [[row.nonzero()[:, 0] for row in mask] for mask in merged.cache.mask]


def calibrate_merged(model: Llama, merged: Merged, tail: Pass, rules: Sequence[Rule]) -> Merged:
    """Drops outliers of a first run of the tail over the merged cache."""
    keep, dropped, values = outliers(model, merged.cache, tail, everything(merged), None, rules)
    return replace(narrow(merged, keep), dropped=dropped, attention=values)


def evict_merged(model: Llama, merged: Merged, tail: Pass, rule: Votes) -> tuple[Merged, Keep]:
    """Votes of a first run of the tail over the merged cache; the lead of the first chunk is protected."""
    mass = attention_to(model, merged.cache, tail, rule.rows)
    keep, _ = vote(model, mass, everything(merged), merged.lead, rule)
    return narrow(merged, keep), keep
