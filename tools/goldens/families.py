"""Tiny random models of every family beyond Llama, as Hugging Face folders, and what transformers computes with them."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM, DynamicCache, GenerationConfig, PreTrainedModel

from goldens import random_models
from goldens.cases import CLEAR_LEAD
from goldens.fixture import Fixture
from goldens.llama import close
from goldens.model_goldens import random_ids, spread

SLIDING = 24
TOKENS = 32
_GROUPED = {"num_key_value_heads": 2, "dtype": "float16"}
_GEMMA = {"num_key_value_heads": 2, "dtype": "float32", "hidden_activation": "gelu_pytorch_tanh", "hidden_act": None,
          "tie_word_embeddings": True, "sliding_window": SLIDING, "query_pre_attn_scalar": 12, "embedding": 0.06}

# name: what differs from random_models._BASE; None takes a key away. Keys are those of the models on the hub.
MODELS: dict[str, dict[str, Any]] = {
    "mistral": {**_GROUPED, "architecture": "Mistral", "rope_theta": 10000.0, "sliding_window": SLIDING, "seed": 11},
    "qwen2": {**_GROUPED, "architecture": "Qwen2", "rope_theta": 1e6, "tie_word_embeddings": True,
              "use_sliding_window": False, "sliding_window": SLIDING, "max_window_layers": 2, "seed": 12},
    "qwen2_sliding": {**_GROUPED, "architecture": "Qwen2", "rope_theta": 1e6, "use_sliding_window": True,
                      "sliding_window": SLIDING, "max_window_layers": 1, "seed": 13},
    "qwen3": {**_GROUPED, "architecture": "Qwen3", "head_dim": 24, "rope_theta": 1e6, "seed": 14},
    "gemma2": {**_GEMMA, "architecture": "Gemma2", "head_dim": 24, "rope_theta": 10000.0,
               "attn_logit_softcapping": 2.0, "final_logit_softcapping": 5.0, "seed": 15},
    "gemma3": {**_GEMMA, "architecture": "Gemma3", "model_type": "gemma3_text", "num_hidden_layers": 3, "head_dim": 16,
               "sliding_window_pattern": 3, "rope_theta": 1e6, "rope_local_base_freq": 10000.0,
               "rope_scaling": {"rope_type": "linear", "factor": 8.0}, "seed": 16},
    "phi3": {**_GROUPED, "architecture": "Phi3", "rope_theta": 10000.0, "rope_scaling": None,
             "original_max_position_embeddings": 128, "sliding_window": SLIDING, "pad_token_id": 0, "seed": 17},
    "phi3_longrope": {**_GROUPED, "architecture": "Phi3", "rope_theta": 10000.0, "partial_rotary_factor": 0.75,
                      "original_max_position_embeddings": 64, "sliding_window": 512, "pad_token_id": 0,
                      "rope_scaling": {"type": "longrope", "short_factor": [1.0, 1.05, 1.1, 1.2, 1.3, 1.4],
                                       "long_factor": [1.0, 1.3, 1.8, 2.5, 4.0, 6.0]}, "seed": 18},
    "smollm3": {**_GROUPED, "architecture": "SmolLM3", "num_hidden_layers": 5, "rope_theta": 5e6, "no_rope_layers": [1, 1, 1, 0, 1],
                "no_rope_layer_interval": 4, "use_sliding_window": False, "pad_token_id": 0, "seed": 19},
    "olmo2": {**_GROUPED, "architecture": "Olmo2", "rope_theta": 500000.0, "pad_token_id": 0, "seed": 20},
}
# Norms that weigh by 1 + weight.
_OFFSET = {"Gemma2", "Gemma3"}


def write(name: str) -> None:
    """One family's folder and `<name>/model`; `phi3_longrope/short`, where all stays within the original window."""
    model = load(write_folder(name))
    write_golden(model, name, "model", 96)
    if name == "phi3_longrope":
        write_golden(model, name, "short", 24)


def write_folder(name: str) -> Path:
    """The folder; the same seed gives the same bytes."""
    spec = dict(MODELS[name])
    seed, embedding, dtype = spec.pop("seed"), spec.pop("embedding", 0.4), spec.pop("dtype")
    architecture = spec.pop("architecture")
    config = {**random_models._BASE, "model_type": architecture.lower(), **spec, "torch_dtype": dtype}
    config["architectures"] = [f"{architecture}ForCausalLM"]
    del config["mlp_bias"]
    if config["hidden_act"] is None:
        del config["hidden_act"]
    folder = random_models.FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    random_models._json(folder / "config.json", config)
    random_models._write_tokenizer(folder, None)
    weights = _weights(folder, architecture, seed, embedding, getattr(torch, dtype))
    random_models._write_weights(folder, weights, 1)
    return folder


def folder(name: str) -> Path:
    """Where a family's folder is."""
    return random_models.FOLDER / name


def load(folder: Path) -> PreTrainedModel:
    """Opens a folder as transformers does, computing in fp32 with eager attention."""
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


def _weights(folder: Path, architecture: str, seed: int, embedding: float, dtype: torch.dtype) -> dict[str, Tensor]:
    """Normal weights, wide enough that logits and attention are far from flat."""
    generator = torch.Generator().manual_seed(seed)
    model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder))
    weights = {}
    for name, shape in sorted(model.state_dict().items()):
        if name == "lm_head.weight" and model.config.tie_word_embeddings:
            continue
        noise = torch.randn(shape.shape, generator=generator)
        if name.endswith(("q_norm.weight", "k_norm.weight")):
            value = 1.4 + 0.3 * noise
        elif name == "model.norm.weight" and architecture in _OFFSET:
            value = 3 + 0.2 * noise  # their embeddings, which are the head too, are small
        elif name.endswith("norm.weight"):
            value = 1 + 0.2 * noise
        elif name.endswith(".bias"):
            value = 0.3 * noise
        elif "embed_tokens" in name or "lm_head" in name:
            value = embedding * noise
        else:
            value = 0.17 * noise
        if architecture in _OFFSET and name.endswith("norm.weight"):
            value = value - 1
        weights[name] = value.to(dtype).contiguous()
    return weights


@torch.no_grad()
def outputs(model: PreTrainedModel, ids: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Logits [n, vocab], keys and values [layers, kvHeads, n, headDim] of all entries, those of sliding layers too."""
    cache = DynamicCache()  # without a configuration, no layer of it forgets
    held = model(ids[None], past_key_values=cache, use_cache=True)
    close(held.logits, model(ids[None], use_cache=False).logits, 1e-5, "logits with a cache that holds all")
    keys = torch.stack([layer.keys[0] for layer in cache.layers])
    values = torch.stack([layer.values[0] for layer in cache.layers])
    return held.logits[0], keys, values


@torch.no_grad()
def greedy(model: PreTrainedModel, ids: Tensor) -> tuple[list[int], list[float]]:
    """Greedy tokens behind `ids`, each from a pass over everything before it, and their leads over the runners-up."""
    tokens: list[int] = []
    leads: list[float] = []
    for _ in range(TOKENS):
        logits = model(torch.cat([ids, torch.tensor(tokens, dtype=ids.dtype)])[None], use_cache=False).logits[0, -1]
        best = logits.topk(2)
        tokens.append(int(best.indices[0]))
        leads.append(float(best.values[0] - best.values[1]))
    return tokens, leads


def generate(model: PreTrainedModel, ids: Tensor) -> list[int]:
    """transformers' own greedy tokens behind `ids`, with its cache."""
    model.generation_config.eos_token_id = None  # no token ends it
    options = GenerationConfig(do_sample=False, max_new_tokens=TOKENS, pad_token_id=0)
    result = model.generate(ids[None], attention_mask=torch.ones_like(ids[None]), generation_config=options)
    return result[0, len(ids) :].tolist()


def write_golden(model: PreTrainedModel, name: str, case: str, count: int) -> None:
    """Logits and KV of `count` ids and 32 greedy tokens behind them, none of which hangs on a small lead."""
    for seed in range(200):
        ids = random_ids(count, seed)
        tokens, leads = greedy(model, ids)
        if min(leads) >= CLEAR_LEAD and len(set(tokens)) > 4:
            break
    else:
        raise AssertionError(f"{name}: no ids with clear greedy tokens")
    if generate(model, ids) != tokens:
        raise AssertionError(f"{name}: greedy tokens are not those of transformers' generate")
    logits, keys, values = outputs(model, ids)
    if float(logits.std()) < 0.8:
        raise AssertionError(f"{name}: logits are almost flat")
    rows, positions = spread(12, count), spread(12, count, 1)
    config = model.config
    fixture = Fixture(f"{name}/{case}", "Logits, KV and greedy tokens of random ids", layers=keys.shape[0],
                      heads=config.num_attention_heads, kvHeads=keys.shape[1], headDim=keys.shape[3], vocab=logits.shape[1])
    fixture.add("ids", ids, "int32")  # [n]
    fixture.add("rows", rows, "int32")  # [12]
    fixture.add("logits", logits[rows])  # [12, vocab]
    fixture.add("positions", positions, "int32")  # [12]
    fixture.add("keys", keys[:, :, positions])  # [layers, kvHeads, 12, headDim]
    fixture.add("values", values[:, :, positions])  # [layers, kvHeads, 12, headDim]
    fixture.add("greedy", tokens, "int32")  # [32]
    fixture.add("greedy_leads", leads)  # [32]
    fixture.save()
