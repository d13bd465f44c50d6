"""Writes the fixtures."""

import json
import logging
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import kvpress
import torch
from kvpress.utils import compute_n_kept
from safetensors.torch import save

from kvpress_parity.cases import Case, cases, needs
from kvpress_parity.family import SHAPES, THETA, Inputs, Shape, inputs, queries, shaken
from kvpress_parity.run import RECENT, SINK, attends, build, kept, margin, score, scorer

FOLDER = Path(__file__).parents[2] / "tests" / "fixtures" / "kvpress"

# Wrappers and rules whose heads need not keep their own best scores.
_OTHER_CHOICE = {"AdaKVPress", "CriticalAdaKVPress", "DuoAttentionPress", "ChunkKVPress", "EntropyGatedChunkKVPress",
                 "ChunkPress", "BlockPress", "PyramidKVPress", "PerLayerCompressionPress"}


def main() -> None:
    """Writes everything."""
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)  # sums in one order, whatever the machine
    FOLDER.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        families, found = {}, []
        for name, shape in SHAPES.items():
            family, own = write_family(name, shape)
            families[name] = family
            found += own
        manifest = {
            "about": "What kvpress keeps of seeded tensors; tools/kvpress_parity.py says what is what",
            "versions": {name: version(name).split("+")[0] for name in ("kvpress", "torch", "transformers")},
            "families": families,
            "counts": counts(),
            "pyramid": pyramid(),
            "cases": found,
        }
    (FOLDER / "manifest.json").write_text(lines(manifest) + "\n", encoding="utf-8")
    print(f"{len(found)} cases")


def write_family(name: str, shape: Shape) -> tuple[dict[str, Any], list[Case]]:
    """Writes one family's tensors; gives its part of the manifest and its cases."""
    given = inputs(shape)
    tensors = base_tensors(given)
    draw = torch.Generator().manual_seed(2000 + shape.seed)
    tensors["head_scores"] = torch.rand(2, shape.kv_heads, generator=draw)
    found = [run(name, case, given, tensors) for family, case in cases() if family == name]
    tensors = {key: value.contiguous().float() for key, value in tensors.items()}
    for key, value in tensors.items():
        if not value.isfinite().all():
            raise ValueError(f"{name}: {key} is not finite")
    (FOLDER / f"{name}.safetensors").write_bytes(save(tensors))
    sizes = {"heads": shape.heads, "kvHeads": shape.kv_heads, "headDim": shape.head_dim, "entries": shape.entries,
             "ropeTheta": THETA, "duoSink": SINK, "duoRecent": RECENT}
    shapes = {key: list(value.shape) for key, value in sorted(tensors.items())}
    return {**sizes, "file": f"{name}.safetensors", "tensors": shapes}, found


def base_tensors(given: Inputs) -> dict[str, torch.Tensor]:
    """What the scores are computed from."""
    before, after = queries(given)
    tensors = {"keys": given.keys[0], "values": given.values[0], "queries_before_rope": before[0],
               "queries": after[0], "attention": given.attention[0], "o_weight": given.module.o_proj.weight,
               "value_projection_norm": kvpress.CriticalKVPress.vwl1norm(given.values, given.module)[0]}
    for future in (512, 64):
        press = kvpress.ExpectedAttentionPress(n_future_positions=future)
        mean, covariance = press.get_query_statistics(given.module, given.hidden)
        identity = torch.eye(given.module.head_dim)
        rotation, _ = press.apply_avg_rope(given.module, identity, None, given.hidden.shape[1])
        tensors |= {f"rotation/{future}": rotation.T, f"query_mean/{future}": mean[0],
                    f"query_covariance/{future}": covariance[0]}
        press.apply_avg_rope = lambda module, mean, covariance, entries: (mean, covariance)
        mean, covariance = press.get_query_statistics(given.module, given.hidden)
        tensors |= {"query_mean": mean[0], "query_covariance": covariance[0]}
    return tensors


def run(family: str, case: Case, given: Inputs, tensors: dict[str, torch.Tensor]) -> Case:
    """Runs one case, adds its tensors, and checks that nothing hangs on a tie."""
    head_scores = tensors["head_scores"]
    stays, values = kept(case, given, head_scores)
    for seed in range(3):
        again, _ = kept(case, shaken(given, seed), head_scores, seed)
        if again != stays:
            raise ValueError(f"{label(case)} of {family} hangs on a tie: take another seed or ratio")
    scores = score(case, given)
    entry = {"family": family, **case, "needs": needs(case)}
    if scores is not None:
        entry["scores"] = keep_scores(case, scores, tensors)
        if case["press"] not in _OTHER_CHOICE and not case["options"].get("chunk_length"):
            gap = margin(scores, stays[0])
            if gap is None or gap == 0:
                raise ValueError(f"{label(case)} of {family} does not keep its best scores, or ties at the cut")
            entry["margin"] = float(f"{gap:.2g}")
    if attends(case) and case["press"] in ("SnapKVPress", "TOVAPress"):
        own = given.call(build(case).score, attends=False)[0]  # its own rows instead of the layer's
        torch.testing.assert_close(own, scores, rtol=1e-5, atol=1e-7)
    if case["press"] == "MergingPress":
        entry["merged"] = f"merged/{label(case)}"
        tensors[entry["merged"]] = values
    entry["counts"] = [[len(head) for head in layer] for layer in stays]
    return {**entry, "kept": stays}


def keep_scores(case: Case, scores: torch.Tensor, tensors: dict[str, torch.Tensor]) -> str:
    """Adds scores under the press's name; under its ratio too where they depend on it."""
    own = {key: value for key, value in scorer(case).items() if key != "ratio"}
    name = f"scores/{label(own)}"
    if name in tensors and not torch.equal(tensors[name], scores):
        name = f"scores/{label({**own, 'ratio': case['ratio']})}"
    tensors[name] = scores
    return name


def label(case: Case) -> str:
    """For instance `AdaKVPress(alpha_safeguard=0.2,KnormPress)@0.5`."""
    parts = [f"{key}={value}" for key, value in sorted(case["options"].items())]
    if "inner" in case:
        parts.append(label(case["inner"]))
    ratio = f"@{case['ratio']}" if "ratio" in case else ""
    return case["press"] + (f"({','.join(parts)})" if parts else "") + ratio


def counts() -> list[dict[str, float]]:
    """Entries kept of so many at a ratio; truncation of floating point shows at 0.9 of 100."""
    ratios = (0.1, 0.2, 0.25, 0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.99)
    return [{"entries": n, "ratio": r, "kept": compute_n_kept(n, r)} for n in (1, 7, 61, 96, 100, 1000) for r in ratios]


def pyramid() -> list[dict[str, Any]]:
    """Entries that PyramidKV gives to every layer."""
    found = []
    for entries, ratio, window, beta, layers in (
            (96, 0.5, 8, 20, 4), (96, 0.7, 8, 20, 4), (96, 0.7, 8, 3, 4), (96, 0.25, 8, 20, 4), (96, 0.9, 8, 20, 4),
            (96, 0.5, 8, 20, 1), (1000, 0.5, 64, 20, 32), (1000, 0.8, 64, 20, 32), (1000, 0.8, 16, 20, 32),
            (4096, 0.9, 16, 20, 30), (4096, 0.5, 64, 20, 30), (8192, 0.9375, 32, 10, 30), (512, 0.75, 8, 14, 5),
            (100, 0.5, 3, 8, 3), (101, 0.5, 9, 5, 3), (15, 0.9, 2, 2, 3)):
        press = kvpress.PyramidKVPress(compression_ratio=ratio, window_size=window, beta=beta)
        config = SimpleNamespace(num_hidden_layers=layers)
        budgets = [press.get_layer_budget(SimpleNamespace(config=config, layer_idx=i), entries) for i in range(layers)]
        found.append({"entries": entries, "ratio": ratio, "window_size": window, "beta": beta, "budgets": budgets})
    return found


def lines(manifest: dict[str, Any]) -> str:
    """JSON with one case, family or table row a line."""
    parts = []
    for key, value in manifest.items():
        if isinstance(value, list):
            inner = ",\n".join("    " + json.dumps(v, ensure_ascii=False, allow_nan=False) for v in value)
            parts.append(f'  "{key}": [\n{inner}\n  ]')
        elif key == "families":
            inner = ",\n".join(f'    "{k}": {json.dumps(v, ensure_ascii=False)}' for k, v in value.items())
            parts.append(f'  "{key}": {{\n{inner}\n  }}')
        else:
            parts.append(f'  "{key}": {json.dumps(value, ensure_ascii=False)}')
    return "{\n" + ",\n".join(parts) + "\n}"
