import { cacheDifference } from "./cache_copy.ts";
import { checkFused } from "./check_fused.ts";
import {
  Allocator,
  type KvCache,
  MergedContext,
  type Port,
} from "../../mod.ts";
import {
  checkAbort,
  checkBatch,
  checkState,
  checkTies,
} from "./check_repeats.ts";
import {
  budgetOf,
  type KeepOptions,
  keepOptions,
  protectedEntries,
} from "./expected_entries.ts";
import { type Allowed, type Findings, inspectKept } from "./inspect_kept.ts";
import type { Check } from "./record.ts";
import type { Ran } from "./run_stage.ts";
import { kindsOf, type Source } from "./source.ts";
import {
  accepts,
  describe,
  type Options,
  recordError,
  recordManners,
  runSubject,
  type Subject,
} from "./subject.ts";
import { unevenAllocator, unevenCount } from "./uneven_allocator.ts";

/** Sizes to keep that are asked for, and such that keep everything. */
const keeps = [
  { entries: 12 },
  { share: 0.5 },
  { share: 0.3 },
  { entries: 1 },
];
const everything = [{ share: 1 }, { entries: 1000 }];

/** Wrappers around an evictor's rule; sentences are not known in a merged cache, and a total is of all its chunks. */
const wrappers = (merged: boolean): readonly Options[] => [
  { share: "layer" },
  { share: "model" },
  { share: "model", agree: "max" },
  { protect: { sinks: 2, recent: 3 } },
  { protect: { spans: [{ from: 20, to: 26 }] } },
  { spans: { tokens: 5 } },
  merged ? { total: 17 } : { spans: { sentences: true } },
  { merge: { what: "both" } },
];

/** A stage that drops entries: an evictor, or a calibrator, of chunks or of a merged cache. */
export class DropperCheck {
  readonly #merged: boolean;
  readonly #allocates: boolean;

  constructor(
    readonly subject: Subject,
    readonly seam: "evictor" | "calibrator",
  ) {
    const ports = Object.values(subject.stage.inputs) as Port[];
    const has = (type: string) => ports.some((port) => port.type.name === type);
    this.#merged = has(MergedContext.name);
    this.#allocates = has(Allocator.name);
  }

  async run(): Promise<void> {
    const { subject } = this;
    const { record, sources, options: [own = {}, ...others] } = subject;
    const { base } = sources;
    const sized = this.seam === "evictor" &&
      accepts(subject, { ...own, keep: keeps[0] });
    const first = sized ? { ...own, keep: keeps[0] } : own;
    const configuration = describe(base, first);
    const [ran, declared] = [
      await runSubject(subject, base, first),
      await runSubject(subject, base, first, { wiring: "declared" }),
    ];
    record.made("runs");
    if (ran.error !== undefined) {
      recordError(subject, configuration, ran.error);
      recordManners(subject, configuration, ran);
      return;
    }
    record.tell(
      "needs",
      `${configuration}, only what it declares`,
      declared.error,
    );
    this.#examine(ran, base, first, sized ? { tell: "not sizes" } : {});
    let changes = this.#changes(ran);
    if (sized) await this.#checkSizes(own);
    for (const options of others) {
      const other = await runSubject(subject, base, options);
      this.#examine(other, base, options);
      changes ||= this.#changes(other);
    }
    if (!changes) {
      record.note("it changes nothing with the options it is run with");
    }
    const known = { source: base, options: first, ran };
    await checkState(subject, known);
    await this.#checkSources(first);
    if (!this.#merged) await checkBatch(subject, known);
    if (!this.#merged) await checkFused(subject, first);
    await checkAbort(subject, base, first);
  }

  /** How much is kept, by all forms of `keep`, and who shares it. */
  async #checkSizes(own: Options): Promise<void> {
    const { subject } = this;
    const { record, sources: { base }, quick } = subject;
    const totals = new Set<number>();
    const wrong: { options: Options; found: string }[] = [];
    for (const keep of quick ? keeps.slice(0, 2) : keeps) {
      const options = { ...own, keep };
      const ran = await runSubject(subject, base, options);
      totals.add(entriesIn(ran));
      const found = this.#examine(ran, base, options, { tell: "not sizes" });
      if (found.sizes) wrong.push({ options, found: found.sizes });
    }
    const ignored = wrong.length > 0 && totals.size === 1;
    const [miss] = wrong;
    record.tell(
      ignored ? "keep" : "sizes",
      miss ? describe(base, miss.options) : "",
      ignored
        ? `it keeps ${[...totals]} entries in all, whatever 'keep' says`
        : miss?.found,
    );
    if (!ignored) record.made("keep");
    for (const keep of quick ? everything.slice(0, 1) : everything) {
      const options = { ...own, keep };
      const ran = await runSubject(subject, base, options);
      this.#examine(ran, base, options, { into: "identity" });
    }
    const half = { ...own, keep: keeps[1] };
    const wrapped = wrappers(this.#merged).map((more) => ({
      ...half,
      ...more,
    }));
    for (const options of quick ? [] : wrapped) {
      if (!accepts(subject, options)) continue;
      this.#examine(await runSubject(subject, base, options), base, options);
    }
    if (!this.#allocates) return;
    const ran = await runSubject(subject, base, half, {
      allocator: unevenAllocator,
    });
    this.#examine(ran, base, half, { into: "allocator" });
  }

  /** Other shapes, precisions and lengths. */
  async #checkSources(first: Options): Promise<void> {
    const { subject } = this;
    for (const [check, kinds] of kindsOf(subject.sources)) {
      for (const source of kinds) {
        for (const options of this.#sizes(this.#fitting(first, check))) {
          const ran = await runSubject(subject, source, options);
          this.#examine(ran, source, options, { into: check });
          if (check === "ties") await checkTies(subject, options, ran);
        }
      }
    }
  }

  /** Heads that hold different entries cannot keep the same ones. */
  #fitting(first: Options, check: Check): Options {
    const apart = { ...first, share: "none" };
    return check === "ragged" && accepts(this.subject, apart) ? apart : first;
  }

  #sizes(first: Options): readonly Options[] {
    const { keep } = first;
    return keep === undefined || this.subject.quick
      ? [first]
      : [first, { ...first, keep: keeps[1] }];
  }

  /** Records what a run did wrong: by what it is, or under the check that it was made for. */
  #examine(
    ran: Ran,
    source: Source,
    options: Options,
    { into, tell }: { readonly into?: Check; readonly tell?: "not sizes" } = {},
  ): Findings {
    const { subject } = this;
    const { record } = subject;
    const configuration = describe(source, options);
    if (into) record.made(into);
    recordManners(subject, configuration, ran);
    if (ran.error !== undefined) {
      if (into) record.fail(into, configuration, ran.error);
      else recordError(subject, configuration, ran.error);
      return {};
    }
    const parsed = keepOptions(subject.stage.options.parse(options));
    const sized = this.seam === "evictor" ? parsed : undefined;
    const all: Findings = {};
    const given = this.#given(source);
    if (ran.left.length !== given.length) {
      all.values = `${ran.left.length} of ${given.length} caches left it`;
    }
    for (const { chunk, cache } of ran.left) {
      const from = given.find((one) => one.chunk === chunk);
      if (!from) {
        all.values ??= `chunk ${chunk} left it, which never came`;
        continue;
      }
      const allowed = this.#allowed(from, sized, into);
      const found = inspectKept(cache, from.cache, allowed);
      for (const [check, text] of Object.entries(found)) {
        all[check as Check] ??= this.#merged ? text : `chunk ${chunk}, ${text}`;
      }
    }
    for (const check of ["order", "values", "finite", "lead"] as const) {
      if (!into) record.made(check);
    }
    for (const [name, text] of Object.entries(all)) {
      const check = name as Check;
      if (check === "sizes" && (tell || record.failed("keep"))) continue;
      if (check === "values" && ran.changed !== undefined) continue; // said already
      if (!into) record.fail(check, configuration, text);
      else if (!record.failed(check)) {
        record.fail(into, configuration, text);
      }
    }
    return all;
  }

  #changes({ left }: Ran): boolean {
    const given = this.#given(this.subject.sources.base);
    return left.some(({ chunk, cache }) => {
      const from = given.find((one) => one.chunk === chunk);
      return !from || cacheDifference(from.cache, cache) !== undefined;
    });
  }

  #given(source: Source): readonly Given[] {
    const lead = source.setting.prompt.lead.length;
    if (this.#merged) {
      const { parts, before } = source.context;
      return [{ chunk: 0, cache: before, lead, chunks: parts.kept.length }];
    }
    return source.chunks.map(({ parts, before }) => ({
      chunk: parts.chunk.index,
      cache: before,
      lead,
      chunks: 1,
    }));
  }

  #allowed(
    { cache, lead, chunks }: Given,
    options: KeepOptions | undefined,
    into: Check | undefined,
  ): Allowed {
    if (this.seam === "calibrator") return { protectedBelow: 1, biases: true };
    if (!options) return { protectedBelow: lead };
    const { sinks = 0, recent = 0, spans = [] } = options.protect ?? {};
    const below = lead + sinks;
    const budget = budgetOf(options, cache, chunks);
    const expected = (l: number, head: number) => {
      const layer = cache.layers[l]!;
      const held = layer.counts?.[head] ?? layer.entries;
      const wanted = into === "allocator"
        ? unevenCount(budget, l, head)
        : budget;
      const least = protectedEntries(cache, [l, head], {
        below,
        recent,
        spans,
      });
      return Math.min(held, Math.max(wanted, least));
    };
    const merges = options.merge !== undefined && options.merge !== "none";
    return { expected, protectedBelow: below, merges };
  }
}

interface Given {
  readonly chunk: number;
  readonly cache: KvCache;
  /** Entries of the lead. */
  readonly lead: number;
  /** Chunks in the cache. */
  readonly chunks: number;
}

function entriesIn({ left }: Ran): number {
  let total = 0;
  for (const { cache } of left) {
    for (const { entries, counts } of cache.layers) {
      total += counts?.reduce((a, b) => a + b, 0) ?? entries * cache.kvHeads;
    }
  }
  return total;
}
