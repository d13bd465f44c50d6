import assert from "node:assert/strict";
import fc from "fast-check";
import { haystackOf } from "../../../eval/tasks/haystack.ts";
import {
  depths,
  noiseLines,
  plantInLines,
  plantInText,
} from "../../../eval/tasks/plant.ts";
import { seeded } from "../../../eval/tasks/random.ts";

const haystack = haystackOf("Hay is dry. ".repeat(1000));

Deno.test("depths are RULER's", () => {
  assert.equal(depths.length, 40);
  assert.deepEqual(depths.slice(0, 5), [0, 3, 5, 8, 10]);
  assert.deepEqual(depths.slice(-3), [95, 97, 100]);
});

Deno.test("plantInText() puts needles between sentences, at one of RULER's depths each, in order", () => {
  fc.assert(fc.property(
    fc.nat(),
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 0, max: 700 }),
    (seed, count, sentences) => {
      const needles = Array.from({ length: count }, (_, i) => `Needle ${i}.`);
      const text = plantInText(haystack, needles, seeded(seed))(3 * sentences);
      const parts = text.match(/[^.]+\./g)!.map((part) => part.trim());
      assert.equal(parts.length, count + sentences);
      const at = parts.keys().filter((i) => parts[i]!.startsWith("Needle"));
      const possible = depths.map((d) => Math.floor(sentences * d / 100));
      for (const [i, place] of [...at].entries()) {
        assert.equal(parts[place], needles[i]);
        assert(possible.includes(place - i), `${place - i} of ${sentences}`);
      }
    },
  ));
});

Deno.test("plantInText() starts anywhere and puts needles at every depth", () => {
  const found = new Set<number>();
  const starts = new Set<string>();
  const words = haystackOf(
    Array.from({ length: 500 }, (_, i) => `Sentence ${i}.`).join(" "),
  );
  for (let seed = 0; seed < 1500; seed++) {
    const text = plantInText(words, ["NEEDLE."], seeded(seed))(200);
    const parts = text.split(/(?<=\.) /);
    found.add(parts.indexOf("NEEDLE."));
    starts.add(parts.find((part) => part !== "NEEDLE.")!);
  }
  assert.deepEqual([...found].sort((a, b) => a - b), depths);
  assert(starts.size > 400, `${starts.size} starts`);
});

Deno.test("plantInLines() puts needles in order, with a line of hay behind each", () => {
  fc.assert(fc.property(
    fc.nat(),
    fc.integer({ min: 1, max: 8 }),
    fc.nat({ max: 100 }),
    (seed, count, more) => {
      const needles = Array.from({ length: count }, (_, i) => `N${i}`);
      const hay = (lines: number) => Array<string>(lines).fill("hay");
      const text = plantInLines(hay, needles, seeded(seed))(count + more);
      const lines = text.split("\n");
      assert.equal(lines.length, 2 * count + more);
      assert.deepEqual(lines.filter((line) => line !== "hay"), needles);
      for (const [i, line] of lines.entries()) {
        if (line !== "hay") assert.equal(lines[i + 1], "hay");
      }
    },
  ));
});

Deno.test("noiseLines() counts sentences, five a line", () => {
  assert.deepEqual(noiseLines(7), [
    "The grass is green. The sky is blue. The sun is yellow. Here we go. There and back again.",
    "The grass is green. The sky is blue.",
  ]);
  assert.equal(noiseLines(10).length, 2);
});
