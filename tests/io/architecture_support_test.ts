import assert from "node:assert/strict";
import {
  ggufArchitecture,
  hfArchitecture,
} from "../../io/architecture_support.ts";
import { FormatError } from "../../io/format_error.ts";
import { GgufMetadata } from "../../io/gguf/gguf_metadata.ts";
import type { GgufValue } from "../../io/gguf/gguf_value.ts";

const HF =
  "supported: llama, mistral, qwen2, qwen3, gemma2, gemma3_text, phi3, smollm3, olmo2";
const GGUF =
  "supported: llama, qwen2, qwen3, gemma2, gemma3, phi3, smollm3, olmo2";

function metadata(entries: Record<string, GgufValue>): GgufMetadata {
  return new GgufMetadata({
    path: "m.gguf",
    version: 3,
    metadata: new Map(Object.entries(entries)),
    tensors: new Map(),
  });
}

Deno.test("hfArchitecture() finds the text model of one that wraps it", () => {
  const given = { ["model_type"]: "gemma3" };
  const text = { ["text_config"]: { ["model_type"]: "gemma3_text" } };
  assert.equal(hfArchitecture({ ...given, ...text }, "c").name, "gemma3_text");
});

Deno.test("hfArchitecture() says what an unknown model needs, as far as its config shows", () => {
  const cases: [Record<string, unknown>, string][] = [
    [{ model_type: "starcoder" }, HF],
    [
      { model_type: "mixtral", num_local_experts: 8, rms_norm_eps: 1e-5 },
      `a mixture of experts (${HF})`,
    ],
    [
      { model_type: "falcon", parallel_attn: true, layer_norm_epsilon: 1e-5 },
      `layer norms with means, attention and MLP side by side (${HF})`,
    ],
    [{ model_type: "bloom", alibi: true }, `ALiBi (${HF})`],
    [
      { model_type: "deepseek_v3", n_routed_experts: 256, kv_lora_rank: 512 },
      `a mixture of experts, keys and values of low rank (${HF})`,
    ],
    [{ model_type: "deepseek_lite", kv_lora_rank: null, alibi: false }, HF],
    [{ model_type: "mamba", state_size: 16 }, `recurrent layers (${HF})`],
    [
      {
        model_type: "vlm",
        text_config: { model_type: "granite", residual_multiplier: 0.2 },
      },
      `scaled residuals (${HF})`,
    ],
  ];
  for (const [config, expected] of cases) {
    assert.throws(
      () => hfArchitecture(config as { model_type: string }, "config.json"),
      (error) => {
        assert.ok(error instanceof FormatError);
        assert.ok(!error.message.includes("\n"));
        assert.ok(error.message.endsWith(expected), error.message);
        return true;
      },
    );
  }
});

Deno.test("ggufArchitecture() says what an unknown model needs, as far as its metadata show", () => {
  const read = (arch: string, entries: Record<string, GgufValue>) => () =>
    ggufArchitecture(metadata({ "general.architecture": arch, ...entries }));
  assert.equal(read("gemma3", {})().name, "gemma3_text");
  assert.equal(read("llama", { "llama.expert_count": 0 })().name, "llama");
  assert.throws(read("qwen3moe", { "qwen3moe.expert_count": 128 }), {
    message:
      `Cannot read "m.gguf": its architecture is "qwen3moe"; it has what none of the supported have: a mixture of experts (${GGUF})`,
  });
  assert.throws(
    read("falcon", { "falcon.attention.layer_norm_epsilon": 1e-5 }),
    { message: /: layer norms with means \(supported: / },
  );
  assert.throws(read("mamba", { "other.ssm.state_size": 16 }), {
    message: `Cannot read "m.gguf": its architecture is "mamba"; ${GGUF}`,
  });
  assert.throws(read("llama", { "llama.expert_count": 8 }), {
    message:
      'Cannot read "m.gguf": it is a mixture of experts; dense models can be run',
  });
});
