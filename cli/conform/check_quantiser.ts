import { headEntries, type KvCache, KvChunk, type Port } from "../../mod.ts";
import {
  checkAbort,
  checkBatch,
  checkState,
  checkTies,
} from "./check_repeats.ts";
import { sameNumbers } from "./cache_copy.ts";
import { openExamination } from "./examination.ts";
import { plainNumbers } from "./plain_numbers.ts";
import type { Check } from "./record.ts";
import type { Ran } from "./run_stage.ts";
import { kindsOf, type Source } from "./source.ts";
import {
  describe,
  type Options,
  recordError,
  recordManners,
  runSubject,
  type Subject,
} from "./subject.ts";

/** Steps of 8 bits from zero to the largest number. */
const STEPS = 127;

/** A stage that keeps every entry in fewer bits. */
export async function checkQuantiser(subject: Subject): Promise<void> {
  const { record, sources, options: [first = {}, ...others] } = subject;
  const { base } = sources;
  const configuration = describe(base, first);
  const ran = await runSubject(subject, base, first);
  record.made("runs");
  if (ran.error !== undefined) {
    recordError(subject, configuration, ran.error);
    return recordManners(subject, configuration, ran);
  }
  const declared = await runSubject(subject, base, first, {
    wiring: "declared",
  });
  record.tell(
    "needs",
    `${configuration}, only what it declares`,
    declared.error,
  );
  examine(subject, base, first, ran);
  for (const options of others) {
    examine(subject, base, options, await runSubject(subject, base, options));
  }
  const known = { source: base, options: first, ran };
  await checkState(subject, known);
  if (ofChunks(subject)) await checkBatch(subject, known);
  for (const [check, sources_] of kindsOf(sources)) {
    for (const source of sources_) {
      const ran = await runSubject(subject, source, first);
      examine(subject, source, first, ran, check);
      if (check === "ties") await checkTies(subject, first, ran);
    }
  }
  await checkAbort(subject, base, first);
}

function ofChunks({ stage }: Subject): boolean {
  const ports = Object.values(stage.inputs) as Port[];
  return ports.some((port) => port.type.name === KvChunk.name);
}

/** Records what is wrong with a cache in fewer bits. */
function examine(
  subject: Subject,
  source: Source,
  options: Options,
  ran: Ran,
  into?: Check,
): void {
  const tell = openExamination(subject, { source, options, ran, into });
  if (!tell) return;
  const given = ofChunks(subject)
    ? source.chunks.map(({ before }) => before)
    : [source.context.before];
  if (ran.left.length !== given.length) {
    return tell(
      "sizes",
      `${ran.left.length} of ${given.length} caches left it`,
    );
  }
  for (const [i, before] of given.entries()) {
    const { cache } = ran.left[i]!;
    tell("order", entryDifference(cache, before));
    tell(
      "sizes",
      cache.bytes < before.bytes
        ? undefined
        : `it says ${cache.bytes} bytes, its source has ${before.bytes}`,
    );
    tell("values", farNumber(cache, before));
  }
}

/** Positions, counts and chunks stay as they were. */
function entryDifference(cache: KvCache, before: KvCache): string | undefined {
  for (const [l, layer] of before.layers.entries()) {
    const mine = cache.layers[l];
    for (const name of ["positions", "counts", "chunks", "bias"] as const) {
      if (!sameNumbers(layer[name], mine?.[name])) {
        return `${name} of layer ${l} changed`;
      }
    }
  }
  return undefined;
}

/** Numbers are off by one step of their head's largest at most. */
function farNumber(cache: KvCache, before: KvCache): string | undefined {
  for (const [l, layer] of before.layers.entries()) {
    const plain = plainNumbers(cache, l);
    for (const name of ["keys", "values"] as const) {
      for (let head = 0; head < before.kvHeads; head++) {
        const from = head * layer.entries * before.headDim;
        const to = from + headEntries(layer, head) * before.headDim;
        const right = layer[name].subarray(from, to);
        const step = right.reduce((a, b) => Math.max(a, Math.abs(b)), 0) /
          STEPS;
        const at = right.findIndex((value, i) =>
          !(Math.abs(value - plain[name][from + i]!) <= step)
        );
        if (at < 0) continue;
        return `layer ${l}, KV head ${head}: a number of its ${name} is ${
          plain[name][from + at]
        }, in its source ${right[at]}`;
      }
    }
  }
  return undefined;
}
