"""The bundled model's GGUF file as a transformers model, and its tokenizer."""

from pathlib import Path

import torch
from gguf import GGUFReader, dequantize
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM

_NAMES = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
}


def load(path: Path) -> tuple[LlamaForCausalLM, Tokenizer]:
    """The model in fp32 from the dequantised weights, with eager attention."""
    reader = GGUFReader(path)
    field = {name: f.contents() for name, f in reader.fields.items()}
    heads = field["llama.attention.head_count"]
    kv_heads = field["llama.attention.head_count_kv"]
    config = LlamaConfig(
        hidden_size=field["llama.embedding_length"],
        intermediate_size=field["llama.feed_forward_length"],
        num_hidden_layers=field["llama.block_count"],
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        head_dim=field["llama.rope.dimension_count"],
        vocab_size=field["llama.vocab_size"],
        max_position_embeddings=field["llama.context_length"],
        rope_parameters={"rope_type": "default", "rope_theta": field["llama.rope.freq_base"]},
        rms_norm_eps=field["llama.attention.layer_norm_rms_epsilon"],
        tie_word_embeddings=True,
        attn_implementation="eager",
    )
    state = {}
    for tensor in reader.tensors:
        weight = torch.from_numpy(dequantize(tensor.data, tensor.tensor_type).copy())
        if ".attn_q." in tensor.name:
            weight = _half_split(weight, heads)
        if ".attn_k." in tensor.name:
            weight = _half_split(weight, kv_heads)
        state[_name(tensor.name)] = weight.float()
    state["lm_head.weight"] = state["model.embed_tokens.weight"]
    model = LlamaForCausalLM(config).eval()
    model.load_state_dict(state, strict=True)
    return model, _tokenizer(field)


def _name(name: str) -> str:
    if name == "token_embd.weight":
        return "model.embed_tokens.weight"
    if name == "output_norm.weight":
        return "model.norm.weight"
    _, layer, part, kind = name.split(".")
    return f"model.layers.{layer}.{_NAMES[part]}.{kind}"


def _half_split(weight: torch.Tensor, heads: int) -> torch.Tensor:
    """Undoes the GGUF order of rows, in which the two halves of a rotated pair are neighbours."""
    rows, width = weight.shape
    pairs = weight.reshape(heads, rows // heads // 2, 2, width)
    return pairs.swapaxes(1, 2).reshape(rows, width)  # [heads * headDim, hidden]


def _tokenizer(field: dict) -> Tokenizer:
    tokens = field["tokenizer.ggml.tokens"]
    merges = [tuple(m.split(" ")) for m in field["tokenizer.ggml.merges"]]
    vocab = {token: id for id, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges))
    # What the pre-tokenizer named "smollm" stands for.
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    control = 3  # token type of special tokens
    kinds = field["tokenizer.ggml.token_type"]
    tokenizer.add_special_tokens([
        AddedToken(token, special=True)
        for token, kind in zip(tokens, kinds)
        if kind == control
    ])
    return tokenizer
