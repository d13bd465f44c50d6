import assert from "node:assert/strict";
import fc from "fast-check";
import { StopText } from "../../stages/stop_text.ts";

/** The answer, and what was handed out before the end was known. */
function run(pieces: readonly string[], stops: readonly string[]) {
  const stop = new StopText(stops);
  const out = pieces.map((piece) => stop.push(piece));
  return { text: out.join("") + stop.flush(), out, stopped: stop.stopped };
}

Deno.test("StopText ends at the first stop string, also across pieces", () => {
  assert.deepEqual(run(["yes\nQue", "stion: no"], ["\nQuestion:"]), {
    text: "yes",
    out: ["yes", ""],
    stopped: true,
  });
  assert.equal(run(["a b c"], ["c", "b"]).text, "a ");
});

Deno.test("StopText gives back what only looked like a stop string", () => {
  assert.deepEqual(run(["a\nQ", "ue", "ue"], ["\nQuestion"]), {
    text: "a\nQueue",
    out: ["a", "", "\nQueue"],
    stopped: false,
  });
  assert.equal(run(["a\nQ"], ["\nQuestion"]).text, "a\nQ");
});

Deno.test("StopText equals cutting the whole text, however it is split", () => {
  const letters = fc.string({
    unit: fc.constantFrom("a", "b", "c"),
    maxLength: 12,
  });
  fc.assert(
    fc.property(
      fc.array(letters, { maxLength: 8 }),
      fc.array(letters.filter((s) => s !== ""), { maxLength: 3 }),
      (pieces, stops) => {
        const whole = pieces.join("");
        // Streaming ends at the piece that completes a stop string; of those in it the first counts.
        const ends = stops.filter((s) => whole.includes(s))
          .map((s) => whole.indexOf(s) + s.length);
        const { text, stopped } = run(pieces, stops);
        assert.equal(stopped, ends.length > 0);
        assert(whole.startsWith(text));
        if (!stopped) assert.equal(text, whole);
        else assert(!stops.some((s) => text.includes(s)));
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("StopText lets an answer begin with what would end it", () => {
  const stop = new StopText(["\n\n"]);
  const pieces = ["\n", "\n", " 48213", "\n", "\nmore"].map((t) =>
    stop.push(t)
  );
  assert.equal(pieces.join(""), "\n\n 48213");
  assert(stop.stopped);
});
