import type { ModelConfig } from "../../io/model_config.ts";
import type { KvCache, QuestionStats } from "../../kernels/cache/kv_cache.ts";
import { floatCache } from "../kernels/float_cache.ts";
import { seenScores } from "../kernels/host_scores.ts";
import { seededRandom } from "../../stages/seeded_random.ts";

/** Keys and values of new rows, by layer. */
export interface NewRows {
  readonly queries: Float32Array[]; // layers × [heads, rows, headDim]
  readonly keys: Float32Array[]; // layers × [kvHeads, rows, headDim]
  readonly values: Float32Array[]; // layers × [kvHeads, rows, headDim]
  readonly logits: Float32Array[]; // rows × [vocab]
}

/** A Llama-like decoder written out in loops: small random weights, no speed, no cleverness. */
export class FakeTransformer {
  readonly #weights: Record<string, Float32Array[]>;

  constructor(readonly config: ModelConfig, seed: number) {
    const random = seededRandom(seed);
    const { vocab, hidden, heads, kvHeads, headDim, ffn, layers } = config;
    const matrix = (inputs: number, outputs: number, scale = 1) =>
      Array.from(
        { length: outputs },
        () =>
          Float32Array.from({ length: inputs }, () =>
            (random() * 2 - 1) * scale * Math.sqrt(3 / inputs)),
      );
    this.#weights = { embed: matrix(hidden, vocab, 2) };
    for (let l = 0; l < layers; l++) {
      this.#weights[`q${l}`] = matrix(hidden, heads * headDim, 2);
      this.#weights[`k${l}`] = matrix(hidden, kvHeads * headDim, 2);
      this.#weights[`v${l}`] = matrix(hidden, kvHeads * headDim);
      this.#weights[`o${l}`] = matrix(heads * headDim, hidden);
      this.#weights[`up${l}`] = matrix(hidden, ffn);
      this.#weights[`down${l}`] = matrix(ffn, hidden);
    }
  }

  /** Runs rows that see a cache (its real entries), then themselves causally. `sees` can hide cache entries. */
  forward(
    ids: Int32Array,
    position: number,
    seen?: KvCache,
    sees: (layer: number, head: number, entry: number) => boolean = () => true,
  ): NewRows {
    const { heads, kvHeads, headDim, layers } = this.config;
    const rows = ids.length;
    const cache = seen && floatCache(seen);
    const x = [...ids].map((id) => this.#weights.embed![id]!.slice());
    const out: NewRows = { queries: [], keys: [], values: [], logits: [] };
    for (let l = 0; l < layers; l++) {
      const normed = x.map(norm);
      const project = (name: string, count: number, rotate: boolean) => {
        const all = new Float32Array(count * rows * headDim); // [count, rows, headDim]
        for (const [r, h] of normed.entries()) {
          const y = multiply(this.#weights[name + l]!, h);
          for (let head = 0; head < count; head++) {
            const part = y.subarray(head * headDim, (head + 1) * headDim);
            if (rotate) this.#rotate(part, position + r);
            all.set(part, (head * rows + r) * headDim);
          }
        }
        return all;
      };
      const q = project("q", heads, true); // [heads, rows, headDim]
      const k = project("k", kvHeads, true); // [kvHeads, rows, headDim]
      const v = project("v", kvHeads, false); // [kvHeads, rows, headDim]
      const layer = cache?.layers[l];
      for (let r = 0; r < rows; r++) {
        const mixed = new Float32Array(heads * headDim);
        for (let head = 0; head < heads; head++) {
          const g = Math.floor(head / (heads / kvHeads));
          const query = q.subarray((head * rows + r) * headDim).subarray(
            0,
            headDim,
          );
          const seen: [Float32Array, Float32Array, number][] = [];
          const count = layer ? layer.counts?.[g] ?? layer.entries : 0;
          for (let e = 0; e < count; e++) {
            if (sees(l, g, e)) {
              seen.push([layer!.keys, layer!.values, g * layer!.entries + e]);
            }
          }
          for (let t = 0; t <= r; t++) seen.push([k, v, g * rows + t]);
          const raw = seen.map(([keys, , at]) =>
            dot(query, keys, at * headDim) / Math.sqrt(headDim)
          );
          const onCache = raw.length - r - 1;
          const p = softmax(
            layer && onCache === count
              ? [
                ...seenScores(raw.slice(0, count), layer, g, cache?.tempering),
                ...raw.slice(count),
              ]
              : raw, // a mask hides entries: such tests correct nothing
          );
          for (const [i, [, values, at]] of seen.entries()) {
            for (let d = 0; d < headDim; d++) {
              mixed[head * headDim + d]! += p[i]! * values[at * headDim + d]!;
            }
          }
        }
        add(x[r]!, multiply(this.#weights[`o${l}`]!, mixed));
        const up = multiply(this.#weights[`up${l}`]!, norm(x[r]!));
        add(
          x[r]!,
          multiply(
            this.#weights[`down${l}`]!,
            up.map((u) => u / (1 + Math.exp(-u))),
          ),
        );
      }
      out.queries.push(q);
      out.keys.push(k);
      out.values.push(v);
    }
    for (const row of x) {
      out.logits.push(multiply(this.#weights.embed!, norm(row)));
    }
    return out;
  }

  #rotate(part: Float32Array, position: number): void {
    const half = part.length / 2;
    for (let i = 0; i < half; i++) {
      const angle = position / this.config.ropeTheta ** (i / half);
      const [a, b] = [part[i]!, part[i + half]!];
      part[i] = a * Math.cos(angle) - b * Math.sin(angle);
      part[i + half] = b * Math.cos(angle) + a * Math.sin(angle);
    }
  }
}

/** The contract of `LanguageModel.attention`, in loops: the oracle. */
export function naiveAttention(
  cache: KvCache,
  question: QuestionStats,
  weights: Float32Array, // [rows]
  heads: number,
): Float32Array[] {
  const { kvHeads, headDim } = cache;
  const rows = question.ids.length;
  return cache.layers.map((layer, l) => {
    const mass = new Float32Array(heads * layer.entries); // [heads, entries]
    for (let head = 0; head < heads; head++) {
      const g = Math.floor(head / (heads / kvHeads));
      const count = layer.counts?.[g] ?? layer.entries;
      for (let r = 0; r < rows; r++) {
        const query = question.queries[l]!.subarray((head * rows + r) * headDim)
          .subarray(0, headDim);
        const raw: number[] = [];
        for (let e = 0; e < count; e++) {
          raw.push(
            dot(query, layer.keys, (g * layer.entries + e) * headDim) /
              Math.sqrt(headDim),
          );
        }
        const scores = seenScores(raw, layer, g, cache.tempering);
        for (let t = 0; t <= r; t++) {
          scores.push(
            dot(query, question.keys[l]!, (g * rows + t) * headDim) /
              Math.sqrt(headDim),
          );
        }
        const p = softmax(scores);
        for (let e = 0; e < count; e++) {
          mass[head * layer.entries + e]! += weights[r]! * p[e]!;
        }
      }
    }
    return mass;
  });
}

/** log P of `id` under logits. */
export function logProb(logits: Float32Array, id: number): number {
  const most = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const total = logits.reduce((sum, l) => sum + Math.exp(l - most), 0);
  return logits[id]! - most - Math.log(total);
}

function softmax(scores: readonly number[]): number[] {
  const most = Math.max(...scores);
  const weights = scores.map((s) => Math.exp(s - most));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / total);
}

function dot(a: Float32Array, b: Float32Array, from: number): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[from + i]!;
  return sum;
}

function multiply(matrix: Float32Array[], x: Float32Array): Float32Array {
  return Float32Array.from(matrix, (row) => dot(row, x, 0));
}

function norm(x: Float32Array): Float32Array {
  const mean = x.reduce((sum, v) => sum + v * v, 0) / x.length;
  return x.map((v) => v / Math.sqrt(mean + 1e-5));
}

function add(x: Float32Array, y: Float32Array): void {
  for (let i = 0; i < x.length; i++) x[i]! += y[i]!;
}
