import type { RegistryEntry } from "../../mod.ts";
import { checkAllocator } from "./check_allocator.ts";
import { DropperCheck } from "./check_dropper.ts";
import { checkQuantiser } from "./check_quantiser.ts";
import { checkScorer } from "./check_scorer.ts";
import { checkSelector } from "./check_selector.ts";
import { knownOptions } from "./known_options.ts";
import { type Row, StageRecord } from "./record.ts";
import { NotGiven } from "./run_stage.ts";
import { type Seam, seamOf } from "./seam_of.ts";
import type { Sources } from "./source.ts";
import type { Options, Subject } from "./subject.ts";

/** What the matrix found. */
export interface Matrix {
  readonly rows: readonly Row[];
  /** Stages that no seam covers, and why. */
  readonly notCovered: readonly {
    readonly stage: string;
    readonly why: string;
  }[];
}

/** Options of {@linkcode runMatrix}. */
export interface MatrixOptions {
  readonly entries: readonly RegistryEntry[];
  readonly sources: Sources;
  readonly quick: boolean;
  /** Options to run stages with, by their name, beside those that are known here. */
  readonly options?: Readonly<Record<string, readonly Options[]>>;
  /** Called before every stage. */
  onStage?(name: string): void;
}

/** Checks every stage on whose seam the matrix knows what is right. */
export async function runMatrix(
  { entries, sources, quick, options = {}, onStage }: MatrixOptions,
): Promise<Matrix> {
  const rows: Row[] = [];
  const notCovered: { stage: string; why: string }[] = [];
  for (const { stage } of entries) {
    const seam = seamOf(stage);
    if (typeof seam !== "string") {
      notCovered.push({ stage: stage.name, why: seam.none });
      continue;
    }
    const written = options[stage.name] ?? knownOptions[stage.name] ?? [{}];
    const first = stage.options.safeParse(written[0]);
    if (!first.success) {
      notCovered.push({
        stage: stage.name,
        why:
          `its options have no defaults; export const conform = { "${stage.name}": [{ … }] } beside it`,
      });
      continue;
    }
    onStage?.(stage.name);
    const record = new StageRecord(stage.name, seam);
    const subject = { stage, options: written, sources, record, quick };
    try {
      await checkSeam[seam](subject);
    } catch (error) {
      if (!(error instanceof NotGiven)) throw error;
      notCovered.push({ stage: stage.name, why: error.message });
      continue;
    }
    rows.push(record.row());
  }
  return { rows, notCovered };
}

const checkSeam: Record<Seam, (subject: Subject) => Promise<void>> = {
  evictor: (subject) => new DropperCheck(subject, "evictor").run(),
  calibrator: (subject) => new DropperCheck(subject, "calibrator").run(),
  quantiser: checkQuantiser,
  selector: checkSelector,
  scorer: checkScorer,
  allocator: checkAllocator,
};
