"""A Llama decoder in plain torch that shows its queries, keys and values.

Its weights and its RoPE table are those of a transformers model, against which `check` compares it.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import GenerationConfig, LlamaForCausalLM


@dataclass
class Past:
    """KV of entries before the ids; `mask` is false where a ragged head is padded; positions go by chunk."""

    keys: list[Tensor]  # layers x [kvHeads, entries, headDim]
    values: list[Tensor]  # layers x [kvHeads, entries, headDim]
    mask: list[Tensor]  # layers x [kvHeads, entries]
    positions: list[Tensor]  # layers x [kvHeads, entries]


@dataclass
class Pass:
    """What one forward pass over `n` ids computed; queries and keys are after RoPE."""

    logits: Tensor  # [n, vocab]
    queries: list[Tensor]  # layers x [heads, n, headDim]
    keys: list[Tensor]  # layers x [kvHeads, n, headDim]
    values: list[Tensor]  # layers x [kvHeads, n, headDim]
    start: int = 0

    def log_probs(self) -> Tensor:
        """Natural log of the probabilities."""
        return self.logits.log_softmax(-1)  # [n, vocab]


class Llama:
    """A forward pass at any positions over any KV cache."""

    def __init__(self, model: LlamaForCausalLM) -> None:
        self.model = model
        config = model.config
        self.layers: int = config.num_hidden_layers
        self.heads: int = config.num_attention_heads
        self.kv_heads: int = config.num_key_value_heads
        self.head_dim: int = getattr(config, "head_dim", None) or config.hidden_size // self.heads
        self.vocab: int = config.vocab_size
        self.group = self.heads // self.kv_heads

    @torch.no_grad()
    def forward(self, ids: Tensor, start: int = 0, past: Past | None = None) -> Pass:
        """Runs `ids` [n] at positions `start`…; they see `past` whole and themselves causally."""
        inner = self.model.model
        x = inner.embed_tokens(ids)  # [n, hidden]
        positions = torch.arange(start, start + len(ids))[None]  # [1, n]
        cos, sin = inner.rotary_emb(x[None], positions)  # [1, n, headDim]
        result = Pass(x, [], [], [], start)
        for index, layer in enumerate(inner.layers):
            h = layer.input_layernorm(x)  # [n, hidden]
            attention = layer.self_attn
            q = rotate(self._heads(attention.q_proj(h)), cos, sin)  # [heads, n, headDim]
            k = rotate(self._heads(attention.k_proj(h)), cos, sin)  # [kvHeads, n, headDim]
            v = self._heads(attention.v_proj(h))  # [kvHeads, n, headDim]
            weights = self.attention(q, k, past, index, start)  # [heads, n, entries + n]
            all_v = v if past is None else torch.cat([past.values[index], v], 1)
            out = weights @ self._spread(all_v)  # [heads, n, headDim]
            x = x + attention.o_proj(out.transpose(0, 1).flatten(1))  # [n, hidden]
            x = x + layer.mlp(layer.post_attention_layernorm(x))  # [n, hidden]
            result.queries.append(q)
            result.keys.append(k)
            result.values.append(v)
        result.logits = self.model.lm_head(inner.norm(x))  # [n, vocab]
        return result

    def attention(self, q: Tensor, k: Tensor, past: Past | None, layer: int, start: int) -> Tensor:
        """Softmax of rows `q` at positions `start`… over the past's entries and, causally, their own keys `k`."""
        rows = q.shape[1]
        keys, seen = k, self.own(layer, rows).expand(self.heads, rows, rows)
        if past is not None:
            keys = torch.cat([past.keys[layer], k], 1)  # [kvHeads, entries + rows, headDim]
            visible = self._spread(self.visible(layer, past, torch.arange(start, start + rows)))  # [heads, rows, entries]
            seen = torch.cat([visible, seen], 2)  # [heads, rows, entries + rows]
        scores = self.scores(q, keys, layer)
        return F.softmax(scores.masked_fill(~seen, -torch.inf), -1)  # [heads, rows, entries + rows]

    def visible(self, layer: int, past: Past, rows: Tensor) -> Tensor:
        """Which entries of a cache rows at some positions see: [kvHeads, rows, entries]."""
        return past.mask[layer][:, None].expand(-1, len(rows), -1)

    def own(self, layer: int, rows: int) -> Tensor:
        """Which rows of a pass its rows see: [rows, rows]."""
        return torch.ones(rows, rows, dtype=torch.bool).tril()

    def held(self, layer: int, length: int) -> int:
        """Entries of a chunk that rows behind it can see."""
        return length

    def scores(self, q: Tensor, keys: Tensor, layer: int) -> Tensor:
        """Scaled scores: [heads, rows, keys]."""
        return q @ self._spread(keys).transpose(1, 2) / self.head_dim**0.5

    def greedy(self, ids: Tensor, start: int, past: Past | None, count: int) -> tuple[list[int], list[float]]:
        """`count` greedy tokens behind `ids` (no stop token ends them) and each one's lead over the runner-up in logits."""
        tokens: list[int] = []
        leads: list[float] = []
        for _ in range(count):
            all_ids = torch.cat([ids, torch.tensor(tokens, dtype=ids.dtype)])
            best = self.forward(all_ids, start, past).logits[-1].topk(2)
            tokens.append(int(best.indices[0]))
            leads.append(float(best.values[0] - best.values[1]))
        return tokens, leads

    def generate(self, ids: Tensor, count: int) -> list[int]:
        """transformers' own greedy tokens behind `ids`."""
        self.model.generation_config.eos_token_id = None  # no token ends it
        options = GenerationConfig(do_sample=False, max_new_tokens=count, pad_token_id=0)
        whole = ids[None]
        result = self.model.generate(whole, attention_mask=torch.ones_like(whole), generation_config=options)
        return result[0, len(ids) :].tolist()

    def check(self, ids: Tensor) -> None:
        """Compares logits, keys and values with transformers."""
        with torch.no_grad():
            theirs = self.model(ids[None], use_cache=True)
        ours = self.forward(ids)
        close(ours.logits, theirs.logits[0], 1e-4, "logits")
        for layer, cache in enumerate(theirs.past_key_values.layers):
            close(ours.keys[layer], cache.keys[0], 1e-4, f"keys of layer {layer}")
            close(ours.values[layer], cache.values[0], 1e-4, f"values of layer {layer}")

    def _heads(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (-1, self.head_dim)).transpose(0, 1)  # [heads, n, headDim]

    def _spread(self, x: Tensor) -> Tensor:
        return x.repeat_interleave(self.group, 0)  # [heads, ...]


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """RoPE in the half-split layout: dimension i turns with dimension i + headDim / 2."""
    left, right = x.chunk(2, -1)
    return x * cos + torch.cat([-right, left], -1) * sin  # [heads, n, headDim]


def close(a: Tensor, b: Tensor, tolerance: float, what: str) -> None:
    """Fails when `a` and `b` differ by more than `tolerance` anywhere."""
    distance = float((a - b).abs().max())
    if not distance <= tolerance:
        raise AssertionError(f"{what}: {distance} apart, at most {tolerance} is right")
