import type { Observable } from "rxjs";
import {
  Budget,
  contextNumbers,
  formatBytes,
  type MemoryTerm,
  type ModelConfig,
  type Plan,
  type RunNumbers,
  totalBytes,
} from "../../mod.ts";
import type { Execution } from "../run/execute.ts";
import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { number } from "./node_options.ts";
import { type PreparedRun, prepareRun } from "./prepare_run.ts";
import type { Session } from "../run/session.ts";

/** A run that fits, or of which no limit was asked. */
export interface FittedRun extends Disposable {
  readonly execution: Pick<Execution, "replace" | "budget">;
}

/** Predicts what a run holds and refuses one that needs more than `limit` bytes. Without a limit nothing is predicted. */
export async function fitMemory(
  plan: Plan,
  inputs: Readonly<Record<string, Observable<unknown>>>,
  session: Session,
  limit: number | undefined,
): Promise<FittedRun> {
  if (limit === undefined) return { execution: {}, [Symbol.dispose]: () => {} };
  const prepared = await prepareRun(plan, { inputs }, session);
  try {
    checkMemory(plan, prepared, limit);
  } catch (error) {
    prepared[Symbol.dispose]();
    throw error;
  }
  return {
    execution: {
      replace: prepared.replace,
      budget: new Budget(kvBudget(prepared, limit)),
    },
    [Symbol.dispose]: () => prepared[Symbol.dispose](),
  };
}

/** A run that needs more than the limit is a {@linkcode CliError} that says what would fit. */
export function checkMemory(
  plan: Plan,
  prepared: PreparedRun,
  limit: number,
): void {
  const needed = totalBytes(prepared.terms);
  if (needed <= limit) return;
  const kv = totalBytes(prepared.terms.filter((term) => term.kv));
  throw new CliError(
    ExitCode.memory,
    `The run would need about ${formatBytes(needed)} (${
      formatBytes(kv)
    } of it KV cache), --memory allows ${formatBytes(limit)}; ${
      whatFits(plan, prepared, limit)
    }`,
  );
}

/** Bytes of KV that stages may lease: what the limit leaves beside everything that is not leased. */
function kvBudget(
  { moments, numbers, held }: PreparedRun,
  limit: number,
): number {
  const entry = held.model.bytesPerEntry;
  const { workers, batch, chunkEntries } = numbers;
  const { merged, changes } = contextNumbers(numbers);
  // What is evicted behind the merge is held twice: where it is computed on, and on the host.
  const copies = workers * batch * chunkEntries + (changes ? 2 : 1) * merged;
  // While a session opens, what it takes may come to more, but no stage asks for more KV then.
  const fixed = Math.max(
    ...moments.filter(({ name }) => name === "chunks" || name === "answer")
      .map(({ terms }) => totalBytes(terms.filter((term) => !term.kv))),
  );
  return Math.max(0, limit - fixed - copies * entry);
}

/** The mildest change of parameters with which the run would fit, or what it needs at least. */
export function whatFits(
  plan: Plan,
  prepared: PreparedRun,
  limit: number,
): string {
  const { numbers, predict, held } = prepared;
  const window = windowOf(plan, held.model.config);
  for (const change of milderNumbers(plan, numbers)) {
    if (totalBytes(predict({ ...numbers, ...change.numbers })) > limit) {
      continue;
    }
    const shrunk = change.share < 1
      ? [`--set window=${Math.floor(window * change.share)}`]
      : [];
    return `${[...change.flags, ...shrunk].join(" ")} would fit`;
  }
  return `the least this model and document need is about ${
    formatBytes(leastBytes(prepared))
  }`;
}

/** The window that chunks fit now; half the room is about half of it. */
function windowOf(
  { params }: Plan,
  { window }: Pick<ModelConfig, "window">,
): number {
  return params.window === "half" ? window / 2 : number(params.window, window);
}

/** Settings that need less and less, as far as the graph has the parameters. */
function* milderNumbers(plan: Plan, numbers: RunNumbers) {
  const has = (name: string) => Object.hasOwn(plan.params, name);
  const single = (["workers", "batch"] as const)
    .filter((name) => has(name) && numbers[name] > 1);
  const fewest = has("keepChunks") ? 1 : numbers.keptChunks;
  for (const share of has("window") ? [1, 0.75, 0.5, 0.25] : [1]) {
    const chunkEntries = Math.ceil(numbers.chunkEntries * share);
    for (let keep = numbers.keptChunks; keep >= fewest; keep--) {
      const flags = single.map((name) => `--set ${name}=1`);
      if (keep < numbers.keptChunks) flags.push(`--set keepChunks=${keep}`);
      yield {
        flags,
        share,
        numbers: {
          ...Object.fromEntries(single.map((name) => [name, 1])),
          keptChunks: keep,
          chunkEntries,
          keptEntries: Math.min(numbers.keptEntries, chunkEntries),
        },
      };
    }
  }
}

/** With one small chunk in work and one kept. */
function leastBytes({ numbers, predict }: PreparedRun): number {
  const entries = Math.min(256, numbers.chunkEntries);
  const least: readonly MemoryTerm[] = predict({
    ...numbers,
    workers: 1,
    batch: 1,
    keptChunks: 1,
    chunkEntries: entries,
    keptEntries: Math.min(entries, numbers.keptEntries),
  });
  return totalBytes(least);
}
