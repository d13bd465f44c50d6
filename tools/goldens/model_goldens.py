"""Logits, keys and values of one model against which the kernels are held."""

from typing import Any

import torch
from torch import Tensor

from goldens import parallelcomp as pc
from goldens.cases import CLEAR_LEAD, TOKENS
from goldens.fixture import Fixture
from goldens.llama import Llama
from goldens.random_models import BOS


def random_ids(count: int, seed: int) -> Tensor:
    """BOS and random printable letters, whose token ids are their bytes."""
    generator = torch.Generator().manual_seed(seed)
    return torch.cat([torch.tensor([BOS]), torch.randint(32, 127, (count - 1,), generator=generator)])


def spread(count: int, length: int, seed: int = 0) -> Tensor:
    """`count` ascending positions: the first two, the last two, and random ones between."""
    generator = torch.Generator().manual_seed(seed)
    inner = 2 + torch.randperm(length - 4, generator=generator)[: count - 4]
    ends = torch.tensor([0, 1, length - 2, length - 1])
    return torch.cat([inner, ends]).sort().values


@torch.no_grad()
def outputs(model: Llama, ids: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """transformers' logits [n, vocab], keys and values [layers, kvHeads, n, headDim]."""
    result = model.model(ids[None], use_cache=True)
    layers = result.past_key_values.layers
    keys = torch.stack([layer.keys[0] for layer in layers])
    values = torch.stack([layer.values[0] for layer in layers])
    return result.logits[0], keys, values


def write_random(model: Llama, name: str) -> None:
    """`<name>/model`: logits and KV of 96 ids and 16 greedy tokens behind them."""
    for seed in range(100):
        ids = random_ids(96, seed)
        greedy, leads = model.greedy(ids, 0, None, TOKENS)
        if min(leads) >= CLEAR_LEAD:
            break
    model.check(ids)
    if model.generate(ids, TOKENS) != greedy:
        raise AssertionError(f"{name}: greedy tokens are not those of transformers")
    fixture = Fixture(f"{name}/model", "Logits, KV and greedy tokens of random ids", **_shape(model))
    _add(fixture, model, ids)
    fixture.add("greedy", greedy, "int32")  # [16]
    fixture.add("greedy_leads", leads)  # [16]
    fixture.save()


def write_beyond(model: Llama, name: str, count: int) -> None:
    """`<name>/beyond_window`: one pass over more ids than the window, where dynamic RoPE scaling begins."""
    model.check(random_ids(count, 0))
    fixture = Fixture(f"{name}/beyond_window", "Logits and KV of one pass past the window", **_shape(model))
    _add(fixture, model, random_ids(count, 0))
    fixture.save()


def write_question(model: Llama, name: str) -> None:
    """`<name>/question`: what the question's rows see behind a chunk."""
    ids, tail = random_ids(48, 1), random_ids(10, 2)[1:]
    prompt = pc.Prompt(ids[:1], tail, (0, len(tail)))
    chunk = pc.prefill(model, prompt, 0, 0, ids[1:])
    fixture = Fixture(
        f"{name}/question",
        "A question's rows behind a chunk: queries and keys after RoPE, log-probabilities, attention to the entries",
        **_shape(model),
    )
    fixture.add("ids", ids, "int32")  # [entries]
    fixture.add("tail", tail, "int32")  # [rows]
    fixture.add("log_probs", chunk.log_probs)  # [rows]
    fixture.add("queries", torch.stack(chunk.tail.queries))  # [layers, heads, rows, headDim]
    fixture.add("keys", torch.stack(chunk.tail.keys))  # [layers, kvHeads, rows, headDim]
    fixture.add("attention", pc.attention_to(model, chunk.cache, chunk.tail, "question"))  # [layers, heads, entries]
    fixture.add("attention_last_row", pc.attention_to(model, chunk.cache, chunk.tail, 1))  # [layers, heads, entries]
    fixture.save()


def write_long(model: Llama, name: str, ids: Tensor) -> None:
    """`<name>/logits` and `<name>/kv` on real text, thinned out so that they stay small."""
    model.check(ids)
    logits, keys, values = outputs(model, ids)
    columns = torch.randperm(model.vocab, generator=torch.Generator().manual_seed(0))[:64].sort().values
    rows = spread(8, len(ids))
    top = logits.topk(2)
    fixture = Fixture(f"{name}/logits", "Logits of real text: 64 columns and summaries of all rows, 8 whole rows", **_shape(model))
    fixture.add("ids", ids, "int32")  # [n]
    fixture.add("max", top.values[:, 0])  # [n]
    fixture.add("argmax", top.indices[:, 0], "int32")  # [n]
    fixture.add("lead", top.values[:, 0] - top.values[:, 1])  # [n]
    fixture.add("logsumexp", logits.logsumexp(-1))  # [n]
    fixture.add("columns", columns, "int32")  # [64]
    fixture.add("column_logits", logits[:, columns])  # [n, 64]
    fixture.add("rows", rows, "int32")  # [8]
    fixture.add("row_logits", logits[rows])  # [8, vocab]
    fixture.save()
    positions = spread(50, len(ids), 1)
    fixture = Fixture(f"{name}/kv", "Keys after RoPE and values of the ids of logits, at some positions", **_shape(model))
    fixture.add("positions", positions, "int32")  # [50]
    fixture.add("keys", keys[:, :, positions])  # [layers, kvHeads, 50, headDim]
    fixture.add("values", values[:, :, positions])  # [layers, kvHeads, 50, headDim]
    fixture.save()


def _add(fixture: Fixture, model: Llama, ids: Tensor) -> None:
    logits, keys, values = outputs(model, ids)
    rows, positions = spread(20, len(ids)), spread(12, len(ids), 1)
    if float(logits.std()) < 1:
        raise AssertionError(f"{fixture.name}: logits are almost flat")
    fixture.add("ids", ids, "int32")  # [n]
    fixture.add("rows", rows, "int32")  # [20]
    fixture.add("logits", logits[rows])  # [20, vocab]
    fixture.add("positions", positions, "int32")  # [12]
    fixture.add("keys", keys[:, :, positions])  # [layers, kvHeads, 12, headDim]
    fixture.add("values", values[:, :, positions])  # [layers, kvHeads, 12, headDim]


def _shape(model: Llama) -> dict[str, Any]:
    return {
        "layers": model.layers,
        "heads": model.heads,
        "kvHeads": model.kv_heads,
        "headDim": model.head_dim,
        "vocab": model.vocab,
    }
