"""A Llama over one long row of ids, with who sees whom, and from how far, written out for every pair of rows.

RoPE turns a score by the distance of its two rows alone: score = sum over the pairs of dimensions i, i + headDim / 2 of
(q1 k1 + q2 k2) cos(d f) + (q1 k2 - q2 k1) sin(d f). So a method that remaps positions is a matrix of distances here, and
one that computes parts of a text apart a matrix of what is seen: no cache, no rotated key, no merge.
"""

from dataclasses import dataclass
from typing import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from goldens.llama import Llama


@dataclass
class Attended:
    """What one pass computed."""

    logits: Tensor  # [n, vocab]
    weights: list[Tensor]  # layers x [heads, n, n]


@dataclass
class Layout:
    """How the rows of a sequence see one another."""

    ids: Tensor  # [n]
    distance: Tensor  # [n, n], of a row (first axis) to what it sees
    seen: Tensor  # [n, n] bool, or [layers, heads, n, n]
    adjust: Callable[[Tensor], Tensor] = lambda scores: scores  # [heads, n, n], before the mask


@torch.no_grad()
def attend(model: Llama, layout: Layout) -> Attended:
    """Runs all rows at once."""
    inner = model.model.model
    x = inner.embed_tokens(layout.ids)  # [n, hidden]
    weights: list[Tensor] = []
    for index, layer in enumerate(inner.layers):
        h = layer.input_layernorm(x)  # [n, hidden]
        attention = layer.self_attn
        q = split(attention.q_proj(h), model)  # [heads, n, headDim]
        k = split(attention.k_proj(h), model).repeat_interleave(model.group, 0)  # [heads, n, headDim]
        v = split(attention.v_proj(h), model).repeat_interleave(model.group, 0)  # [heads, n, headDim]
        seen = layout.seen if layout.seen.ndim == 2 else layout.seen[index]
        scores = layout.adjust(turned(q, k, layout.distance, inner.rotary_emb.inv_freq) / model.head_dim**0.5)
        probabilities = F.softmax(scores.masked_fill(~seen, -torch.inf), -1)  # [heads, n, n]
        weights.append(probabilities)
        out = (probabilities @ v).transpose(0, 1).flatten(1)  # [n, heads * headDim]
        x = x + attention.o_proj(out)
        x = x + layer.mlp(layer.post_attention_layernorm(x))
    return Attended(model.model.lm_head(inner.norm(x)), weights)


def turned(q: Tensor, k: Tensor, distance: Tensor, frequencies: Tensor) -> Tensor:
    """Scores under RoPE by distance: [heads, n, n]."""
    half = q.shape[-1] // 2
    scores = torch.zeros(q.shape[0], q.shape[1], k.shape[1])
    for i, frequency in enumerate(frequencies):
        angle = distance.double() * float(frequency)
        q1, q2, k1, k2 = (x[:, :, at] for x in (q, k) for at in (i, i + half))
        along = outer(q1, k1) + outer(q2, k2)
        across = outer(q1, k2) - outer(q2, k1)
        scores += along * angle.cos().float() + across * angle.sin().float()
    return scores


def outer(rows: Tensor, columns: Tensor) -> Tensor:
    """Products of every row with every column: [heads, n, n]."""
    return rows[:, :, None] * columns[:, None, :]


def split(x: Tensor, model: Llama) -> Tensor:
    """Heads of a projection: [heads, n, headDim]."""
    return x.unflatten(-1, (-1, model.head_dim)).transpose(0, 1)


def causal(n: int) -> Tensor:
    """Every row sees itself and what stands before it: [n, n]."""
    return torch.ones(n, n, dtype=torch.bool).tril()


def distances(positions: Tensor) -> Tensor:
    """Of every row to every other: [n, n]."""
    return positions[:, None] - positions[None, :]
