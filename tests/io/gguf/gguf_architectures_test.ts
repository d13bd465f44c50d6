import assert from "node:assert/strict";
import { ggufArchitecture } from "../../../io/architecture_support.ts";
import { GgufMetadata } from "../../../io/gguf/gguf_metadata.ts";
import type { GgufValue } from "../../../io/gguf/gguf_value.ts";
import type { ModelConfig } from "../../../io/model_config.ts";
import { smallConfig } from "../../../kernels/model/random_model.ts";

/** What an architecture reads of metadata beyond what all have. */
function particulars(
  arch: string,
  entries: Record<string, GgufValue>,
  shape: Partial<ModelConfig> = {},
): Partial<ModelConfig> {
  const own = Object.entries(entries).map(([key, value]) =>
    [`${arch}.${key}`, value] as const
  );
  const meta = new GgufMetadata({
    path: "m.gguf",
    version: 3,
    metadata: new Map([["general.architecture", arch], ...own]),
    tensors: new Map(),
  });
  const shared = { ...smallConfig, layers: 8, ...shape };
  return ggufArchitecture(meta).fromGguf(meta, shared);
}

const kinds = ({ layerKinds }: Partial<ModelConfig>) =>
  layerKinds?.map(({ rope, sliding }) =>
    `${rope === "model" ? "" : rope[0]}${sliding ?? ""}`
  ).join(" ");

Deno.test("Gemma 2's metadata: a window for every other layer, caps, the largest model's scale", () => {
  const small = particulars("gemma2", {});
  assert.equal(kinds(small), "4096  4096  4096  4096 ");
  assert.equal(small.attentionScale, 0.25);
  assert.equal(small.embeddingScale, 8);
  assert.equal(small.scoreCap, undefined);
  const large = particulars("gemma2", {
    "attention.sliding_window": 24,
    "attn_logit_softcapping": 50,
    "final_logit_softcapping": 30,
  }, { layers: 46, hidden: 4608, heads: 32, headDim: 128 });
  assert.equal(large.attentionScale, Math.fround(1 / 12));
  assert.deepEqual([large.scoreCap, large.logitCap], [50, 30]);
  assert.equal(large.layerKinds?.[44]?.sliding, 24);
  const said = particulars("gemma2", { "attention.scale": 0.5 });
  assert.equal(said.attentionScale, 0.5);
});

Deno.test("Gemma 3's metadata: five of six layers, a pattern as number or list, its local base", () => {
  const window = { "attention.sliding_window": 4 };
  const read = (entries: Record<string, GgufValue>) =>
    particulars("gemma3", { ...window, ...entries });
  assert.equal(kinds(read({})), "l4 l4 l4 l4 l4  l4 l4");
  assert.equal(read({}).localRope?.theta, 10000);
  assert.equal(read({ "rope.freq_base_swa": 5000 }).localRope?.theta, 5000);
  const every = { "attention.sliding_window_pattern": 2 };
  assert.equal(kinds(read(every)), "l4  l4  l4  l4 ");
  const list = Float64Array.of(1, 0, 0, 0, 0, 0, 0, 1);
  const listed = { "attention.sliding_window_pattern": list };
  assert.equal(kinds(read(listed)), "l4       l4");
  const all = { "attention.sliding_window_pattern": 0 };
  assert.equal(kinds(read(all)), "l4 l4 l4 l4 l4 l4 l4 l4");
  const largest = { layers: 62, hidden: 5376, heads: 32, headDim: 128 };
  const { attentionScale } = particulars("gemma3", window, largest);
  assert.equal(attentionScale, Math.fround(168 ** -0.5));
  const none = particulars("gemma3", {});
  assert.equal(none.layerKinds, undefined);
  assert.equal(none.localRope, undefined);
});

Deno.test("SmolLM 3's metadata say nothing: every fourth layer does not turn", () => {
  assert.equal(kinds(particulars("smollm3", {})), "   n    n");
});

Deno.test("a window in Llama's metadata, which Mistral's are, holds on all layers", () => {
  const window = { "attention.sliding_window": 5 };
  assert.equal(kinds(particulars("llama", window)), "5 5 5 5 5 5 5 5");
  assert.deepEqual(particulars("llama", {}), {});
  assert.deepEqual(particulars("qwen2", window), {});
});

Deno.test("Phi-3's window holds on all layers, and 0 is none", () => {
  const read = (window: number) =>
    kinds(particulars("phi3", { "attention.sliding_window": window }));
  assert.equal(read(7), "7 7 7 7 7 7 7 7");
  assert.equal(read(0), undefined);
});

Deno.test("OLMo 3's file, which calls itself olmo2, is refused", () => {
  assert.deepEqual(particulars("olmo2", {}), {});
  assert.throws(() => particulars("olmo2", { "attention.sliding_window": 9 }), {
    message:
      'Cannot read "m.gguf": it is OLMo 3, whose layers slide; of this architecture OLMo 2 can be run',
  });
});
