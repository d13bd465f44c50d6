"""One attention layer with seeded weights, and the tensors that it hands to a press."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import torch
from transformers import DynamicCache, LlamaConfig
from transformers.models.llama.modeling_llama import LlamaAttention, LlamaRotaryEmbedding, apply_rotary_pos_emb

THETA = 10000.0


@dataclass(frozen=True)
class Shape:
    """Sizes of a family, and the seed of everything random in it."""

    heads: int
    kv_heads: int
    head_dim: int
    entries: int
    seed: int


SHAPES = {
    "gqa": Shape(heads=6, kv_heads=2, head_dim=16, entries=96, seed=12),
    "mha": Shape(heads=4, kv_heads=4, head_dim=16, entries=96, seed=11),
    "mqa": Shape(heads=4, kv_heads=1, head_dim=16, entries=61, seed=13),
}


@dataclass
class Inputs:
    """What kvpress hands to a press at one layer, batch size 1."""

    module: Any
    hidden: torch.Tensor
    keys: torch.Tensor
    values: torch.Tensor
    attention: torch.Tensor
    embeddings: tuple[torch.Tensor, torch.Tensor]

    def call(self, method: Any, attends: bool) -> Any:
        """Calls `score` or `compress` of a press; only some may see the attention."""
        kwargs = {"hidden_states": self.hidden, "position_embeddings": self.embeddings}
        attention = self.attention if attends else None
        return method(self.module, self.hidden, self.keys, self.values, attention, kwargs)

    def cache(self, layers: int) -> Any:
        """A cache of which every layer holds the same KV, for presses that work in the forward hook."""
        return SimpleNamespace(layers=[SimpleNamespace(keys=self.keys, values=self.values) for _ in range(layers)])


def layer(shape: Shape, layers: int = 4) -> Any:
    """The attention layer; heads differ in scale, so that budgets of heads differ too."""
    hidden = shape.heads * shape.head_dim
    config = LlamaConfig(
        hidden_size=hidden, num_attention_heads=shape.heads, num_key_value_heads=shape.kv_heads,
        head_dim=shape.head_dim, num_hidden_layers=layers, intermediate_size=hidden, vocab_size=16,
        max_position_embeddings=4096, rope_theta=THETA, attn_implementation="eager")
    module = LlamaAttention(config, layer_idx=0).eval()
    draw = torch.Generator().manual_seed(shape.seed)
    for name, scale in (("q_proj", 1.3), ("k_proj", 1.3), ("v_proj", 1.0), ("o_proj", 1.0)):
        weight = getattr(module, name).weight
        weight.data = torch.randn(weight.shape, generator=draw) * (scale / hidden**0.5)
    for name in ("k_proj", "v_proj"):
        rows = getattr(module, name).weight.data.view(shape.kv_heads, shape.head_dim, hidden)
        rows *= torch.linspace(1.0, 1.3, shape.kv_heads)[:, None, None]
    module.rotary_emb = LlamaRotaryEmbedding(config)
    return module


def inputs(shape: Shape) -> Inputs:
    """Runs the layer over a seeded text: neighbours are alike, tokens differ in size, all lean one way."""
    module = layer(shape)
    draw = torch.Generator().manual_seed(1000 + shape.seed)
    width = shape.heads * shape.head_dim
    noise = torch.randn(shape.entries, width, generator=draw)
    rows = [noise[0]]
    for row in noise[1:]:
        rows.append(0.6 * rows[-1] + 0.8 * row)
    size = torch.exp(0.25 * torch.randn(shape.entries, 1, generator=draw))
    hidden = (torch.stack(rows) * size + 0.5 * torch.randn(width, generator=draw))[None]
    return from_hidden(module, hidden)


def from_hidden(module: Any, hidden: torch.Tensor) -> Inputs:
    """The KV and attention of one forward pass."""
    entries = hidden.shape[1]
    embeddings = module.rotary_emb(hidden, torch.arange(entries)[None])
    mask = torch.full((entries, entries), torch.finfo(torch.float32).min).triu(1)[None, None]
    cache = DynamicCache()
    module.config._attn_implementation = "eager"  # the one that gives attention
    _, attention = module(hidden, position_embeddings=embeddings, attention_mask=mask, past_key_values=cache)
    module.config._attn_implementation = "sdpa"  # the one that head-wise presses ask for
    return Inputs(module, hidden, cache.layers[0].keys, cache.layers[0].values, attention, embeddings)


def queries(given: Inputs) -> tuple[torch.Tensor, torch.Tensor]:
    """Queries before and after RoPE, [1, heads, entries, headDim]."""
    module, hidden = given.module, given.hidden
    before = module.q_proj(hidden).view(1, hidden.shape[1], -1, module.head_dim).transpose(1, 2)
    after, _ = apply_rotary_pos_emb(before, before, *given.embeddings)
    return before, after


def shaken(given: Inputs, seed: int, by: float = 1e-5) -> Inputs:
    """The same inputs, every number changed by a share of about `by`."""
    draw = torch.Generator().manual_seed(seed)

    def shake(values: torch.Tensor) -> torch.Tensor:
        return values * (1 + by * torch.randn(values.shape, generator=draw))

    return Inputs(given.module, shake(given.hidden), shake(given.keys), shake(given.values), shake(given.attention),
                  given.embeddings)
