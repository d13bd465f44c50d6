import { lastValueFrom, type Observable, of, toArray } from "rxjs";
import { Budget } from "../../core/budget.ts";
import type { StageEvent } from "../../core/events.ts";
import type { StageContext } from "../../core/stage.ts";

/** A context for one stage, with everything it said. */
export interface TestContext extends StageContext {
  readonly events: StageEvent[];
}

/** A context as the runner would give it. */
export function testContext(
  { budget = 1e9, inputs = {} }: {
    readonly budget?: number;
    readonly inputs?: Readonly<Record<string, unknown>>;
  } = {},
): TestContext {
  const events: StageEvent[] = [];
  return {
    node: "node",
    signal: new AbortController().signal,
    budget: new Budget(budget),
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [name, of(value)]),
    ),
    events,
    emit: (event) => void events.push(event),
  };
}

/** Everything a stream gives. */
export function collect<T>(source: Observable<T>): Promise<T[]> {
  return lastValueFrom(source.pipe(toArray()));
}

/** Chunks an event stream mentions with one action. */
export function chunksThat(context: TestContext, action: string): number[] {
  return context.events.flatMap((e) =>
    e.type === "chunk" && e.action === action ? [e.chunk] : []
  );
}
