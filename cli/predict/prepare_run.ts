import { from, lastValueFrom, type Observable, toArray } from "rxjs";
import { openModel } from "../../io/open_model.ts";
import {
  type AnyStage,
  cardWeights,
  type Chunk,
  heldBytes,
  type MemoryMoment,
  type MemoryTerm,
  peakTerms,
  type Plan,
  type Port,
  predictCardMemory,
  predictMoments,
  runGraph,
  type RunNumbers,
  sessionWeights,
  type TokenizedDocument,
} from "../../mod.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { type HeldModel, holdModel } from "../run/held_model.ts";
import { type Part, partsOfType } from "../run/plan_parts.ts";
import { readTuning } from "../../io/tuning.ts";
import { runNumbers } from "./plan_numbers.ts";
import type { Session } from "../run/session.ts";

/** A run up to its chunks: everything is counted, nothing is computed. */
export interface PreparedRun extends Disposable {
  readonly held: HeldModel;
  readonly chunks: readonly Chunk[];
  readonly documentTokens: number;
  readonly numbers: RunNumbers;
  /** What is held when most is. */
  readonly terms: readonly MemoryTerm[];
  /** The same for other numbers. */
  predict(numbers: RunNumbers): readonly MemoryTerm[];
  /** What is held at each moment that may be the peak. */
  readonly moments: readonly MemoryMoment[];
  /** What is held on the card, where one computes. */
  readonly card?: readonly MemoryTerm[];
  /** For `runGraph({ replace })`: model and chunks as they are here. */
  readonly replace: Readonly<Record<string, Observable<unknown>>>;
}

/** What a run is prepared with. */
export interface PrepareWork {
  readonly inputs: Readonly<Record<string, Observable<unknown>>>;
  /** Bytes of KV that are kept between questions. */
  readonly kvMemory?: number;
  /** The model, where it is loaded already; disposed with the run. */
  readonly held?: HeldModel;
}

/** Loads the model, tokenises and cuts the document, and predicts what the run will hold. */
export async function prepareRun(
  plan: Plan,
  { inputs, kvMemory = 0, held: given }: PrepareWork,
  session: Session,
): Promise<PreparedRun> {
  const chunker = onlyChunker(plan);
  const held = given ?? await holdModel(plan, session);
  try {
    const { chunks, documentTokens } = await countChunks(
      plan,
      { chunker, held, inputs },
      session,
    );
    const { config } = held.model;
    const counted = { chunks, documentTokens };
    const all = chunks.reduce(
      (sum, c) => sum + heldBytes(config, c.lead.length + c.tokens.length),
      0,
    );
    const tuning = held.model.provider === "cpu"
      ? await readTuning(modelPath(plan))
      : undefined;
    const storedBytes = Math.min(kvMemory, all);
    const { provider } = held.model;
    const numbers = runNumbers(plan, {
      ...counted,
      tuning,
      provider,
      storedBytes,
      window: config.window,
    });
    await using file = await openModel(modelPath(plan));
    const predict = (n: RunNumbers) =>
      predictMoments(
        config,
        sessionWeights(file.weights, config, n.accuracy),
        n,
      );
    const moments = predict(numbers);
    return {
      held,
      ...counted,
      numbers,
      moments,
      terms: peakTerms(moments),
      predict: (n) => peakTerms(predict(n)),
      ...(provider === "cuda" && {
        card: predictCardMemory(
          config,
          cardWeights(file.weights, config, numbers.accuracy),
          numbers,
        ),
      }),
      replace: { ...held.replace, [chunker.name]: from(chunks) },
      [Symbol.dispose]: () => held[Symbol.dispose](),
    };
  } catch (error) {
    held[Symbol.dispose]();
    throw error;
  }
}

/** Runs the graph up to its chunks. */
async function countChunks(
  plan: Plan,
  { chunker, held, inputs }: PrepareWork & {
    readonly chunker: Part;
    readonly held: HeldModel;
  },
  session: Session,
): Promise<{ chunks: Chunk[]; documentTokens: number }> {
  const tokens = partsOfType(plan, "pc/tokenized-document")[0];
  const { outputs, events } = runGraph(plan, {
    outputs: [chunker.name, ...(tokens ? [tokens.name] : [])],
    replace: held.replace,
    inputs,
    signal: session.interrupt.signal,
  });
  events.subscribe((event) => {
    session.clock.note(event);
    session.report.event(event);
  });
  const collected = (name: string) =>
    lastValueFrom(outputs[name]!.pipe(toArray()));
  const [chunks, documents] = await Promise.all([
    collected(chunker.name) as Promise<Chunk[]>,
    tokens ? collected(tokens.name) as Promise<TokenizedDocument[]> : [],
  ]);
  const documentTokens = documents[0]?.ids.length ??
    chunks.reduce((sum, chunk) => sum + chunk.tokens.length, 0);
  return { chunks, documentTokens };
}

function onlyChunker(plan: Plan): Part {
  const [chunker, ...others] = partsOfType(plan, "pc/chunk")
    .filter(({ node: { stage } }) => !readsChunks(stage)); // that only orders them
  if (chunker && others.length === 0) return chunker;
  throw new CliError(
    ExitCode.graph,
    `Graph '${plan.file}' has ${
      chunker ? others.length + 1 : "no"
    } nodes that give chunks; its memory can be predicted with exactly one`,
  );
}

function readsChunks({ inputs }: AnyStage): boolean {
  return Object.values<Port>(inputs).some(({ type: { name } }) =>
    name === "pc/chunk"
  );
}

function modelPath(plan: Plan): string {
  const options = partsOfType(plan, "pc/model")[0]?.node.options;
  const path = (options as { path?: unknown } | undefined)?.path;
  if (typeof path === "string") return path;
  throw new CliError(
    ExitCode.graph,
    `The model of graph '${plan.file}' names no file, so its memory cannot be predicted`,
  );
}
