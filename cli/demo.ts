/**
 * The demonstration: `deno task demo`. A model with a window of 2,048 tokens answers from the whole of Moby-Dick;
 * truncation and full attention are asked the same.
 *
 * @module
 */
import { of } from "rxjs";
import { formatBytes } from "../mod.ts";
import { askStored } from "./run/ask_stored.ts";
import { defaultGraph } from "./arguments/default_graph.ts";
import { bookWithFacts, excerptWithFacts, facts } from "./demo_book.ts";
import { type DemoRow, introduce, showRow, summary } from "./demo_text.ts";
import { execute } from "./run/execute.ts";
import { exitCodeOf } from "./terminal/exit_code.ts";
import { type HeldModel, holdModel } from "./run/held_model.ts";
import { loadPlan } from "./arguments/load_plan.ts";
import { partWithoutFacet } from "./run/plan_parts.ts";
import { openSession, type Session } from "./run/session.ts";
import { storeDocument } from "./run/store_document.ts";

/** Bytes of the excerpt on which full attention can run: about 8,192 tokens, four windows. */
const excerptBytes = 26_000;
/** Tokens that chunks leave free for a question. */
const questionTokens = 64;
const flags = { prompt: "raw", maxTokens: 12 } as const;

/** What the methods share. */
interface Stage {
  readonly session: Session;
  /** The same without the answers, which are shown afterwards. */
  readonly quiet: Session;
  readonly held: HeldModel;
}

async function demo(): Promise<void> {
  using session = openSession({});
  const { terminal } = session;
  const quiet = { ...session, terminal: { ...terminal, out: () => {} } };
  const plan = await loadPlan(defaultGraph, flags);
  using held = await holdModel(plan, quiet);
  const stage = { session, quiet, held };
  const book = bookWithFacts();
  const excerpt = excerptWithFacts(excerptBytes);
  terminal.out(introduce(held.model, book));
  const rows: DemoRow[] = [];
  for (
    const work of [
      () => askEach("truncation", "truncate_middle", book, stage),
      () => askEach("full attention", "full_attention", excerpt, stage),
      () => askEach("ParallelComp", defaultGraph, excerpt, stage),
      () => askBook(book, stage),
    ]
  ) {
    const row = await work();
    rows.push(row);
    terminal.out(showRow(row));
  }
  terminal.out(summary(rows));
  terminal.out(`Peak memory ${formatBytes(session.peak.bytes)}\n`);
}

/** Asks every question in a run of its own. */
async function askEach(
  method: string,
  graph: string,
  document: string,
  { quiet, held }: Stage,
): Promise<DemoRow> {
  const began = performance.now();
  const plan = await loadPlan(graph, flags);
  const answers: string[] = [];
  const given = held.model.tokenizer.encode(document).length;
  let read = given;
  for (const { question } of facts) {
    const answer = await execute(plan, quiet, {
      replace: held.replace,
      inputs: { document: of(document), question: of(question) },
    });
    answers.push(answer!.answer);
    const { chunks, kept: [first] } = answer!;
    if (chunks === 1) read = Math.min(given, first!.entriesBefore);
  }
  return { method, read, given, answers, seconds: secondsSince(began) };
}

/** Reads the book once and asks every question of what was kept, as `chat` does. */
async function askBook(
  book: string,
  { session, quiet, held }: Stage,
): Promise<DemoRow> {
  const began = performance.now();
  const plan = await loadPlan(defaultGraph, { ...flags, questionTokens });
  const prefill = partWithoutFacet(plan, "pc/kv-chunk", "question")!;
  const { model, replace } = held;
  const inputs = { document: of(book), question: of("?") };
  // At most a third of the free memory; what is beyond it goes to a temporary file.
  const limit = Deno.systemMemoryInfo().available / 3;
  using store = await storeDocument(
    { plan, prefill, model, replace, inputs, limit },
    session,
  );
  session.terminal.out(
    `The book is read: ${store.count} chunks in ${
      secondsSince(began).toFixed(1)
    } s, ${formatBytes(store.memoryBytes + store.fileBytes)} of KV cache\n`,
  );
  const answers: string[] = [];
  for (const { question } of facts) {
    const document = { plan, prefill, held, store, questionTokens };
    const { answer } = await askStored(document, question, quiet);
    answers.push(answer!.answer);
  }
  const given = model.tokenizer.encode(book).length;
  const seconds = secondsSince(began);
  return { method: "ParallelComp", read: given, given, answers, seconds };
}

const secondsSince = (began: number) => (performance.now() - began) / 1000;

try {
  await demo();
  Deno.exit(0);
} catch (error) {
  const text = error instanceof Error ? error.message : String(error);
  Deno.stderr.writeSync(new TextEncoder().encode(`error: ${text}\n`));
  Deno.exit(exitCodeOf(error));
}
