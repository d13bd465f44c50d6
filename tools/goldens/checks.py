"""What must hold for any model, whatever the numbers: the identities of ParallelComp."""

from dataclasses import replace
from typing import Sequence

import torch

from goldens import parallelcomp as pc
from goldens.cases import TOKENS, Setting
from goldens.llama import close

_TOLERANCE = 1e-4


def check(setting: Setting, chunks: Sequence[pc.Chunk]) -> None:
    """Runs all identities on one model and document."""
    _score_and_attention_are_transformers(setting)
    _one_pass_is_two_passes(setting, chunks[-1])
    _one_chunk_is_plain_generation(setting)
    _order_and_no_ops(setting, chunks)
    _calibration_is_bounded(setting, chunks[0])


@torch.no_grad()
def _score_and_attention_are_transformers(setting: Setting) -> None:
    """Score against transformers' loss on labels, attention against its attention maps, over a short chunk."""
    model, prompt = setting.model, setting.prompt
    chunk = pc.prefill(model, prompt, 0, 0, setting.ids[:64])
    whole = torch.cat([prompt.lead, chunk.tokens, prompt.tail])
    labels = torch.full_like(whole, -100)
    first, last = (chunk.length + place for place in prompt.scored)
    labels[first:last] = whole[first:last]
    theirs = model.model(whole[None], labels=labels[None], output_attentions=True)
    close(torch.tensor(chunk.score), theirs.loss, _TOLERANCE, "score")
    maps = torch.stack(theirs.attentions)[:, 0, :, chunk.length :, : chunk.length]  # [layers, heads, rows, entries]
    for rows in (1, 3, "question"):
        mass = pc.attention_to(model, chunk.cache, chunk.tail, rows)
        last_rows = len(prompt.tail) if rows == "question" else rows
        close(mass, maps[:, :, -last_rows:].sum(2), _TOLERANCE, "attention")


def _one_pass_is_two_passes(setting: Setting, chunk: pc.Chunk) -> None:
    """Prefill of (chunk), then the tail over its KV, against one pass over both."""
    model, prompt = setting.model, setting.prompt
    context = torch.cat([prompt.lead, chunk.tokens])
    alone = model.forward(context)
    past = replace(chunk.cache, keys=alone.keys, values=alone.values)
    behind = model.forward(prompt.tail, len(context), past)
    for layer in range(model.layers):
        close(alone.keys[layer], chunk.cache.keys[layer], _TOLERANCE, "keys of two passes")
        close(alone.values[layer], chunk.cache.values[layer], _TOLERANCE, "values of two passes")
        close(behind.queries[layer], chunk.tail.queries[layer], _TOLERANCE, "queries of two passes")
    close(behind.logits, chunk.tail.logits, _TOLERANCE, "logits of two passes")


def _one_chunk_is_plain_generation(setting: Setting) -> None:
    """One chunk with nothing evicted against transformers' own greedy generation."""
    model, prompt = setting.model, setting.prompt
    tokens = setting.ids[: setting.budget]
    chunk = pc.prefill(model, prompt, 0, 0, tokens)
    merged = pc.merge(model, [chunk])
    ours, _ = model.greedy(prompt.tail, merged.position, merged.cache, TOKENS)
    whole = torch.cat([prompt.lead, tokens, prompt.tail])
    if ours != model.generate(whole, TOKENS):
        raise AssertionError(f"{setting.folder}: one chunk is not plain generation")


def _order_and_no_ops(setting: Setting, chunks: Sequence[pc.Chunk]) -> None:
    """Order of what follows the first chunk, a capacity over the length and a threshold of 1 change nothing."""
    model, tail = setting.model, setting.prompt.tail
    kept = pc.select(chunks, 3)
    merged = pc.merge(model, kept)
    plain = model.forward(tail, merged.position, merged.cache).logits
    votes = pc.Votes("question", 31, "none", 10**6)
    rule = pc.Rule("all", 1.0, rows=10**6)
    for variant in (
        [kept[0], *reversed(kept[1:])],
        [pc.evict(model, c, votes) for c in kept],
        [pc.calibrate(model, c, [rule]) for c in kept],
    ):
        again = pc.merge(model, variant)
        close(model.forward(tail, again.position, again.cache).logits, plain, _TOLERANCE, "no-op")


def _calibration_is_bounded(setting: Setting, chunk: pc.Chunk) -> None:
    """At most ceil(1 / lambda) - 1 entries of a query head can pass the threshold, and so of a KV head's mean."""
    threshold = 0.1
    mean = pc.mean_attention(setting.model, pc.held(chunk), chunk.tail, 1)
    if int((mean > threshold).sum(-1).max()) > 9:
        raise AssertionError("more outliers than attention can pay for")
