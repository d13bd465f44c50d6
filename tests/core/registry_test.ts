import assert from "node:assert/strict";
import { stream } from "../../core/port.ts";
import { Registry } from "../../core/registry.ts";
import { mark, repeat, Word, words } from "./test_stages.ts";

Deno.test("Registry adds the stages of a module and leaves its other exports alone", () => {
  const registry = new Registry()
    .addModule({ mark, words, Word, count: 3, nothing: null }, "./a.ts");
  assert.deepEqual(registry.names(), ["mark", "words"]);
  assert.equal(registry.get("mark"), mark);
  assert.equal(registry.get("repeat"), undefined);
  assert.deepEqual(registry.entries(), [
    { stage: mark, from: "./a.ts" },
    { stage: words, from: "./a.ts" },
  ]);
});

Deno.test("Registry refuses two stages of one name, and names both origins", () => {
  const registry = new Registry().add(mark, "./a.ts").add(mark, "./b.ts");
  assert.throws(() => registry.add({ ...mark }, "./c.ts"), {
    name: "TypeError",
    message:
      "Stage 'mark' is defined by both ./a.ts and ./c.ts; rename one of them",
  });
});

Deno.test("Registry refuses an output that is like no input", () => {
  const outputs = { out: stream(Word, { like: "inn" }) };
  assert.throws(() => new Registry().add({ ...mark, outputs }, "./a.ts"), {
    message:
      "Stage 'mark' (./a.ts): output 'out' is like 'inn', which is none of its inputs",
  });
});

Deno.test("Registry.fork() leaves the original as it is", () => {
  const registry = new Registry().add(mark, "./a.ts");
  const copy = registry.fork().add(repeat);
  assert.deepEqual(registry.names(), ["mark"]);
  assert.deepEqual(copy.names(), ["mark", "repeat"]);
  assert.equal(copy.entries()[0]!.from, "./a.ts");
});
