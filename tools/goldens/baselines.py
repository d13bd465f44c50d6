"""Every baseline of graphs/ on one random model, with masks and positions written out (dense.py): first logits and
greedy tokens. Dynamic NTK and YaRN are transformers' own.

Prompt: BOS, document, tail; windows, chunks and truncation as parallelcomp.py says. `<model>/baselines/<name>` holds
what the graph is given (`params`, a text) and what must come out.
"""

from math import ceil
from typing import Any, Callable

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import LlamaForCausalLM

from goldens.cases import CLEAR_LEAD, TOKENS
from goldens.dense import Layout, attend, causal, distances
from goldens.fixture import Fixture
from goldens.llama import Llama
from goldens.parallelcomp import split as even
from goldens.random_models import BOS, WINDOW

QUESTION = "Who was it?"
TAIL = torch.tensor(list(f"\n\n{QUESTION}".encode()))
ROOM = WINDOW - 1 - len(TAIL) - TOKENS  # tokens of a chunk
KEEP, RECENT, ROWS, POOL = 40, 16, 6, 5
TEMPERATURE, SCALE = 0.8, 0.7
GROUP, NEIGHBOURS = 4, 48
SINKS, REACH = 6, 80
CHUNK, LIMIT = 40, 64

Build = Callable[[Llama, Tensor, Tensor], Layout]  # model, document, what stands behind it


def letters(count: int, seed: int) -> Tensor:
    """Random printable letters, whose ids are their bytes."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(97, 123, (count,), generator=generator)


def blocks(parts: list[Tensor], behind: Tensor, anchored: bool) -> Layout:
    """Parts computed apart, which all rows behind them see; with an anchor also the first part by all others."""
    first = len(parts[0])
    ids = torch.cat([torch.tensor([BOS]), *parts, behind])
    seen = causal(len(ids))
    positions = torch.zeros(len(ids), dtype=torch.long)
    at, longest = 1, 0
    for index, part in enumerate(parts):
        start = 1 + (first if anchored and index > 0 else 0)
        rows = slice(at, at + len(part))
        positions[rows] = torch.arange(start, start + len(part))
        seen[rows, (1 + first if anchored else 1) : at] = False
        if anchored:
            seen[rows, 1 : min(at, 1 + first)] = index > 0
        longest = max(longest, start + len(part))
        at += len(part)
    positions[at:] = longest + torch.arange(len(behind))
    return Layout(ids, distances(positions), seen)


def pcw(_: Llama, document: Tensor, behind: Tensor) -> Layout:
    """Windows of the document, apart."""
    return blocks([ids for _, ids in even(document, ROOM)], behind, False)


def ape(_: Llama, document: Tensor, behind: Tensor) -> Layout:
    """The same, with a temperature on the windows' scores and a scale on their log-sum-exp; BOS is no window's."""
    layout = pcw(_, document, behind)
    context = slice(1, 1 + len(document))

    def adjust(scores: Tensor) -> Tensor:
        changed = scores.clone()
        rows = slice(1 + len(document), None)
        warm = scores[:, rows, context] / TEMPERATURE
        weight = warm.logsumexp(-1, keepdim=True)
        changed[:, rows, context] = warm - weight + SCALE * TEMPERATURE * weight
        return changed

    layout.adjust = adjust
    return layout


def star(_: Llama, document: Tensor, behind: Tensor) -> Layout:
    """Blocks behind the first one: its copies would hold the same numbers, so that all can look at the one."""
    return blocks([ids for _, ids in even(document, ROOM // 2)], behind, True)


def middle_cut(document: Tensor) -> Tensor:
    """What fits the window."""
    head = ceil(ROOM / 2)
    return torch.cat([document[:head], document[-(ROOM - head) :]]) if len(document) > ROOM else document


def evicted(model: Llama, document: Tensor, behind: Tensor, votes: Tensor) -> Layout:
    """The document with the best entries of every KV head for the rows behind it; `votes` is [layers, kvHeads, entries]."""
    ids = torch.cat([torch.tensor([BOS]), document, behind])
    entries = 1 + len(document)
    votes[:, :, 0] = torch.inf
    best = votes.topk(KEEP, -1).indices
    kept = torch.zeros_like(votes, dtype=torch.bool).scatter(-1, best, True).repeat_interleave(model.group, 1)
    seen = causal(len(ids)).expand(model.layers, model.heads, -1, -1).clone()
    seen[:, :, entries:, :entries] = kept[:, :, None]
    return Layout(ids, distances(torch.arange(len(ids))), seen)


def attention(model: Llama, ids: Tensor) -> Tensor:
    """Of one pass over all ids: [layers, heads, n, n]."""
    layout = Layout(ids, distances(torch.arange(len(ids))), causal(len(ids)))
    return torch.stack(attend(model, layout).weights)


def snapkv(model: Llama, document: Tensor, behind: Tensor) -> Layout:
    """Mean attention of the tail's last rows, average-pooled."""
    document = middle_cut(document)
    weights = attention(model, torch.cat([torch.tensor([BOS]), document, TAIL]))
    mass = weights[:, :, -ROWS:, : 1 + len(document)].sum(2)  # [layers, heads, entries]
    grouped = mass.unflatten(1, (-1, model.group)).mean(2)  # [layers, kvHeads, entries]
    return evicted(model, document, behind, F.avg_pool1d(grouped, POOL, 1, POOL // 2))


def h2o(model: Llama, document: Tensor, behind: Tensor) -> Layout:
    """Attention received from the document's own rows, in sum, beside the most recent entries."""
    document = middle_cut(document)
    mass = attention(model, torch.cat([torch.tensor([BOS]), document])).sum(2)  # [layers, heads, entries]
    votes = mass.unflatten(1, (-1, model.group)).mean(2)  # [layers, kvHeads, entries]
    votes[:, :, -RECENT:] = torch.inf
    return evicted(model, document, behind, votes)


def whole(document: Tensor, behind: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """All ids, and rows, entries and distances by position."""
    ids = torch.cat([torch.tensor([BOS]), document, behind])
    at = torch.arange(len(ids))
    return ids, at[:, None], at[None, :], distances(at)


def self_extend(_: Llama, document: Tensor, behind: Tensor) -> Layout:
    """Plain distances to neighbours, to all others those of groups, moved so that they go on from there."""
    ids, row, entry, plain = whole(document, behind)
    grouped = row // GROUP - entry // GROUP + NEIGHBOURS - NEIGHBOURS // GROUP
    return Layout(ids, torch.where(plain < NEIGHBOURS, plain, grouped), causal(len(ids)))


def lm_infinite(_: Llama, document: Tensor, behind: Tensor) -> Layout:
    """The first and the newest entries, none of them farther than the reach."""
    ids, _row, entry, plain = whole(document, behind)
    return Layout(ids, plain.clamp(max=REACH), causal(len(ids)) & ((plain < REACH) | (entry < SINKS)))


def chunk_llama(_: Llama, document: Tensor, behind: Tensor) -> Layout:
    """Dual chunk attention: distances inside a chunk, to the one before it, and to all others."""
    ids, row, entry, _plain = whole(document, behind)
    apart = row // CHUNK - entry // CHUNK
    successive = (row % CHUNK + CHUNK).clamp(max=LIMIT)
    query = torch.where(apart == 0, row % CHUNK, torch.where(apart == 1, successive, LIMIT))
    return Layout(ids, query - entry % CHUNK, causal(len(ids)))


METHODS: dict[str, tuple[Build, dict[str, Any]]] = {
    "pcw": (pcw, {}),
    "ape": (ape, {"contextTemperature": TEMPERATURE, "contextScale": SCALE}),
    "star_attention": (star, {}),
    "snapkv": (snapkv, {"keepEntries": KEEP, "rows": ROWS, "pool": POOL}),
    "h2o": (h2o, {"keepEntries": KEEP, "recent": RECENT}),
    "self_extend": (self_extend, {"group": GROUP, "neighbours": NEIGHBOURS}),
    "lm_infinite": (lm_infinite, {"sinks": SINKS, "reach": REACH}),
    "chunk_llama": (chunk_llama, {"chunk": CHUNK, "limit": LIMIT}),
}
# One document each: short ones too, where nothing is remapped yet.
LENGTHS = {"self_extend": (40, 300), "lm_infinite": (50, 300), "chunk_llama": (20, 300)}


def write(model: Llama, name: str) -> None:
    """`<name>/baselines/…`: every method."""
    for method, (build, params) in METHODS.items():
        for length in LENGTHS.get(method, (250,)):
            suffix = "_short" if length < 200 else ""
            _save(f"{name}/baselines/{method}{suffix}", method, params, length, lambda d, b: build(model, d, b), model)
    for method, params, rope in _scaled():
        theta = model.model.config.rope_parameters["rope_theta"]
        scaled = _with_rope(model.model, {"rope_theta": theta, **rope})
        _save_scaled(f"{name}/baselines/{method}", method.removesuffix("_auto"), params, scaled)


def _scaled() -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    reached = 1 + 300 + len(TAIL)
    yarn = {"rope_type": "yarn", "original_max_position_embeddings": WINDOW}
    return [
        ("dynamic_ntk", {"factor": 2}, {"rope_type": "dynamic", "factor": 2.0}),
        ("yarn", {"factor": 4}, {**yarn, "factor": 4.0}),
        ("yarn_auto", {}, {**yarn, "factor": reached / WINDOW}),
    ]


def _with_rope(model: LlamaForCausalLM, rope: dict[str, Any]) -> Llama:
    config = type(model.config).from_dict({**model.config.to_dict(), "rope_parameters": rope})
    config._attn_implementation = "eager"
    scaled = LlamaForCausalLM(config).eval()
    scaled.load_state_dict(model.state_dict())
    return Llama(scaled)


def _save(
    name: str, method: str, params: dict[str, Any], length: int, build: Callable[[Tensor, Tensor], Layout], model: Llama
) -> None:
    for seed in range(100):
        document, said, leads = letters(length, seed), [], []
        first = None
        for _ in range(TOKENS):
            behind = torch.cat([TAIL, torch.tensor(said, dtype=torch.long)])
            logits = attend(model, build(document, behind)).logits[-1]
            first = logits if first is None else first
            best = logits.topk(2)
            said.append(int(best.indices[0]))
            leads.append(float(best.values[0] - best.values[1]))
        if min(leads) >= CLEAR_LEAD:
            return _fixture(name, method, params, document, first, said, leads)
    raise AssertionError(f"{name}: no document with clear leads")


def _save_scaled(name: str, method: str, params: dict[str, Any], model: Llama) -> None:
    for seed in range(100):
        document = letters(300, seed)
        ids = torch.cat([torch.tensor([BOS]), document, TAIL])
        said = _fresh(model).generate(ids, TOKENS)
        _fresh(model)
        first, leads, past = None, [], None
        for step in range(TOKENS):
            given = ids[None] if past is None else torch.tensor([[said[step - 1]]])
            with torch.no_grad():
                out = model.model(given, past_key_values=past, use_cache=True)
            past = out.past_key_values
            first = out.logits[0, -1] if first is None else first
            best = out.logits[0, -1].topk(2)
            if int(best.indices[0]) != said[step]:
                raise AssertionError(f"{name}: token {step} is not that of generate()")
            leads.append(float(best.values[0] - best.values[1]))
        if min(leads) >= CLEAR_LEAD:
            return _fixture(name, method, params, document, first, said, leads)
    raise AssertionError(f"{name}: no document with clear leads")


def _fresh(model: Llama) -> Llama:
    """Forgets the longest pass so far, by which transformers goes on scaling in shorter ones."""
    with torch.no_grad():
        model.model(torch.tensor([[BOS]]))
    return model


def _fixture(
    name: str, method: str, params: dict[str, Any], document: Tensor, first: Tensor, said: list[int], leads: list[float]
) -> None:
    fixture = Fixture(
        name,
        f"graphs/{method}.yaml: first logits and greedy tokens, from masks and positions written out",
        graph=method,
        params={"prompt": "raw", "stop": [], "maxTokens": TOKENS, **params},
        document=bytes(document.tolist()).decode(),
        question=QUESTION,
    )
    fixture.add("logits", first)  # [vocab]
    fixture.add("greedy", said, "int32")  # [16]
    fixture.add("greedy_leads", leads)  # [16]
    fixture.save()
