"""Any decoder of transformers with an attention of our own, which shows its queries, keys and values.

Norms, projections, RoPE and MLPs are the modules of transformers; only what rows attend to is written here, so that they
can attend to any KV cache: sliding windows go by positions.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AttentionInterface, AttentionMaskInterface, AutoModelForCausalLM, PreTrainedModel

from goldens import families
from goldens.llama import Llama, Pass, Past, close

_NAME = "goldens"


class Decoder(Llama):
    """A forward pass at any positions over any KV cache, for every family."""

    def __init__(self, folder: Path) -> None:
        super().__init__(families.load(folder))
        options = {"dtype": torch.float32, "attn_implementation": _NAME}
        self._shown = AutoModelForCausalLM.from_pretrained(folder, **options).eval()
        self._windows = windows(self.model)
        self._layers: list[dict[str, Any]] = [{} for _ in range(self.layers)]
        self._pass: tuple[Pass, Past | None] | None = None
        for index, layer in enumerate(self._shown.model.layers):
            layer.self_attn.shown_by = (self, index)

    @torch.no_grad()
    def forward(self, ids: Tensor, start: int = 0, past: Past | None = None) -> Pass:
        """Runs `ids` [n] at positions `start`…; they see `past` and themselves causally, in sliding layers the newest."""
        result = Pass(ids, [], [], [], start)
        self._pass = (result, past)
        positions = torch.arange(start, start + len(ids))[None]  # [1, n]
        result.logits = self._shown(ids[None], position_ids=positions, use_cache=False).logits[0]  # [n, vocab]
        self._pass = None
        return result

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor, **given: Any) -> Tensor:
        """One layer's attention inside the pass that runs: [n, heads, headDim]."""
        result, past = self._pass
        self._layers[layer] = given
        result.queries.append(q)
        result.keys.append(k)
        result.values.append(v)
        weights = self.attention(q, k, past, layer, result.start)  # [heads, n, entries + n]
        all_v = v if past is None else torch.cat([past.values[layer], v], 1)
        return (weights @ self._spread(all_v)).transpose(0, 1)  # [n, heads, headDim]

    def visible(self, layer: int, past: Past, rows: Tensor) -> Tensor:
        """Which entries of a cache rows at some positions see: [kvHeads, rows, entries]."""
        mask = past.mask[layer][:, None]  # [kvHeads, 1, entries]
        window = self._windows[layer]
        if window is None:
            return mask.expand(-1, len(rows), -1)
        return mask & (rows[None, :, None] - past.positions[layer][:, None] < window)

    def own(self, layer: int, rows: int) -> Tensor:
        """Which rows of a pass its rows see: [rows, rows]."""
        seen = torch.ones(rows, rows, dtype=torch.bool).tril()
        window = self._windows[layer]
        return seen if window is None else seen.triu(1 - window)

    def held(self, layer: int, length: int) -> int:
        """Entries of a chunk that rows behind it can see."""
        window = self._windows[layer]
        return length if window is None else min(length, window - 1)

    def scores(self, q: Tensor, keys: Tensor, layer: int) -> Tensor:
        """Scaled and capped scores: [heads, rows, keys]."""
        given = self._layers[layer]
        scores = q @ self._spread(keys).transpose(1, 2) * given["scaling"]
        cap = given["softcap"]
        return scores if cap is None else torch.tanh(scores / cap) * cap

    def check(self, ids: Tensor) -> None:
        """Compares logits, keys and values with transformers' own attention."""
        logits, keys, values = families.outputs(self.model, ids)
        ours = self.forward(ids)
        close(ours.logits, logits, 1e-4, "logits")
        for layer in range(self.layers):
            close(ours.keys[layer], keys[layer], 1e-4, f"keys of layer {layer}")
            close(ours.values[layer], values[layer], 1e-4, f"values of layer {layer}")


def windows(model: PreTrainedModel) -> list[int | None]:
    """Newest entries that the rows of each layer see, itself included; None for all."""
    config = model.config
    count = config.num_hidden_layers
    kinds = getattr(config, "layer_types", None)
    sliding = getattr(config, "sliding_window", None)
    if kinds is None:
        return [sliding] * count
    return [sliding if kind == "sliding_attention" else None for kind in kinds]


def _attention(module: Any, query: Tensor, key: Tensor, value: Tensor, _mask: Any, scaling: float, **given: Any) -> Any:
    decoder, layer = module.shown_by
    out = decoder.attend(layer, query[0], key[0], value[0], scaling=scaling, softcap=given.get("softcap"))
    return out[None], None


AttentionInterface.register(_NAME, _attention)
AttentionMaskInterface.register(_NAME, lambda *_args, **_given: None)
