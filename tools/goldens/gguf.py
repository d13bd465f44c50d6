#!/usr/bin/env python3
"""Make the GGUF and safetensors goldens in tests/fixtures/io.

    python3 tools/goldens/gguf.py

Needs numpy, gguf, safetensors and torch.

tensors.gguf        one tensor of each type that is read
tensors.f32.gz      their values by the gguf package's dequantize, fp32, in the file's order
model.gguf          a random Llama model: biases, rope_freqs, untied head, a SentencePiece tokenizer
folder/             the same model as a Hugging Face folder in two shards (F32, F16 and BF16)
"""

import gzip
import io
import json
import pathlib
import sys

# This file's own folder comes last: it would hide the package of the same name.
sys.path.append(sys.path.pop(0))

import gguf  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from gguf import GGMLQuantizationType as T  # noqa: E402
from gguf import quants  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

OUT = pathlib.Path(__file__).parents[2] / "tests/fixtures/io"
SIMPLE = [T.F32, T.F16, T.BF16, T.Q4_0, T.Q4_1, T.Q5_0, T.Q8_0]
# Super-blocks that the package cannot make: where the half-precision factors lie, and the length.
K_QUANTS = {T.Q4_K: ([0, 2], 144), T.Q5_K: ([0, 2], 176), T.Q6_K: ([208], 210)}


def awkward(rng, rows, columns):
    """Normal numbers with a row of zeros, of tiny and of huge ones, and a single spike."""
    values = rng.normal(0, 1, (rows, columns)).astype(np.float32)
    values[1] = 0
    values[2] *= 1e-6
    values[3] *= 3e3
    values[4, 7] = -500
    return values


def random_blocks(rng, rows, blocks, factors, length):
    """Any bytes, but factors that are finite numbers of both signs, some subnormal."""
    data = rng.integers(0, 256, (rows, blocks, length), dtype=np.uint8)
    for at in factors:
        d = rng.normal(0, 0.01, (rows, blocks)).astype(np.float16)
        d[0, 0], d[1, 0] = np.float16(6e-8), np.float16(-0.0)
        data[:, :, at:at + 2] = d[..., None].view(np.uint8)
    return data.reshape(rows, blocks * length)


def tensors():
    rng = np.random.default_rng(3)
    writer = gguf.GGUFWriter(OUT / "tensors.gguf", "llama")
    expected = []
    for kind in SIMPLE:
        data = quants.quantize(awkward(rng, 6, 96), kind)
        writer.add_tensor(f"tensor.{kind.name}", data, raw_dtype=kind)
        expected.append(quants.dequantize(data, kind))
    for kind, (factors, length) in K_QUANTS.items():
        data = random_blocks(rng, 4, 2, factors, length)
        writer.add_tensor(f"tensor.{kind.name}", data, raw_dtype=kind)
        expected.append(quants.dequantize(data, kind))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0) as file:
        for values in expected:
            file.write(values.astype("<f4").tobytes())
    (OUT / "tensors.f32.gz").write_bytes(buffer.getvalue())


LAYERS, HIDDEN, FFN, HEADS, KV_HEADS, HEAD_DIM, VOCAB = 2, 32, 48, 4, 2, 8, 300
NAMES = {
    "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm", "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
}


def weights():
    """Hugging Face's names and layout."""
    generator = torch.Generator().manual_seed(4)
    random = lambda *shape: torch.randn(*shape, generator=generator) * 0.1
    made = {"model.embed_tokens.weight": random(VOCAB, HIDDEN), "model.norm.weight": random(HIDDEN),
            "lm_head.weight": random(VOCAB, HIDDEN)}
    rows = {"q_proj": HEADS * HEAD_DIM, "k_proj": KV_HEADS * HEAD_DIM, "v_proj": KV_HEADS * HEAD_DIM, "o_proj": HIDDEN,
            "gate_proj": FFN, "up_proj": FFN, "down_proj": HIDDEN}
    columns = {"o_proj": HEADS * HEAD_DIM, "down_proj": FFN}
    for layer in range(LAYERS):
        at = f"model.layers.{layer}"
        for name in NAMES.values():
            last = name.split(".")[-1]
            if last not in rows:
                made[f"{at}.{name}.weight"] = random(HIDDEN)
                continue
            made[f"{at}.{name}.weight"] = random(rows[last], columns.get(last, HIDDEN))
            made[f"{at}.{name}.bias"] = random(rows[last])
    return made


def permute(values, heads):
    """llama.cpp's convert_hf_to_gguf.py: rotary pairs become neighbours."""
    return (values.reshape(heads, 2, values.shape[0] // heads // 2, *values.shape[1:])
            .swapaxes(1, 2).reshape(values.shape))


def model_gguf(made):
    writer = gguf.GGUFWriter(OUT / "model.gguf", "llama")
    writer.add_name("random")
    writer.add_context_length(512)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FFN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_key_length(HEAD_DIM)
    writer.add_value_length(HEAD_DIM)
    writer.add_rope_dimension_count(HEAD_DIM)
    writer.add_rope_freq_base(50000.0)
    writer.add_layer_norm_rms_eps(1e-6)
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{b:02X}>" for b in range(256)), *(f"▁t{i}" for i in range(VOCAB - 260)), "<|eot_id|>"]
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([-float(i) for i in range(VOCAB)])
    writer.add_token_types([2, 3, 3] + [6] * 256 + [1] * (VOCAB - 260) + [3])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    back = {hf: ours for ours, hf in NAMES.items()}
    outer = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
             "lm_head.weight": "output.weight"}
    for name, tensor in made.items():
        values = tensor.numpy()
        if name in outer:
            ours = outer[name]
        else:
            _, _, layer, *inner, kind = name.split(".")
            ours = f"blk.{layer}.{back['.'.join(inner)]}.{kind}"
            if "attn_q" in ours:
                values = permute(values, HEADS)
            if "attn_k" in ours:
                values = permute(values, KV_HEADS)
        quantised = values.ndim == 2 and values.shape[1] % 32 == 0 and "ffn" not in ours
        kind = T.Q8_0 if quantised else T.F32
        writer.add_tensor(ours, quants.quantize(values, kind), raw_dtype=kind)
    writer.add_tensor("rope_freqs.weight", np.linspace(1, 8, HEAD_DIM // 2, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def folder(made):
    out = OUT / "folder"
    out.mkdir(exist_ok=True)
    kinds = {"gate_proj": torch.float16, "up_proj": torch.bfloat16}
    names = sorted(made)
    shards = {"model-00001-of-00002.safetensors": names[::2], "model-00002-of-00002.safetensors": names[1::2]}
    for shard, part in shards.items():
        path = out / shard
        save_file({name: made[name].to(kinds.get(name.split(".")[-2], torch.float32)) for name in part}, path,
                  metadata={"format": "pt"})
        path.chmod(0o644)
    (out / "model.safetensors.index.json").write_text(json.dumps(
        {"metadata": {}, "weight_map": {name: shard for shard, part in shards.items() for name in part}}, indent=1))
    (out / "config.json").write_text(json.dumps({
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": HIDDEN, "intermediate_size": FFN,
        "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "num_key_value_heads": KV_HEADS, "head_dim": HEAD_DIM,
        "vocab_size": VOCAB, "max_position_embeddings": 512, "rms_norm_eps": 1e-6, "attention_bias": True,
        "mlp_bias": True, "tie_word_embeddings": False, "bos_token_id": 1, "eos_token_id": 2,
        "rope_parameters": {"rope_type": "llama3", "rope_theta": 50000.0, "factor": 8.0, "low_freq_factor": 1.0,
                            "high_freq_factor": 4.0, "original_max_position_embeddings": 64}}, indent=1))
    (out / "generation_config.json").write_text(json.dumps({"eos_token_id": [2, 299]}))
    special = [(0, "<unk>"), (1, "<s>"), (2, "</s>"), (299, "<|eot_id|>")]
    vocab = {text: i for i, text in special[:3]} | {f"<0x{b:02X}>": b + 3 for b in range(256)} | {
        f"▁t{i}": 259 + i for i in range(VOCAB - 260)}
    (out / "tokenizer.json").write_text(json.dumps({
        "version": "1.0", "added_tokens": [
            {"id": i, "content": text, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
             "special": True} for i, text in special],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
        "pre_tokenizer": None, "post_processor": {"type": "TemplateProcessing", "single": [
            {"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}], "pair": [],
            "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}},
        "decoder": {"type": "Sequence", "decoders": [
            {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}]},
        "model": {"type": "BPE", "unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True, "vocab": vocab,
                  "merges": []}}, ensure_ascii=False, separators=(",", ":")))
    (out / "tokenizer_config.json").write_text(json.dumps({
        "bos_token": {"content": "<s>"}, "eos_token": "</s>",
        "chat_template": [{"name": "default", "template": "not used: chat_template.jinja comes first"}]}, indent=1))
    (out / "chat_template.jinja").write_text(
        "{{ bos_token }}{% for m in messages %}[{{ m['role'] }}] {{ m['content'] }}<|eot_id|>{% endfor %}[assistant]")


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    tensors()
    made = weights()
    model_gguf(made)
    folder(made)
