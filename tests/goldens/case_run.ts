import { from, lastValueFrom, type Observable, of, toArray } from "rxjs";
import { Budget } from "../../core/budget.ts";
import { planGraph } from "../../core/load.ts";
import { runGraph } from "../../core/run.ts";
import type { LanguageModel } from "../../kernels/language_model.ts";
import { hostCache } from "../../kernels/cache/resident_cache.ts";
import { builtins } from "../../stages/builtins.ts";
import type {
  Answer,
  Chunk,
  KvChunk,
  MergedContext,
  Prompt,
} from "../../stages/types.ts";
import {
  caseGraph,
  type CaseOptions,
  type Step,
  stepsOf,
} from "./case_graph.ts";
import { type CaseSetup, documentText } from "./golden_case.ts";
import { RecordedModel } from "./recorded_model.ts";

/** What a test may change of a run. */
export interface RunCaseOptions extends CaseOptions {
  /** Streams in place of outputs, by `node.port`. */
  readonly replace?: Readonly<Record<string, Observable<unknown>>>;
}

/** What came out of every stage of a case. */
export interface CaseRun extends Disposable {
  readonly prompt: Prompt;
  readonly chunks: readonly Chunk[];
  /** All chunks with their scores, in the document's order. */
  readonly scored: readonly KvChunk[];
  /** The selected chunks as they left the queue. */
  readonly best: readonly KvChunk[];
  /** The selected chunks after each step, in the document's order. */
  readonly after: Readonly<Partial<Record<Step, readonly KvChunk[]>>>;
  readonly merged: MergedContext;
  /** What is decoded over: `merged`, or what the steps on it left. */
  readonly context: MergedContext;
  readonly answer: Answer;
  /** What the model was asked. */
  readonly asked: RecordedModel;
  readonly budget: Budget;
}

/** Runs a case's graph and holds what every stage gave. */
export async function runCase(
  model: LanguageModel,
  setup: CaseSetup,
  options: RunCaseOptions = {},
): Promise<CaseRun> {
  const steps = stepsOf(setup);
  const run = await startCase(model, setup, options, [
    "prompt",
    "chunks",
    "scored",
    "best",
    ...steps,
    "merged.context",
    "context",
    "answer",
  ]);
  const all = <T>(name: string) =>
    lastValueFrom((run.outputs[name] as Observable<T>).pipe(toArray()));
  const one = <T>(name: string) =>
    lastValueFrom(run.outputs[name] as Observable<T>);
  const [prompt, chunks, scored, best, merged, context, answer, ...after] =
    await Promise.all([
      one<Prompt>("prompt"),
      all<Chunk>("chunks"),
      all<KvChunk>("scored"),
      all<KvChunk>("best"),
      one<MergedContext>("merged.context"),
      one<MergedContext>("context"),
      one<Answer>("answer"),
      ...steps.map((step) => all<KvChunk>(step)),
    ]);
  const mergedOnHost = await onHost(merged);
  const held = [...scored, ...best, ...after.flat(), merged, context];
  return {
    prompt,
    chunks,
    scored: inOrder(scored),
    best,
    after: Object.fromEntries(
      steps.map((step, i) => [step, inOrder(after[i]!)]),
    ),
    merged: mergedOnHost,
    context: context === merged ? mergedOnHost : await onHost(context),
    answer,
    asked: run.asked,
    budget: run.budget,
    [Symbol.dispose]: () => held.forEach((value) => value.release()),
  };
}

/** Runs a case's graph for its answer alone: no stage has a second reader. */
export async function answerCase(
  model: LanguageModel,
  setup: CaseSetup,
  options: RunCaseOptions = {},
): Promise<Pick<CaseRun, "answer" | "asked" | "budget">> {
  const run = await startCase(model, setup, options, ["answer"]);
  const answer = await lastValueFrom(run.outputs.answer!) as Answer;
  return { answer, asked: run.asked, budget: run.budget };
}

async function startCase(
  model: LanguageModel,
  setup: CaseSetup,
  { replace, ...options }: RunCaseOptions,
  outputs: readonly string[],
) {
  const graph = caseGraph(setup, options);
  const plan = await planGraph(graph, { registry: builtins() });
  const asked = new RecordedModel(model);
  const budget = new Budget(2 ** 30);
  const text = await documentText(setup);
  const { outputs: streams } = runGraph(plan, {
    budget,
    outputs,
    checked: true,
    inputs: {
      document: of({ name: "document", text }),
      question: of({ name: "question", text: setup.question }),
    },
    replace: { "model.model": of(asked), ...replace },
  });
  return { outputs: streams, asked, budget };
}

/** The context with keys and values to compare, wherever they are. */
async function onHost(context: MergedContext): Promise<MergedContext> {
  return { ...context, cache: await hostCache(context.cache) };
}

function inOrder(chunks: readonly KvChunk[]): KvChunk[] {
  return chunks.toSorted((a, b) => a.chunk.index - b.chunk.index);
}

/** Chunks as a stream that others may read again: each of them gets a further owner. */
export function reread(chunks: readonly KvChunk[]): Observable<KvChunk> {
  for (const chunk of chunks) chunk.retain();
  return from(chunks);
}
