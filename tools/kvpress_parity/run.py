"""Runs one case: builds the press, and finds out what it kept."""

from types import SimpleNamespace
from typing import Any

import kvpress
import torch

from kvpress_parity.cases import Case
from kvpress_parity.family import Inputs

SINK, RECENT = 4, 16  # of DuoAttention's streaming heads; published with its head tables
_AFTER = ("window_size",)  # FINCH finds its window in the prompt


def build(case: Case) -> Any:
    """The press of a case, wrappers included."""
    press_class = getattr(kvpress, case["press"])
    finch = case["press"] == "FinchPress"
    later = {k: v for k, v in case["options"].items() if finch and k in _AFTER}
    options = {k: v for k, v in case["options"].items() if k not in later}
    if "inner" in case:
        options["press"] = build(case["inner"])
    press = press_class(**options)
    for name, value in later.items():
        setattr(press, name, value)
    if "ratio" in case:
        press.compression_ratio = case["ratio"]
    return press


def attends(case: Case) -> bool:
    """Whether the press is given the attention; the others compute rows of it from hidden states."""
    return case["press"] in ("ObservedAttentionPress", "SnapKVPress", "TOVAPress", "FinchPress")


def score(case: Case, given: Inputs) -> torch.Tensor | None:
    """Scores of the press that scores, [kvHeads, entries]; None where there is no such press."""
    press, name = build(case), case["press"]
    inner = case.get("inner")
    while not hasattr(press, "score"):
        press = getattr(press, "press", None)
        if press is None:
            return None
        name, inner = inner["press"], inner.get("inner")
    return given.call(press.score, attends({"press": name}))[0].clone()


def scorer(case: Case) -> Case:
    """The case of the press that scores."""
    press_class = getattr(kvpress, case["press"])
    return case if hasattr(press_class, "score") or "inner" not in case else scorer(case["inner"])


def kept(
    case: Case, given: Inputs, head_scores: torch.Tensor, seed: int | None = None
) -> tuple[list[list[list[int]]], torch.Tensor]:
    """Indices that stay, layers x kvHeads x ascending, and the values of the last layer in that order.

    With a seed, the scores are changed a little, so that equal ones come in any order.
    """
    layers, values = [], given.values
    press = build(case)
    if seed is not None:
        jitter(press, seed)
    if case["press"] == "DuoAttentionPress":
        table = (SINK, RECENT, head_scores.numpy())
        press.load_attention_pattern = lambda model: table
        press.post_init_from_model(SimpleNamespace(device="cpu"))
    for index in range(case.get("layers", 1)):
        module = given.module
        module.layer_idx, module.masked_key_indices = index, None
        if case["press"] == "PerLayerCompressionPress":
            cache = given.cache(case["layers"])
            hook = {"hidden_states": given.hidden, "past_key_values": cache, "position_embeddings": given.embeddings,
                    "cache_position": torch.arange(given.hidden.shape[1])}
            press.forward_hook(module, [], hook, [None, None])
            keys, values = cache.layers[index].keys, cache.layers[index].values
        else:
            keys, values = given.call(press.compress, attends(case))
        if module.masked_key_indices is not None:
            stays = torch.ones(keys.shape[:3], dtype=torch.bool)
            stays[module.masked_key_indices] = False
            layers.append([head.nonzero()[:, 0].tolist() for head in stays[0]])
        else:
            rows, order = zip(*(found(k, all_) for k, all_ in zip(keys[0], given.keys[0])))
            layers.append(list(rows))
            values = torch.stack([v[o] for v, o in zip(values[0], order)])[None]
    given.module.layer_idx, given.module.masked_key_indices = 0, None
    return layers, values[0]


def jitter(press: Any, seed: int) -> None:
    """Has the press that scores add noise to its scores."""
    while press is not None and not hasattr(press, "score"):
        press = getattr(press, "press", None)
    if press is None:
        return
    draw, exact = torch.Generator().manual_seed(seed), press.score

    def score(*arguments: Any) -> torch.Tensor:
        scores = exact(*arguments)
        noise = torch.randn(scores.shape, generator=draw)
        return scores * (1 + 1e-6 * noise) + 1e-9 * noise

    press.score = score


def found(keys: torch.Tensor, among: torch.Tensor) -> tuple[list[int], torch.Tensor]:
    """Where each row of `keys` is from, ascending, and the order that makes it so."""
    same = (keys[:, None, :] == among[None, :, :]).all(-1)
    if not (same.sum(1) == 1).all():
        raise ValueError("a kept key is not exactly one of the keys given")
    at = same.int().argmax(1)
    order = at.argsort()
    return at[order].tolist(), order


def margin(scores: torch.Tensor, layer: list[list[int]]) -> float | None:
    """Lowest kept minus highest dropped score of the closest head; None where heads do not keep their best."""
    closest = None
    for row, stay in zip(scores, layer):
        mask = torch.zeros(row.shape[0], dtype=torch.bool)
        mask[stay] = True
        if mask.all() or not mask.any():
            continue
        gap = (row[mask].min() - row[~mask].max()).item()
        if gap < 0:
            return None
        closest = gap if closest is None else min(closest, gap)
    return closest
