import {
  EMPTY,
  from,
  lastValueFrom,
  NEVER,
  type Observable,
  of,
  startWith,
} from "rxjs";
import type { z } from "zod";
import type { Ports, Streams } from "../../core/port.ts";
import type { Stage } from "../../core/stage.ts";
import * as stages from "../../stages/mod.ts";
import { seededRandom } from "../../stages/seeded_random.ts";
import { FakeModel, type FakeModelOptions } from "./fake_model.ts";
import { collect, type TestContext, testContext } from "./stage_context.ts";

/** Runs a stage as the runner would: options parsed by its schema. */
export function runStage<I extends Ports, O extends Ports, C extends z.ZodType>(
  stage: Stage<I, O, C>,
  inputs: Streams<I>,
  options: z.input<C>,
  ctx: TestContext,
): Streams<O> {
  return stage.run(inputs, stage.options.parse(options), ctx);
}

/** A single value whose source stays open, as a model's does. */
export function held<T>(value: T): Observable<T> {
  return NEVER.pipe(startWith(value));
}

/** Words and lines that depend on the seed. */
export function randomText(length: number, seed = 7): string {
  const random = seededRandom(seed);
  const letters = "etaoinshrdlu    .\n";
  return Array.from(
    { length },
    () => letters[Math.floor(random() * letters.length)],
  ).join("");
}

/** What a case is made of. */
export interface CaseOptions {
  readonly text?: string;
  readonly question?: string;
  readonly answerTokens?: number;
  readonly model?: FakeModelOptions;
  readonly budget?: number;
  readonly prompt?: z.input<typeof stages.PromptOptions>;
}

/** A document and a question, prepared for a fake model. */
export interface FakeCase {
  readonly model: FakeModel;
  readonly ctx: TestContext;
  readonly tokens: stages.TokenizedDocument;
  readonly prompt: stages.Prompt;
  readonly chunks: readonly stages.Chunk[];
}

/** Source, prompt, tokens and chunks. */
export async function fakeCase(options: CaseOptions = {}): Promise<FakeCase> {
  const model = new FakeModel(options.model);
  const ctx = testContext({ budget: options.budget ?? 1e9 });
  const text = { name: "test", text: options.text ?? randomText(400) };
  const question = {
    name: "question",
    text: options.question ?? "Who was it?",
  };
  const tokens = await lastValueFrom(
    runStage(stages.tokenize, { text: of(text), model: of(model) }, {}, ctx)
      .tokens,
  );
  const prompt = await lastValueFrom(
    runStage(
      stages.prompt,
      { question: of(question), model: of(model) },
      options.prompt ?? {},
      ctx,
    ).prompt,
  );
  const chunks = await collect(
    runStage(
      stages.chunkEven,
      { tokens: of(tokens), prompt: of(prompt), model: held(model) },
      { answerTokens: options.answerTokens ?? 8 },
      ctx,
    ).chunks,
  );
  return { model, ctx, tokens, prompt, chunks };
}

/** Every chunk, prefilled and asked. */
export function askedChunks(
  { model, ctx, prompt, chunks }: FakeCase,
  { onePass = false, batch = 1 }: { onePass?: boolean; batch?: number } = {},
): Promise<stages.KvChunk[]> {
  const source = {
    chunks: from(chunks),
    prompt: of(prompt),
    model: held(model),
  };
  if (onePass) {
    return collect(
      runStage(stages.prefillQuestion, source, { batch }, ctx).chunks,
    );
  }
  const prefilled = runStage(stages.prefill, source, { batch }, ctx).chunks;
  return collect(
    runStage(stages.requery, { ...source, chunks: prefilled }, {}, ctx).chunks,
  );
}

/** The question over merged chunks, decoded greedily. */
export async function answerOver(
  { model, ctx, prompt }: FakeCase,
  chunks: readonly stages.KvChunk[],
  options: z.input<typeof stages.DecodeOptions> = {},
): Promise<stages.Answer> {
  const context =
    runStage(stages.merge, { chunks: from(chunks), model: EMPTY }, {}, ctx)
      .context;
  const outputs = runStage(
    stages.decode,
    { context, prompt: of(prompt), model: held(model) },
    { maxTokens: 8, ...options },
    ctx,
  );
  return await lastValueFrom(outputs.answer);
}
