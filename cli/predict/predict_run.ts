import {
  contextNumbers,
  formatBytes,
  fusePlan,
  type Fusion,
  heldBytes,
  type MemoryTerm,
  totalBytes,
} from "../../mod.ts";
import { checkMemory } from "./fit_memory.ts";
import { givenInputs } from "../arguments/given_inputs.ts";
import { jsonLine } from "../terminal/json_report.ts";
import { type GraphFlags, loadPlan } from "../arguments/load_plan.ts";
import {
  assumedSpeed,
  measuredSpeed,
  type PrefillSpeed,
} from "./prefill_speed.ts";
import { partWithoutFacet } from "../run/plan_parts.ts";
import { type PreparedRun, prepareRun } from "./prepare_run.ts";
import { openSession, type SessionFlags } from "../run/session.ts";
import { table } from "../terminal/sources.ts";

/** Flags of `plan`. */
export interface PredictFlags extends GraphFlags, SessionFlags {
  readonly question: string;
  readonly chat?: true;
  readonly kvMemory: number;
  readonly measure?: true;
  readonly memory?: number;
}

/** Terms of memory, and their sum. */
interface HeldMemory {
  readonly memory: readonly Omit<MemoryTerm, "kv">[];
  readonly peakBytes: number;
}

/** What `plan` says; with `--json` as it is. */
interface Prediction extends HeldMemory {
  readonly type: "plan";
  readonly documentTokens: number;
  readonly chunks: number;
  readonly chunkEntries: number;
  readonly keptChunks: number;
  readonly keptEntries: number;
  /** Entries of a KV head in the merged cache. */
  readonly mergedTokens: number;
  /** Entries of a KV head in the cache that is decoded over. */
  readonly contextTokens: number;
  /** Tokens of the kept chunks that are prefilled once more as one text, at most, reading by reading. */
  readonly rereadTokens: readonly number[];
  readonly kvBytes: {
    readonly entry: number;
    readonly chunk: number;
    readonly kept: number;
    readonly merged: number;
    readonly stored: number;
  };
  /** What is held at each moment that may be the peak. */
  readonly moments: readonly ({ readonly name: string } & HeldMemory)[];
  /** The same on the card, where one computes. */
  readonly card?: HeldMemory;
  readonly seconds: number;
  readonly speed: PrefillSpeed;
  readonly fusion: Fusion;
}

/** Predicts a run and prints the prediction. */
export async function predictRun(
  graph: string,
  document: string,
  flags: PredictFlags,
): Promise<void> {
  using session = openSession(flags);
  const plan = await loadPlan(graph, {
    ...flags,
    ...(flags.chat && { questionTokens: 128 }),
  });
  const given = { document, question: flags.question };
  const inputs = await givenInputs(plan, given, session);
  const work = { inputs, ...(flags.chat && { kvMemory: flags.kvMemory }) };
  using prepared = await prepareRun(plan, work, session);
  const stored = flags.chat &&
    partWithoutFacet(plan, "pc/kv-chunk", "question");
  const { fusion } = fusePlan(plan, [
    ...Object.values(plan.outputs),
    ...(stored ? [{ node: stored.node.name, port: stored.port }] : []),
  ]);
  const speed = await speedOf(prepared);
  const prediction = predict(prepared, speed, fusion);
  if (flags.json) session.terminal.out(jsonLine(prediction));
  else session.terminal.out(describe(prediction));
  if (flags.memory !== undefined) checkMemory(plan, prepared, flags.memory);

  function speedOf({ held, chunks, numbers }: PreparedRun) {
    const cores = navigator.hardwareConcurrency;
    const threads = Math.min(flags.threads ?? cores, cores);
    return flags.measure && chunks[0]
      ? measuredSpeed(held.model, chunks[0], session.interrupt.signal)
      : assumedSpeed(held.model, numbers, threads);
  }
}

function predict(
  { numbers, terms, moments, card, chunks, documentTokens, held }: PreparedRun,
  speed: PrefillSpeed,
  fusion: Fusion,
): Prediction {
  const entry = held.model.bytesPerEntry;
  const { chunkEntries, keptChunks, keptEntries, storedBytes } = numbers;
  const { merged, reread, context } = contextNumbers(numbers);
  const lead = chunks[0]?.lead.length ?? 0;
  const { config } = held.model;
  const kept = heldBytes(config, chunkEntries, keptEntries);
  const tokens = [
    ...chunks.map((chunk) => chunk.lead.length + chunk.tokens.length),
    ...reread,
  ].reduce((sum, count) => sum + count, 0);
  return {
    type: "plan",
    documentTokens,
    chunks: chunks.length,
    chunkEntries,
    keptChunks,
    keptEntries,
    mergedTokens: merged,
    contextTokens: context,
    rereadTokens: reread.map((entries) => Math.max(0, entries - lead)),
    kvBytes: {
      entry,
      chunk: heldBytes(config, chunkEntries),
      kept,
      merged: Math.round(
        keptChunks *
          heldBytes(config, chunkEntries, merged / Math.max(1, keptChunks)),
      ),
      stored: storedBytes,
    },
    ...memoryOf(terms),
    moments: moments.map(({ name, terms }) => ({ name, ...memoryOf(terms) })),
    ...(card && { card: memoryOf(card) }),
    seconds: tokens / speed.tokensPerSecond,
    speed,
    fusion,
  };
}

function memoryOf(terms: readonly MemoryTerm[]): HeldMemory {
  return {
    memory: terms.map(({ name, bytes }) => ({ name, bytes })),
    peakBytes: totalBytes(terms),
  };
}

function describe(p: Prediction): string {
  const count = (n: number) => Math.round(n).toLocaleString("en");
  const { kvBytes: kv, speed } = p;
  const facts = [
    ["document", `${count(p.documentTokens)} tokens`],
    ["chunks", `${count(p.chunks)} of at most ${count(p.chunkEntries)} tokens`],
    [
      "kept",
      `${count(p.keptChunks)} chunks, ${
        count(p.keptEntries)
      } entries a head of each${
        p.mergedTokens < p.keptChunks * p.keptEntries
          ? ", what leads them once"
          : ""
      }: ${
        p.contextTokens < p.mergedTokens
          ? `${count(p.mergedTokens)} together`
          : `a context of ${count(p.contextTokens)}`
      }`,
    ],
    ...(p.rereadTokens.length > 0
      ? [["read again", readAgain(p.rereadTokens.map(count))]]
      : []),
    ...(p.contextTokens < p.mergedTokens
      ? [["context", `${count(p.contextTokens)} entries a head`]]
      : []),
    [
      "KV",
      `${formatBytes(kv.chunk)} a chunk, ${formatBytes(kv.kept)} kept of it, ${
        formatBytes(kv.merged)
      } merged`,
    ],
    ...(kv.stored > 0
      ? [["stored", `${formatBytes(kv.stored)} in memory between questions`]]
      : []),
    [
      "time",
      `about ${seconds(p.seconds)} at ${
        count(speed.tokensPerSecond)
      } tokens/s (${
        speed.from === "assumed"
          ? "assumed; --measure measures it here"
          : "measured"
      })`,
    ],
    ...p.fusion.fused.map((names) => [
      "fused",
      `${names.join(" + ")}: only kept entries leave the session`,
    ]),
    ...p.fusion.unfused.map(({ node, reason }) => [
      "not fused",
      `${node}: ${reason}`,
    ]),
    ["memory", `about ${formatBytes(p.peakBytes)} at the peak:`],
  ];
  const parts = (memory: Prediction["memory"]) =>
    table(
      memory.filter(({ bytes }) => bytes > 0)
        .map(({ name, bytes }) => ["", name, formatBytes(bytes)]),
    );
  const onCard = p.card
    ? table([[
      "card",
      `about ${formatBytes(p.card.peakBytes)} at the peak:`,
    ]]) + parts(p.card.memory)
    : "";
  return table(facts) + parts(p.memory) + onCard;
}

/** What is read in one reading or several. */
function readAgain([first, ...further]: readonly string[]): string {
  const later = further.map((tokens) => `, then ${tokens} of them`).join("");
  return `${first} tokens of these, as one text${later}`;
}

function seconds(value: number): string {
  if (value < 1) return "a second";
  return value < 120
    ? `${Math.round(value)} s`
    : `${Math.round(value / 60)} minutes`;
}
