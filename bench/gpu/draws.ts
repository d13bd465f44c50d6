// deno-lint-ignore-file no-console
/**
 * Decoding by draws on CUDA, on random weights of a published shape: steps that draw on the card, beside greedy steps
 * and one token a call, drawn by the sampler on the host. In turns; both sessions of steps are open, so that the card
 * holds the weights three times.
 *
 *     deno run -A bench/gpu/draws.ts SHAPE [entries=8192] [tokens=256] [repetitions=5] [temperature=0.8] [topK=0] [topP=0.95]
 *
 * Writes bench/results/gpu_draws_SHAPE.json.
 *
 * @module
 */
import { PointsAhead } from "../../stages/points_ahead.ts";
import { sample, SamplerOptions } from "../../stages/sampler.ts";
import { seededRandom } from "../../stages/seeded_random.ts";
import { median, writeResult } from "../result.ts";
import { randomShape, type ShapeName, shapes } from "./random_shape.ts";

const [shape = "135m", ...rest] = Deno.args;
const given = new Map(rest.map((part) => part.split("=") as [string, string]));
const number = (name: string, otherwise: number) =>
  Number(given.get(name) ?? otherwise);
const entries = number("entries", 8192);
const tokens = number("tokens", 256);
const repetitions = number("repetitions", 5);
const provider = (given.get("provider") ?? "cuda") as "cuda" | "cpu";
const options = SamplerOptions.parse({
  temperature: number("temperature", 0.8),
  topK: number("topK", 0),
  topP: number("topP", 0.95),
});
/** Tokens a call. */
const BURST = 64;

await using model = await randomShape(shape as ShapeName, {
  window: entries,
  bits: 16,
  provider,
});
const { vocab } = shapes[shape as ShapeName];
const ids = Int32Array.from({ length: entries }, (_, i) => i * 977 % vocab);
const [prefilled] = await model.prefill([{ ids }]);
const { cache } = prefilled!;

/** How tokens are chosen. */
const ways = ["greedy", "drawn in steps", "drawn one a call"] as const;
const seconds = new Map<string, number[]>(ways.map((way) => [way, []]));
const answers = new Map<string, readonly number[]>();
for (let i = 0; i <= repetitions; i++) {
  for (const way of ways) {
    const each = await decoded(way);
    if (i > 0) seconds.get(way)!.push(each); // the first time sessions open
  }
}
const middle = (way: typeof ways[number]) => median(seconds.get(way)!);
const [, steps, single] = ways.map((way) => answers.get(way)!);
const result = {
  command: ["deno run -A bench/gpu/draws.ts", ...Deno.args].join(" "),
  settings: { shape, entries, tokens, ...options },
  secondsPerToken: Object.fromEntries(ways.map((way) => [way, middle(way)])),
  timesGreedy: middle("drawn in steps") / middle("greedy"),
  timesSooner: middle("drawn one a call") / middle("drawn in steps"),
  sameTokens: single!.filter((id, at) => id === steps![at]).length,
  of: single!.length,
  all: Object.fromEntries(seconds),
};
console.log(JSON.stringify(result, null, 1));
await writeResult(given.get("name") ?? `gpu_draws_${shape}`, result);

/** Seconds of every token behind the first. */
async function decoded(way: typeof ways[number]): Promise<number> {
  const choice = way === "greedy" ? "greedy" : "sampled";
  await using state = await model.decode(cache, entries, undefined, choice);
  const points = new PointsAhead(seededRandom(1));
  const next = () => points.next();
  const first = await state.step(ids.slice(0, 16)); // [vocab]
  const answer = [sample(first, options, next)];
  const start = performance.now();
  while (answer.length <= tokens) {
    const last = answer.at(-1)!;
    if (way === "drawn one a call") {
      const logits = await state.step(Int32Array.of(last)); // [vocab]
      answer.push(sample(logits, options, next));
      continue;
    }
    if (!state.greedy && !state.sampled) throw new Error("No steps here");
    const draws = { ...options, points: points.ahead(BURST) };
    const more = await state.greedy?.(last, BURST) ??
      await state.sampled!(last, draws);
    answer.push(...more);
    for (let i = 0; i < BURST; i++) next();
  }
  const each = (performance.now() - start) / (answer.length - 1) / 1000;
  answers.set(way, answer.slice(0, tokens));
  return each;
}
