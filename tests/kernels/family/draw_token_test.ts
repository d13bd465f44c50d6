import assert from "node:assert/strict";
import { GraphBuilder } from "../../../kernels/onnx/builder.ts";
import {
  type DrawRule,
  drawToken,
  RULE,
  ruleNumbers,
} from "../../../kernels/family/draw_token.ts";
import { HalfBuilder } from "../../../kernels/onnx/half_builder.ts";
import { noise } from "../../../kernels/model/random_model.ts";
import { SessionWorker } from "../../../kernels/engine/session_worker.ts";
import { candidates, draw, SamplerOptions } from "../../../stages/sampler.ts";
import { seededRandom } from "../../../stages/seeded_random.ts";

const RULES: readonly Partial<DrawRule>[] = [
  {},
  { temperature: 0.3 },
  { temperature: 50 },
  { topK: 1 },
  { topK: 7 },
  { topK: 100000 },
  { topP: 0.9 },
  { topP: 0.01 },
  { topP: 0.999999 },
  { minP: 0.05 },
  { minP: 1 },
  { topK: 40, topP: 0.8, minP: 0.02, temperature: 0.7 },
];

/** What draws from logits of a vocabulary. */
class Drawer implements Disposable {
  readonly #worker = new SessionWorker();

  private constructor(readonly vocab: number) {}

  static async open(vocab: number, g = new GraphBuilder()): Promise<Drawer> {
    const drawer = new Drawer(vocab);
    const logits = g.input("logits", "float32", [1, 1, vocab]); // [1, 1, vocab]
    const point = g.input("point", "float64", [1, 1]); // [1, 1]
    const rule = g.input("rule", "float64", [RULE]); // [RULE]
    const id = drawToken(g, logits, vocab, { point, rule }); // [1, 1]
    g.output("id", id, "int64", [1, 1]);
    await drawer.#worker.send({
      kind: "open",
      session: "draw",
      model: g.build(),
      options: { threads: 1 },
    });
    return drawer;
  }

  async draw(
    logits: Float32Array, // [vocab]
    rule: DrawRule,
    point: number,
  ): Promise<number> {
    const numbers = ruleNumbers(rule, this.vocab); // [RULE]
    const data = Float64Array.of(point); // [1, 1]
    const dims = [1, 1, this.vocab];
    const { id } = await this.#worker.send({
      kind: "run",
      session: "draw",
      feeds: {
        logits: { type: "float32", data: logits.slice(), dims },
        point: { type: "float64", data, dims: [1, 1] },
        rule: { type: "float64", data: numbers, dims: [RULE] },
      },
      fetch: ["id"],
      copies: [],
      store: {},
    });
    return Number(id!.data[0]);
  }

  [Symbol.dispose](): void {
    this.#worker[Symbol.dispose]();
  }
}

const parsed = (rule: Partial<DrawRule>) =>
  SamplerOptions.parse({ temperature: 1, ...rule });

for (const vocab of [1, 5, 300, 5000, 49152]) {
  Deno.test(`drawToken() draws what the sampler draws, of ${vocab} tokens`, async () => {
    using drawer = await Drawer.open(vocab);
    const random = seededRandom(vocab);
    const seen = new Set<number>();
    for (const [i, rule] of RULES.entries()) {
      const options = parsed(rule);
      // Rounded to quarters there are ties, also at the borders of a rule.
      for (const grain of [0, 4]) {
        const logits = noise(vocab, i, 6).map((v) =>
          grain ? Math.round(v * grain) / grain : v
        ); // [vocab]
        const left = candidates(logits, options);
        for (const point of [0, random(), random(), 1 - 2 ** -20]) {
          const id = await drawer.draw(logits, options, point);
          assert.equal(
            id,
            draw(left, point),
            `${JSON.stringify(rule)} at ${point}, ties ${grain}`,
          );
          seen.add(id);
        }
      }
    }
    assert(seen.size >= Math.min(vocab, 20), `${seen.size} tokens seen`);
  });
}

Deno.test("drawToken() takes of equal weights the smaller ids, and never a token without weight", async () => {
  using drawer = await Drawer.open(6);
  const flat = Float32Array.of(2, 3, 3, 3, 3, -Infinity);
  const ids = async (rule: Partial<DrawRule>, logits = flat) => {
    const found = [];
    for (const point of [0, 0.3, 0.6, 0.99]) {
      const options = parsed(rule);
      const id = await drawer.draw(logits, options, point);
      assert.equal(id, draw(candidates(logits, options), point));
      found.push(id);
    }
    return found;
  };
  assert.deepEqual(await ids({ topK: 3 }), [1, 1, 2, 3]);
  assert.deepEqual(await ids({ topP: 0.4 }), [1, 1, 2, 2]);
  assert.deepEqual(await ids({ minP: 1 }), [1, 2, 3, 4]);
  assert.deepEqual(await ids({ temperature: 0.01 }), [1, 2, 3, 4]);
  const one = Float32Array.of(0, 0, 0, 0, 900, 0);
  assert.deepEqual(await ids({}, one), [4, 4, 4, 4]);
});

Deno.test("drawToken() draws by the logits as they are where products are of 16 bits", async () => {
  using drawer = await Drawer.open(500, new HalfBuilder());
  const logits = Float32Array.from(new Float16Array(noise(500, 3, 5))); // [500]
  const options = parsed({ topP: 0.95 });
  const left = candidates(logits, options);
  for (let point = 0; point < 1; point += 0.07) {
    const id = await drawer.draw(logits, options, point);
    assert.equal(id, draw(left, point));
  }
});
