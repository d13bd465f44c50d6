// deno-lint-ignore-file no-console
/**
 * Draws all of bench/results as one HTML file without scripts, which loads nothing.
 *
 *     deno task bench:page [file = bench/page.html]
 *
 * @module
 */
import { benchPage } from "./bench_page.ts";
import { readResults } from "./read_results.ts";

const [file = "bench/page.html"] = Deno.args;
const results = await readResults();
const page = await benchPage(results);
await Deno.writeTextFile(file, page);
console.log(
  `${file}: ${results.size} results, ${(page.length / 1e3).toFixed(0)} kB`,
);
