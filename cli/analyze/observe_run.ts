import { concatMap, lastValueFrom, type Observable, toArray } from "rxjs";
import type { CalibrationEffect } from "../../eval/analysis/analysis.ts";
import {
  type HeadMeasure,
  measureHead,
} from "../../eval/analysis/head_measure.ts";
import type { ShapeLimits } from "../../eval/analysis/shape_limits.ts";
import {
  type KvChunk,
  type MergedContext,
  type Plan,
  type Prompt,
  runGraph,
  type TokenizedDocument,
} from "../../mod.ts";
import type { HeldModel } from "../run/held_model.ts";
import type { Session } from "../run/session.ts";
import { AbnormalEntries } from "./abnormal_entries.ts";
import type { AnalyzedParts } from "./analyzed_parts.ts";
import {
  type Asking,
  headsOf,
  type RowAttention,
  rowAttention,
} from "./row_attention.ts";

/** What is looked at, and how. */
export interface Looking {
  readonly rows: number;
  readonly limits: ShapeLimits;
  readonly epsilon: readonly number[];
  readonly abnormal: readonly number[];
}

/** What was seen of a run. */
export interface ObservedRun {
  readonly ids: Int32Array; // [tokens], of the document
  readonly prompt: Prompt;
  readonly chunks: number;
  /** Heads over each chunk that the merged cache holds entries of. */
  readonly local: readonly HeadMeasure[];
  readonly merged: readonly HeadMeasure[];
  /** Whether the merged cache is of kept tokens that were read again as one text. */
  readonly again: boolean;
  readonly calibration: readonly CalibrationEffect[];
}

/** What is given to the run. */
export interface ObservedInputs {
  readonly parts: AnalyzedParts;
  readonly held: HeldModel;
  readonly inputs: Readonly<Record<string, Observable<unknown>>>;
}

type Tap = (seen: RowAttention, from: KvChunk | MergedContext) => void;

/** Runs a graph up to its merged cache and looks at its caches as they pass. */
export async function observeRun(
  plan: Plan,
  { parts, held, inputs }: ObservedInputs,
  { rows, limits, epsilon, abnormal }: Looking,
  { interrupt: { signal }, report, clock }: Session,
): Promise<ObservedRun> {
  const local: HeadMeasure[] = [];
  const merged: HeadMeasure[] = [];
  let kept: ReadonlySet<number> = new Set();
  let chunks = 0;
  let again = false;
  const taps = new Map<string, Tap[]>();
  const tap = (name: string, look: Tap) =>
    taps.set(name, [...taps.get(name) ?? [], look]);
  tap(parts.chunks, (seen, from) => {
    const { index } = (from as KvChunk).chunk;
    for (const head of headsOf(seen, epsilon, index)) {
      local.push(measureHead(head, limits));
    }
  });
  tap(parts.merged, (seen, from) => {
    const context = from as MergedContext;
    kept = new Set(context.kept.map(({ chunk }) => chunk));
    chunks = context.chunks;
    again = context.places !== undefined;
    for (const head of headsOf(seen, epsilon, context.kept[0]?.chunk)) {
      merged.push(measureHead(head, limits));
    }
  });
  const effects = parts.calibrating.map((node) => {
    const before = new AbnormalEntries(abnormal);
    const after = new AbnormalEntries(abnormal);
    tap(node.before, (seen) => before.add(seen));
    tap(node.after, (seen) => after.add(seen));
    return () => before.to(after, node);
  });

  const { outputs, events } = runGraph(plan, {
    outputs: [parts.tokens, parts.prompt, ...taps.keys()],
    replace: held.replace,
    inputs,
    signal,
  });
  events.subscribe((event) => {
    clock.note(event);
    report.event(event);
  });
  const last = <T>(name: string) =>
    lastValueFrom(outputs[name] as Observable<T>);
  const prompt = last<Prompt>(parts.prompt);
  const document = last<TokenizedDocument>(parts.tokens);
  const passed = [...taps].map(([name, looks]) => {
    const caches = outputs[name] as Observable<KvChunk | MergedContext>;
    return lastValueFrom(caches.pipe(
      concatMap(async (from) => {
        const { tail } = await prompt;
        const asking = { model: held.model, tail, rows, signal };
        return await lookAt(asking, from, looks);
      }),
      toArray(),
    ));
  });
  const [given, { ids }] = await Promise.all([prompt, document, ...passed]);
  return {
    ids,
    prompt: given,
    chunks,
    local: local.filter(({ chunks: [part] }) => kept.has(part!.chunk)),
    merged,
    again,
    calibration: effects.map((effect) => effect()),
  };
}

async function lookAt(
  asking: Asking,
  from: KvChunk | MergedContext,
  looks: readonly Tap[],
): Promise<void> {
  try {
    const { cache } = from;
    const asked = "chunk" in from
      ? {
        cache,
        position: from.chunk.lead.length + from.chunk.tokens.length,
        question: from.question,
      }
      : { cache, position: from.position };
    const seen = await rowAttention(asking, asked);
    for (const look of looks) look(seen, from);
  } finally {
    from.release();
  }
}
