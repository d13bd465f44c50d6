// deno-lint-ignore-file no-console
/**
 * Finds the query heads that look the answer up: those whose attention, from the question's rows, lies most on the
 * answer's own tokens (QRHead, arXiv 2506.09944), on cases inside the window with seeds that no table uses.
 *
 *     deno run -A bench/shelf/find_heads.ts [--heads 12] [--cases 6] [--out bench/shelf/heads.tiny.json]
 *
 * The file is what `evict.head-weighted` reads.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { loadModel } from "../../mod.ts";
import { needles } from "../../eval/suites/needles.ts";

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    heads: { type: "string", default: "12" },
    cases: { type: "string", default: "6" },
    out: { type: "string", default: "bench/shelf/heads.tiny.json" },
  },
});
/** Tables use seeds from 0 on. */
const FIRST_SEED = 5000;
const TOKENS = 1200;

await using model = await loadModel("tiny");
const { layers, heads, bosId } = model.config;
const { tokenizer } = model;
const tasks = ["passkey", "niah_multikey_1", "fact", "hex-kv", "two-hop"];
const seeds = Array.from(
  { length: Number(flags.cases) },
  (_, i) => FIRST_SEED + i,
);
const found = new Float64Array(layers * heads); // [layers, heads]
let cases = 0;
const choice = { tasks, lengths: [TOKENS], seeds };
for await (const given of needles.cases(choice, { tokenizer })) {
  const { ids, byteEnds } = tokenizer.encodeWithOffsets(given.document);
  const tail = tokenizer.encode(`\n\n${given.question}${given.answerPrefix}`);
  const [prefilled] = await model.prefill([
    { ids: Int32Array.of(bosId!, ...ids), tail },
  ]);
  const { cache, question } = prefilled!;
  const ones = new Float32Array(tail.length).fill(1 / tail.length); // [rows]
  const mass = await model.attention(cache, question!, ones); // layers × [heads, entries]
  const answer = tokensOf(given.document, given.expected[0]!, byteEnds);
  for (const [l, layer] of mass.entries()) {
    const entries = layer.length / heads;
    for (let head = 0; head < heads; head++) {
      for (const at of answer) {
        found[l * heads + head]! += layer[head * entries + 1 + at]!;
      }
    }
  }
  cache.dispose?.();
  cases++;
}
const best = [...found].map((sum, at) => ({
  layer: Math.floor(at / heads),
  head: at % heads,
  share: Math.round(sum / cases * 1e4) / 1e4,
})).sort((a, b) => b.share - a.share).slice(0, Number(flags.heads));
for (const head of best) console.log(head);
const table = best.map(({ layer, head }) => ({ layer, head, weight: 1 }));
await Deno.writeTextFile(flags.out, JSON.stringify(table) + "\n");

/** Indices of the tokens that the answer's first occurrence is made of. */
function tokensOf(text: string, answer: string, byteEnds: Uint32Array) {
  const bytes = (part: string) => new TextEncoder().encode(part).length;
  const from = bytes(text.slice(0, text.indexOf(answer)));
  const to = from + bytes(answer);
  return [...byteEnds.keys()].filter((at) =>
    byteEnds[at]! > from && (at === 0 ? 0 : byteEnds[at - 1]!) < to
  );
}
