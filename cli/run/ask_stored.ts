import { firstValueFrom, type Observable, of } from "rxjs";
import {
  type Answer,
  Budget,
  type KvStore,
  type Plan,
  type Prompt,
  runGraph,
} from "../../mod.ts";
import { execute } from "./execute.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import type { HeldModel } from "./held_model.ts";
import { type Part, partsOfType } from "./plan_parts.ts";
import { waitingEntries } from "../predict/entries_left.ts";
import { keptChunks } from "../predict/plan_numbers.ts";
import type { Session } from "./session.ts";

/** A document that was read, and the graph that answers from it. */
export interface StoredDocument {
  readonly plan: Plan;
  readonly prefill: Part;
  readonly held: HeldModel;
  readonly store: KvStore;
  /** Room that chunks left for the question and the template around it. */
  readonly questionTokens: number;
}

/** What one question gave. */
export interface StoredAnswer {
  readonly answer: Answer | undefined;
  /** When the first text came, on the clock of `performance.now()`. */
  readonly firstAt: number | undefined;
}

/** Answers a question from stored KV: the graph runs from behind its prefill. */
export async function askStored(
  document: StoredDocument,
  text: string,
  session: Session,
): Promise<StoredAnswer> {
  const { plan, prefill, held, store, questionTokens } = document;
  const inputs = { question: of({ name: "question", text }) };
  const prompts = await buildPrompts(document, inputs, session);
  for (const prompt of prompts.values()) checkLength(prompt, questionTokens);
  const budget = new Budget(questionBudget(document));
  let firstAt: number | undefined;
  const answer = await execute(plan, session, {
    inputs,
    replace: {
      ...held.replace,
      ...Object.fromEntries([...prompts].map(([name, p]) => [name, of(p)])),
      [prefill.name]: store.chunks(budget),
    },
    budget,
    onEvent: ({ type }) => {
      if (type === "token") firstAt ??= performance.now();
    },
  });
  return { answer, firstAt };
}

/** The question as the graph's prompt nodes encode it. */
async function buildPrompts(
  { plan, held }: StoredDocument,
  inputs: Readonly<Record<string, Observable<unknown>>>,
  { interrupt: { signal } }: Session,
): Promise<Map<string, Prompt>> {
  const prompts = new Map<string, Prompt>();
  for (const { name } of partsOfType(plan, "pc/prompt")) {
    const { outputs } = runGraph(plan, {
      outputs: [name],
      replace: held.replace,
      inputs,
      signal,
    });
    prompts.set(name, await firstValueFrom(outputs[name]!) as Prompt);
  }
  return prompts;
}

function checkLength({ tail }: Prompt, room: number): void {
  if (tail.length <= room) return;
  throw new CliError(
    ExitCode.input,
    `The question has ${tail.length} tokens with its template, the chunks left room for ${room}; shorten it, or start again with more --question-tokens as far as the window allows`,
  );
}

/** KV bytes that one question may hold beside the store: kept chunks, their evicted copies, the merged cache, and what waits for a choice. */
function questionBudget({ plan, store, held }: StoredDocument): number {
  const chunk = store.largestBytes;
  const kept = keptChunks(plan, store.count);
  const entry = held.model.bytesPerEntry;
  const waiting = waitingEntries(plan, store.count, chunk / entry) * entry;
  return (3 * kept + held.model.workers + 2) * chunk + waiting;
}
