import { lastValueFrom, NEVER, type Observable, of, startWith } from "rxjs";
import { from } from "rxjs";
import {
  Budget,
  builtins,
  type Chunk,
  type LanguageModel,
  loadGraph,
  type MergedContext,
  type Prompt,
  runGraph,
  shippedGraph,
} from "../../mod.ts";

/** What a question over chunks is run with. */
export interface QuestionSettings {
  readonly chunks: number;
  /** Rows of a chunk, lead and question included. */
  readonly rows: number;
  /** Chunks computed in one call. */
  readonly batch: number;
  /** Entries kept of every chunk; `Infinity`: all of them, by no eviction at all. */
  readonly keepEntries: number;
  readonly share: "none" | "layer" | "model";
  readonly fuse?: "auto" | "never";
}

/** The cards' memory is what limits these runs, not the budget of live tensors. */
const BUDGET = 2 ** 40;

const QUESTION = "Who is the captain of the ship, and where does he come from?";

/**
 * Runs parts of `graphs/evict_first.yaml`, or of `kv_kept.yaml`, where all KV stays; all chunks kept, over ids that are
 * given: from chunks to the merged context.
 */
export class QuestionRun {
  readonly #registry = builtins();
  #prompt: Prompt | undefined;

  constructor(
    readonly model: LanguageModel,
    readonly settings: QuestionSettings,
  ) {}

  /** The question as the model is asked. */
  async prompt(): Promise<Prompt> {
    return this.#prompt ??= await this.#output("prompt.prompt") as Prompt;
  }

  /** Chunks of random ids. */
  async chunks(): Promise<Chunk[]> {
    const { chunks: count, rows } = this.settings;
    const { lead, tail } = await this.prompt();
    const each = rows - lead.length - tail.length;
    const { vocab } = this.model.tokenizer;
    return Array.from({ length: count }, (_, index) => ({
      index,
      count,
      lead,
      tokens: Int32Array.from(
        { length: each },
        () => Math.floor(Math.random() * vocab),
      ), // [each]
      byteStart: 0,
      byteEnd: 0,
      line: 1,
    }));
  }

  /** Prefill, eviction, scores and the merge of all chunks. */
  async merged(chunks: readonly Chunk[]): Promise<MergedContext> {
    const given = { "chunks.chunks": from(chunks) };
    return await this.#output("merged.context", given) as MergedContext;
  }

  async #output(
    name: string,
    replace: Record<string, Observable<unknown>> = {},
  ): Promise<unknown> {
    const { batch, chunks, keepEntries, share, fuse } = this.settings;
    const all = keepEntries === Infinity;
    const graph = all
      ? new URL("./kv_kept.yaml", import.meta.url)
      : shippedGraph("evict_first");
    const plan = await loadGraph(graph, {
      registry: this.#registry,
      params: {
        batch,
        keepChunks: chunks,
        prompt: "plain",
        // whether decoding meets a bias is the benchmark's choice (bias=yes)
        ...(!all && { keepEntries, share, chunkBias: 0 }),
      },
    });
    const { outputs } = runGraph({ ...plan, fuse: fuse ?? "auto" }, {
      budget: new Budget(BUDGET),
      inputs: { document: of(""), question: of(QUESTION) },
      replace: {
        "model.model": NEVER.pipe(startWith(this.model)),
        ...replace,
      },
      outputs: [name],
    });
    return await lastValueFrom(outputs[name]!);
  }
}
