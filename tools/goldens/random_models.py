"""Hugging Face folders of tiny Llama models with random weights, one for every variation that a loader must get right."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM

FOLDER = Path(__file__).parents[2] / "tests" / "fixtures" / "models"
BOS, TURN, END, VOCAB = 256, 257, 258, 259
WINDOW = 128

_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_GROUPED = {"num_key_value_heads": 2, "dtype": "bfloat16"}
# The four RoPE variants share a seed, so that nothing but RoPE tells them apart.
_ROPE = {**_GROUPED, "seed": 5}

# name: what differs from _BASE; `seed`, `shards`, `template`, `embedding` (width of the embedding's numbers) are not the model's own.
MODELS: dict[str, dict[str, Any]] = {
    "mha_tied": {"tie_word_embeddings": True, "dtype": "float32", "template": "config",
                 "embedding": 0.2, "seed": 1},
    "gqa_sharded": {**_GROUPED, "num_hidden_layers": 3, "dtype": "float16", "shards": 2, "template": "file", "seed": 2},
    "biases": {**_GROUPED, "attention_bias": True, "mlp_bias": True, "seed": 3},
    "head_dim": {**_GROUPED, "head_dim": 24, "seed": 4},
    "rope_llama3": {**_ROPE, "rope_scaling": {
        "rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 32}},
    "rope_linear": {**_ROPE, "rope_scaling": {"type": "linear", "factor": 4.0}},
    "rope_yarn": {**_ROPE, "rope_parameters": {
        "rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 32}},
    "rope_dynamic": {**_ROPE, "rope_scaling": {"rope_type": "dynamic", "factor": 2.0}},
}

_BASE = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu",
    "hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 4, "vocab_size": VOCAB, "max_position_embeddings": WINDOW, "rms_norm_eps": 1e-5,
    "tie_word_embeddings": False, "attention_bias": False, "mlp_bias": False,
    "bos_token_id": BOS, "eos_token_id": END,
}


def write(name: str) -> Path:
    """Writes one folder; the same seed gives the same bytes."""
    spec = dict(MODELS[name])
    seed, shards, embedding = spec.pop("seed"), spec.pop("shards", 1), spec.pop("embedding", 0.4)
    dtype, template = spec.pop("dtype"), spec.pop("template", None)
    config = {**_BASE, **spec, "torch_dtype": dtype}
    if "rope_parameters" not in config:
        config["rope_theta"] = 10000.0
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    _json(folder / "config.json", config)
    _write_tokenizer(folder, template)
    _write_weights(folder, _weights(config, seed, embedding, getattr(torch, dtype)), shards)
    return folder


def load(folder: Path) -> LlamaForCausalLM:
    """Opens a folder as transformers does, computing in fp32 with eager attention."""
    return LlamaForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    ).eval()


def _weights(config: dict[str, Any], seed: int, embedding: float, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """Normal weights, wide enough that logits and attention are far from flat."""
    generator = torch.Generator().manual_seed(seed)
    shapes = LlamaForCausalLM(LlamaConfig.from_dict(config)).state_dict()
    weights = {}
    for name in sorted(shapes):
        if name == "lm_head.weight" and config["tie_word_embeddings"]:
            continue
        noise = torch.randn(shapes[name].shape, generator=generator)
        if name.endswith("norm.weight"):
            value = 1 + 0.2 * noise
        elif name.endswith(".bias"):
            value = 0.3 * noise
        elif "embed_tokens" in name or "lm_head" in name:
            value = embedding * noise
        elif "q_proj" in name or "k_proj" in name:
            value = 0.17 * noise
        else:
            value = 0.16 * noise
        weights[name] = value.to(dtype).contiguous()
    return weights


def _write_weights(folder: Path, weights: dict[str, torch.Tensor], shards: int) -> None:
    if shards == 1:
        _save(folder / "model.safetensors", weights)
        return
    places: dict[str, str] = {}
    for shard in range(shards):
        file = f"model-{shard + 1:05}-of-{shards:05}.safetensors"
        part = dict(list(weights.items())[shard::shards])
        _save(folder / file, part)
        places |= dict.fromkeys(part, file)
    size = sum(w.numel() * w.element_size() for w in weights.values())
    index = {"metadata": {"total_size": size}, "weight_map": dict(sorted(places.items()))}
    _json(folder / "model.safetensors.index.json", index)


def _save(path: Path, weights: dict[str, torch.Tensor]) -> None:
    save_file(weights, path, {"format": "pt"})
    path.chmod(0o644)


def _write_tokenizer(folder: Path, template: str | None) -> None:
    """One token a byte and three special tokens; no merges."""
    bos, turn, end = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
    specials = [
        {"id": id, "content": text, "single_word": False, "lstrip": False, "rstrip": False,
         "normalized": False, "special": True}
        for id, text in ((BOS, bos), (TURN, turn), (END, end))
    ]
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    vocab = {letter: byte for byte, letter in enumerate(_alphabet())}
    _json(folder / "tokenizer.json", {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": specials,
        "normalizer": None, "pre_tokenizer": level,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": bos, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {bos: {"id": bos, "ids": [BOS], "tokens": [bos]}},
        },
        "decoder": level,
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
            "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
            "vocab": {**vocab, bos: BOS, turn: TURN, end: END}, "merges": [],
        },
    })
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": bos, "eos_token": end,
              "model_max_length": WINDOW, "clean_up_tokenization_spaces": False}
    if template == "config":
        config["chat_template"] = _TEMPLATE
    if template == "file":
        (folder / "chat_template.jinja").write_text(_TEMPLATE, encoding="utf-8")
    _json(folder / "tokenizer_config.json", config)


def _alphabet() -> list[str]:
    """The letter that stands for each byte in byte-level BPE."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in visible]
    letters = {byte: chr(byte) for byte in visible}
    letters |= {byte: chr(256 + order) for order, byte in enumerate(hidden)}
    return [letters[byte] for byte in range(256)]


def _json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
