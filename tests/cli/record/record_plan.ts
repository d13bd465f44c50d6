import { of } from "rxjs";
import type { RunRecord } from "../../../cli/record/run_record.ts";
import { RunRecorder } from "../../../cli/record/run_recorder.ts";
import {
  type Answer,
  Budget,
  builtins,
  headEntries,
  loadGraph,
  type MergedContext,
  type Plan,
  release,
  runGraph,
  shippedGraph,
} from "../../../mod.ts";
import { passKeyDocument, passKeyQuestion } from "../documents.ts";

/** One run of a graph, with a recorder or without, with further outputs. */
export async function recorded(
  graph: string,
  params: Record<string, unknown>,
  recording: boolean,
  more: readonly string[] = ["merged.context"],
) {
  const plan = await loadGraph(shippedGraph(graph), {
    registry: builtins(),
    params: { prompt: "raw", maxTokens: 6, ...params },
  });
  return await recordPlan(plan, recording, more);
}

/** The same for a plan; entries of further outputs as `layer head chunk place`, the place being that inside its chunk. */
export async function recordPlan(
  plan: Plan,
  recording: boolean,
  more: readonly string[],
) {
  const recorder = new RunRecorder(plan);
  const taps = recording ? recorder.taps.map(({ name }) => name) : [];
  const budget = new Budget(2 ** 30);
  const entries: Record<string, Set<string>> = {};
  const { outputs, events } = runGraph(plan, {
    budget,
    outputs: ["answer", ...more],
    watch: taps,
    inputs: {
      document: of(passKeyDocument(1200)),
      question: of(passKeyQuestion),
    },
  });
  events.subscribe((event) => recorder.event(event));
  let answer: Answer | undefined;
  await Promise.all(
    Object.entries(outputs).map(([name, values]) =>
      new Promise<void>((resolve, reject) =>
        values.subscribe({
          next: (value) => {
            if (name === "answer") answer = value as Answer;
            if (more.includes(name)) {
              entries[name] = entriesOf(value as MergedContext);
            }
            if (recording) recorder.value(name, value);
            release(value);
          },
          error: reject,
          complete: resolve,
        })
      )
    ),
  );
  const record = await recorder.finish({
    answer,
    seconds: { total: 1 },
    peakBytes: 1,
    command: [],
  });
  return { record, answer: answer!, budget, entries };
}

function entriesOf({ cache, places }: MergedContext): Set<string> {
  const entries = new Set<string>();
  for (const [l, layer] of cache.layers.entries()) {
    for (let head = 0; head < cache.kvHeads; head++) {
      for (let i = 0; i < headEntries(layer, head); i++) {
        const at = head * layer.entries + i;
        const position = layer.positions[at]!;
        const place = places ? places[position] : position;
        entries.add(`${l} ${head} ${layer.chunks![at]} ${place}`);
      }
    }
  }
  return entries;
}

/** The same of one stage of a record. */
export function recordedEntries(
  { sets: { kvHeads, lists } }: RunRecord,
  { chunks }: RunRecord["sets"]["stages"][number],
): Set<string> {
  const found = new Set<string>();
  for (const { chunk, heads } of chunks) {
    for (const [row, list] of heads.entries()) {
      const [layer, head] = [Math.floor(row / kvHeads), row % kvHeads];
      const runs = lists[list]!;
      for (let i = 0; i < runs.length; i += 2) {
        for (let at = runs[i]!; at < runs[i + 1]!; at++) {
          found.add(`${layer} ${head} ${chunk} ${at}`);
        }
      }
    }
  }
  return found;
}
