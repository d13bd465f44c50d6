import assert from "node:assert/strict";
import fc from "fast-check";
import { digits, hex, uuid } from "../../../eval/tasks/drawn_text.ts";
import {
  distinct,
  pick,
  seeded,
  seededBy,
  shuffled,
} from "../../../eval/tasks/random.ts";

Deno.test("seeded() gives mulberry32's numbers", () => {
  const random = seeded(1);
  const drawn = [random(), random(), random()].map((x) => x * 2 ** 32);
  assert.deepEqual(drawn, [2693262067, 11749833, 2265367787]);
});

Deno.test("seededBy() hashes a text with FNV-1a", () => {
  assert.equal(seededBy("a")(), seeded(0xe40c292c)());
  assert.notEqual(seededBy("vt/2048/1")(), seededBy("vt/2048/2")());
});

Deno.test("shuffled() and pick() keep members, each once", () => {
  fc.assert(fc.property(fc.uniqueArray(fc.integer()), fc.nat(), (all, seed) => {
    const sorted = (list: number[]) => list.toSorted((a, b) => a - b);
    assert.deepEqual(sorted(shuffled(all, seeded(seed))), sorted(all));
    const some = pick(all, all.length >> 1, seeded(seed));
    assert.equal(new Set(some).size, all.length >> 1);
    assert(some.every((x) => all.includes(x)));
  }));
  assert.throws(() => pick([1], 2, seeded(0)), /2 of 1 cannot be picked/);
});

Deno.test("shuffled() puts every member everywhere", () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    seen.add(shuffled("abcd", seeded(seed)).join(""));
  }
  assert.equal(seen.size, 24);
});

Deno.test("distinct() draws again what it has", () => {
  const texts = ["a", "a", "b", "a", "c"];
  assert.deepEqual(distinct(3, () => texts.shift()!), ["a", "b", "c"]);
});

Deno.test("digits(), hex() and uuid() have their forms", () => {
  const random = seeded(3);
  for (let i = 0; i < 100; i++) {
    assert.match(digits(7, random), /^[1-9]\d{6}$/);
    assert.match(hex(8, random), /^[\da-f]{8}$/);
    assert.match(
      uuid(random),
      /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
    );
  }
});
