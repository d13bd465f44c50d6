import assert from "node:assert/strict";
import type { ModelConfig } from "../../../io/model_config.ts";
import { splitHeads } from "../../../kernels/attention/attention.ts";
import { attentionSteps } from "../../../kernels/attention/attention_steps.ts";
import { GraphBuilder, type Value } from "../../../kernels/onnx/builder.ts";
import { chunkAttentions } from "../../../kernels/attention/chunk_attentions.ts";
import { farAttention } from "../../../kernels/attention/far_attention.ts";
import { int8FarAttention } from "../../../kernels/attention/int8_far_attention.ts";
import type {
  TensorData,
  WireTensor,
} from "../../../kernels/engine/protocol.ts";
import { SessionWorker } from "../../../kernels/engine/session_worker.ts";
import { stepAttention } from "../../../kernels/attention/step_attention.ts";
import { maxDiff, noise, smallConfig } from "../random_model.ts";

type Kind = "fused" | "steps" | "int8 steps" | "exact" | "int8";

/** What a batch's rows attend to, out of a graph of its own. */
async function attended(
  worker: SessionWorker,
  kind: Kind,
  batch: number,
  rows: number,
  config: ModelConfig = smallConfig,
  scale = 1,
): Promise<Float32Array> {
  const { heads, kvHeads, headDim } = config;
  const widths = { query: heads, key: kvHeads, value: kvHeads };
  const g = new GraphBuilder();
  const names = Object.entries(widths);
  const [query, key, value] = names.map(([name, n]) =>
    g.input(name, "float32", ["batch", "rows", n * headDim]) // [batch, rows, n · headDim]
  );
  const qkv = { query: query!, key: key!, value: value! };
  const x = query!;
  const lastRow = g.input("last_row", "int32", ["batch"]); // [batch]
  const count = g.input("count", "int32", []); // []
  let output: Value;
  if (kind === "steps" || kind === "int8 steps") {
    const keys = splitHeads(g, key!, headDim); // [batch, kvHeads, rows, headDim]
    const values = splitHeads(g, value!, headDim); // [batch, kvHeads, rows, headDim]
    output = stepAttention(
      g,
      { ...qkv, keys, values },
      attentionSteps(g, x, config),
      config,
      kind === "steps" ? farAttention : int8FarAttention,
    );
  } else {
    const accuracy = kind === "int8" ? "int8" : "exact";
    const attend = chunkAttentions(
      g,
      { x, lastRow, rows: count },
      config,
      { blocks: kind !== "fused", accuracy },
    );
    output = attend(0, qkv).output;
  }
  g.output("output", output, "float32", ["batch", "rows", "width"]);
  const session = "attention";
  const options = { threads: 1 };
  await worker.send({ kind: "open", session, model: g.build(), options });
  const feed = (
    type: WireTensor["type"],
    data: TensorData,
    dims: number[],
  ) => ({ type, data, dims });
  const found = await worker.send({
    kind: "run",
    session,
    feeds: {
      ...Object.fromEntries(names.map(([name, n], i) => [
        name,
        feed(
          "float32",
          noise(
            batch * rows * n * headDim,
            7 + i,
            name === "value" ? 1 : scale,
          ),
          [batch, rows, n * headDim],
        ),
      ])),
      last_row: feed("int32", new Int32Array(batch).fill(rows - 1), [batch]),
      count: feed("int32", Int32Array.of(rows), []),
    },
    fetch: ["output"],
    copies: [],
    store: {},
  });
  await worker.send({ kind: "close", session });
  return found.output!.data as Float32Array;
}

/** Root of the mean square difference over that of what is expected. */
function relativeError(found: Float32Array, expected: Float32Array): number {
  let [difference, size] = [0, 0];
  for (const [i, value] of expected.entries()) {
    difference += (found[i]! - value) ** 2;
    size += value ** 2;
  }
  return Math.sqrt(difference / size);
}

// One row, less than a block, a whole block, blocks that reach behind the end by one and by several rows.
const shapes = [[1, 1], [1, 2], [1, 40], [2, 64], [1, 65], [2, 129], [3, 330]];

Deno.test("stepAttention() equals GroupQueryAttention whatever the rows", async () => {
  using worker = new SessionWorker();
  for (const [batch, rows] of shapes) {
    const fused = await attended(worker, "fused", batch!, rows!);
    const steps = await attended(worker, "steps", batch!, rows!);
    const diff = maxDiff(steps, fused);
    assert(diff < 1e-5, `${batch} × ${rows} rows: max difference ${diff}`);
  }
});

Deno.test("stepAttention() with far keys in 8 bits stays within 2 % of fp32, for flat rows and for peaked ones", async () => {
  using worker = new SessionWorker();
  for (const [batch, rows] of shapes) {
    for (const scale of [1, 4]) {
      const args = [batch!, rows!, smallConfig, scale] as const;
      const fused = await attended(worker, "fused", ...args);
      const int8 = await attended(worker, "int8 steps", ...args);
      const error = relativeError(int8, fused);
      assert(error < 0.02, `${batch} × ${rows} rows × ${scale}: ${error}`);
      if (rows! > 64) assert(error > 1e-5, "8 bits are not in use");
    }
  }
});

Deno.test("stepAttention() takes one KV head a step where scores are many", async () => {
  using worker = new SessionWorker();
  const config = { ...smallConfig, heads: 64, kvHeads: 2, headDim: 8 };
  const args = [2, 650, config] as const;
  const fused = await attended(worker, "fused", ...args);
  const diff = maxDiff(await attended(worker, "steps", ...args), fused);
  assert(diff < 1e-5, `max difference ${diff}`);
  const error = relativeError(
    await attended(worker, "int8 steps", ...args),
    fused,
  );
  assert(error < 0.02, `${error}`);
});

Deno.test("chunkAttentions() computes long chunks of int8 in 8 bits, and neither short ones nor models with windows or caps", async () => {
  using worker = new SessionWorker();
  const error = async (rows: number, config: ModelConfig) =>
    relativeError(
      await attended(worker, "int8", 1, rows, config),
      await attended(worker, "exact", 1, rows, config),
    );
  const long = await error(800, smallConfig);
  assert(long > 1e-5 && long < 0.02, `${long}`);
  assert.equal(await error(700, smallConfig), 0);
  const layerKinds = Array.from(
    { length: smallConfig.layers },
    (_, l) => ({ rope: "model" as const, ...(l % 2 === 1 && { sliding: 64 }) }),
  );
  assert.equal(await error(800, { ...smallConfig, layerKinds }), 0);
  assert.equal(await error(800, { ...smallConfig, scoreCap: 30 }), 0);
});
