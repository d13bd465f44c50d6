import assert from "node:assert/strict";
import {
  finalize,
  fromEvent,
  lastValueFrom,
  map,
  mergeMap,
  NEVER,
  Observable,
  of,
  Subject,
  take,
  takeUntil,
  throwError,
  toArray,
} from "rxjs";
import { StageError } from "../../core/errors.ts";
import { runGraph } from "../../core/run.ts";
import { abortable } from "../../core/stage.ts";
import { counted, pass, pipe, singleSource, source, wire } from "./wire.ts";

const all = (output: Observable<unknown> | undefined) =>
  lastValueFrom(output!.pipe(toArray()));
const boom = new RangeError("bad shape");
const failing = pipe((input) =>
  input.pipe(map(() => {
    throw boom;
  }))
);

/** Collects what would end the process. */
async function unhandled(work: () => Promise<void>): Promise<unknown[]> {
  const caught: unknown[] = [];
  const listen = (event: PromiseRejectionEvent | ErrorEvent) => {
    event.preventDefault();
    caught.push("reason" in event ? event.reason : event.error);
  };
  addEventListener("unhandledrejection", listen);
  addEventListener("error", listen);
  try {
    await work();
    await new Promise((resolve) => setTimeout(resolve, 0)); // rejections are reported after the turn
  } finally {
    removeEventListener("unhandledrejection", listen);
    removeEventListener("error", listen);
  }
  return caught;
}

Deno.test("runGraph() names the innermost node that failed, once", async () => {
  const plan = await wire({
    s: counted("a"),
    b: [failing, "s"],
    c: [pass(), "b"],
    d: [pass(), "c"],
  }, { o: "d" });
  await assert.rejects(all(runGraph(plan).outputs.o), (error) => {
    assert(error instanceof StageError);
    assert.equal(error.message, "Node 'b' (test.b) failed: bad shape");
    assert.deepEqual([error.node, error.stage], ["b", "test.b"]);
    assert.equal(error.cause, boom);
    return true;
  });
});

Deno.test("runGraph() wraps what run() itself throws, and what is no Error", async () => {
  const broken = {
    ...counted(),
    run: () => {
      throw boom;
    },
  };
  const plan = await wire({ s: broken }, { o: "s" });
  await assert.rejects(all(runGraph(plan).outputs.o), {
    message: "Node 's' (test.s) failed: bad shape",
  });
  const odd = await wire(
    { s: source(() => throwError(() => "no disk")) },
    { o: "s" },
  );
  await assert.rejects(all(runGraph(odd).outputs.o), {
    message: "Node 's' (test.s) failed: no disk",
  });
});

Deno.test("runGraph() tears everything down at an error, other branches too", async () => {
  const log: string[] = [];
  let signal: AbortSignal | undefined;
  const endless = source((ctx) => {
    signal = ctx.signal;
    return NEVER.pipe(finalize(() => log.push("endless")));
  });
  const trigger = new Subject<string>();
  const plan = await wire({
    e: endless,
    p: [pass(), "e"],
    s: source(() => trigger),
    f: [failing, "s"],
  }, { p: "p", f: "f" });
  const { outputs } = runGraph(plan);
  const both = Promise.allSettled([all(outputs.p), all(outputs.f)]);
  trigger.next("go");
  const results = await both;
  for (const result of results) {
    assert.equal(result.status, "rejected");
    assert.match(
      String(result.reason),
      /Node 'f' \(test.f\) failed: bad shape/,
    );
  }
  assert.deepEqual(log, ["endless"]);
  assert.equal(signal!.aborted, true);
  assert(signal!.reason instanceof StageError);
  assert.equal(trigger.observed, false);
});

Deno.test("runGraph() fails when a single source fails after its value", async () => {
  const later = new Subject<never>();
  const plan = await wire({
    m: singleSource(() =>
      new Observable((subscriber) => {
        subscriber.next("model");
        return later.subscribe(subscriber);
      })
    ),
    p: [{ ...pass(), run: () => ({ out: NEVER }) }, "m"],
  }, { o: "p", m: "m" });
  const { outputs } = runGraph(plan);
  const ends = Promise.allSettled([all(outputs.o), all(outputs.m)]);
  later.error(new Error("worker died"));
  for (const end of await ends) {
    assert.equal(end.status, "rejected");
    assert.match(String(end.reason), /Node 'm' .*worker died/);
  }
});

Deno.test("runGraph() aborts: the item in flight, the outputs, the signal", async () => {
  const controller = new AbortController();
  let inFlight: AbortSignal | undefined;
  let outer: AbortSignal | undefined;
  const slow = pipe((input, ctx) => {
    outer = ctx.signal;
    return input.pipe(mergeMap(() =>
      abortable((signal) => {
        inFlight = signal;
        return new Promise(() => {});
      })
    ));
  });
  const plan = await wire({ s: counted("a"), p: [slow, "s"] }, { o: "p" });
  const run = all(runGraph(plan, { signal: controller.signal }).outputs.o);
  await Promise.resolve();
  controller.abort(new Error("stop"));
  assert.deepEqual([inFlight!.aborted, outer!.aborted], [true, true]);
  await assert.rejects(run, { name: "Error", message: "stop" });
});

Deno.test("runGraph() does not start under an aborted signal", async () => {
  const words = counted("a");
  const plan = await wire({ s: words }, { o: "s" });
  const signal = AbortSignal.abort(new Error("too late"));
  await assert.rejects(all(runGraph(plan, { signal }).outputs.o), {
    message: "too late",
  });
  assert.equal(words.runs, 0);
});

Deno.test("runGraph() never passes off an aborted run as a complete one", async () => {
  const controller = new AbortController();
  const polite = source(({ signal }) =>
    NEVER.pipe(takeUntil(fromEvent(signal, "abort")))
  );
  const plan = await wire({ s: polite, p: [pass(), "s"] }, { o: "p" });
  const run = all(runGraph(plan, { signal: controller.signal }).outputs.o);
  controller.abort();
  await assert.rejects(run, { name: "AbortError" });
});

Deno.test("runGraph() leaves no listener on the caller's signal", async () => {
  const controller = new AbortController();
  let listeners = 0;
  const { signal } = controller;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--;
    remove(...args);
  };
  const plan = await wire({ s: counted("a") }, { o: "s" });
  await all(runGraph(plan, { signal }).outputs.o);
  assert.equal(listeners, 0);
});

Deno.test("runGraph() ends when all outputs are left: teardown, then the signal", async () => {
  const log: string[] = [];
  const endless = source(({ signal }) => {
    signal.addEventListener("abort", () => log.push("abort"));
    return NEVER.pipe(finalize(() => log.push("teardown")));
  });
  const plan = await wire({
    s: endless,
    p: [pass(), "s"],
    q: [pass(), "s"],
  }, { p: "p", q: "q" });
  const { outputs } = runGraph(plan);
  const [p, q] = [outputs.p!.subscribe(), outputs.q!.subscribe()];
  p.unsubscribe();
  assert.deepEqual(log, []);
  q.unsubscribe();
  assert.deepEqual(log, ["teardown", "abort"]);
});

Deno.test("runGraph() does not abort the signal of a run that completed", async () => {
  let signal: AbortSignal | undefined;
  const plan = await wire({
    s: source((ctx) => {
      signal = ctx.signal;
      return of("a", "b");
    }),
    p: [pipe((input) => input.pipe(take(1))), "s"],
  }, { o: "p" });
  assert.deepEqual(await all(runGraph(plan).outputs.o), ["a"]);
  assert.equal(signal!.aborted, false);
});

Deno.test("runGraph() leaves no rejection unhandled, however a run ends", async () => {
  const rejecting = (when: Promise<void>) =>
    pipe((input, ctx) =>
      input.pipe(mergeMap((value) =>
        abortable(async (signal) => {
          await when;
          signal.throwIfAborted();
          ctx.signal.throwIfAborted();
          throw new Error(`late ${value}`);
        })
      ))
    );
  const caught = await unhandled(async () => {
    for (const how of ["error", "abort", "leave", "both"]) {
      const gate = Promise.withResolvers<void>();
      const controller = new AbortController();
      const plan = await wire({
        s: counted("a", "b", "c"),
        p: [rejecting(gate.promise), "s"],
        q: [rejecting(gate.promise), "s"],
        budget: [
          pipe((input, { budget, signal }) =>
            input.pipe(mergeMap(async () => {
              await budget.lease(budget.total, signal); // the second waits for ever
            }))
          ),
          "s",
        ],
      }, { p: "p", q: "q", budget: "budget" });
      const { outputs } = runGraph(plan, { signal: controller.signal });
      const ends: unknown[] = [];
      const subscriptions = Object.values(outputs).map((output) =>
        output.subscribe({ error: (error) => ends.push(error) })
      );
      if (how === "error" || how === "both") gate.resolve();
      await Promise.resolve();
      if (how === "abort" || how === "both") controller.abort();
      if (how === "leave") subscriptions.forEach((s) => s.unsubscribe());
      gate.resolve();
      await new Promise((resolve) => setTimeout(resolve, 0));
      assert.equal(ends.length, how === "leave" ? 0 : 3, how);
      assert.equal(new Set(ends).size, how === "leave" ? 0 : 1, how);
    }
  });
  assert.deepEqual(caught, []);
});
