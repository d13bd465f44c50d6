import assert from "node:assert/strict";
import { publishedTables } from "../../../eval/report/published.ts";
import { suites } from "../../../eval/suites/mod.ts";

Deno.test("publishedTables has a value for every column, and tasks that the suites have", () => {
  for (
    const { table, title, suites: names, columns, rows } of publishedTables
  ) {
    const place = `${table}, ${title}`;
    for (const { method, values } of rows) {
      assert.equal(values.length, columns.length, `${place}: ${method}`);
    }
    for (const name of names) {
      const suite = suites.find((one) => one.name === name);
      assert(suite, `${place}: suite '${name}'`);
      for (const column of columns) {
        assert(suite.tasks.includes(column), `${place}: task '${column}'`);
      }
    }
  }
});

Deno.test("publishedTables says of every printed average whether its row gives it", () => {
  for (const { table, rows } of publishedTables) {
    for (const { method, values, average, note } of rows) {
      const numbers = values.filter((value) => typeof value === "number");
      if (average === undefined || numbers.length < values.length) continue;
      const own = numbers.reduce((a, b) => a + b, 0) / numbers.length;
      const agrees = Math.abs(own - average) < 0.0151;
      assert.equal(
        agrees,
        note === undefined,
        `${table}, ${method}: ${
          own.toFixed(2)
        } of its values, ${average} printed`,
      );
    }
  }
});

Deno.test("publishedTables holds every table of the paper once", () => {
  const numbers = publishedTables.flatMap(({ table }) =>
    table.match(/\d+/g)!.map(Number)
  );
  assert.deepEqual(
    [...new Set(numbers)].sort((a, b) => a - b),
    Array.from({ length: 12 }, (_, i) => i + 1),
  );
  const names = publishedTables.map(({ table, model }) => `${table} ${model}`);
  assert.equal(new Set(names).size, names.length);
});
