import assert from "node:assert/strict";
import { llama } from "../../io/architectures/llama.ts";
import { fileNames } from "../../io/file_names.ts";

const NAMES = [
  ["embedding.weight", "token_embd.weight", "model.embed_tokens.weight"],
  ["norm.weight", "output_norm.weight", "model.norm.weight"],
  ["head.weight", "output.weight", "lm_head.weight"],
  [
    "layers.12.query.weight",
    "blk.12.attn_q.weight",
    "model.layers.12.self_attn.q_proj.weight",
  ],
  [
    "layers.0.down.bias",
    "blk.0.ffn_down.bias",
    "model.layers.0.mlp.down_proj.bias",
  ],
  [
    "layers.0.mlp_norm.weight",
    "blk.0.ffn_norm.weight",
    "model.layers.0.post_attention_layernorm.weight",
  ],
] as const;

Deno.test("fileNames() maps layers and what is outside them, both ways", () => {
  for (const [i, kind] of ["gguf", "folder"].entries()) {
    const names = fileNames(kind as "gguf" | "folder", llama);
    for (const row of NAMES) {
      const { prefix, roles, suffix } = names.find(row[i + 1]!)!;
      assert.equal(`${prefix}${roles}${suffix}`, row[0]);
      assert.equal(names.inFile(row[0]), row[i + 1]);
    }
  }
});

Deno.test("fileNames() finds no place for other tensors", () => {
  const others = {
    gguf: [
      "rope_freqs.weight",
      "blk.0.attn_q_norm.weight",
      "blk.x.attn_q.weight",
      "blk.0.constructor.weight",
      "toString.weight",
    ],
    folder: [
      "model.layers.0.self_attn.rotary_emb.inv_freq",
      "model.layers.0.self_attn.q_norm.weight",
      "layers.0.self_attn.q_proj.weight",
    ],
  } as const;
  for (const kind of ["gguf", "folder"] as const) {
    const { find } = fileNames(kind, llama);
    for (const name of others[kind]) assert.equal(find(name), undefined, name);
  }
});

Deno.test("fileNames() finds the text model inside a larger one", () => {
  const { find } = fileNames("folder", llama);
  for (const name of ["model.language_model", "language_model.model"]) {
    assert.deepEqual(find(`${name}.layers.1.mlp.up_proj.weight`), {
      prefix: "layers.1.",
      roles: ["up"],
      suffix: ".weight",
    });
  }
  assert.equal(
    find("language_model.lm_head.weight")?.roles.join(),
    "head",
  );
});
