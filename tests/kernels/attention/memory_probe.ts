/** Prefills one chunk of the length given and prints the process's peak resident bytes; run as a process of its own. */
import { randomIds, randomModel, smallConfig } from "../random_model.ts";

const config = { ...smallConfig, layers: 2, heads: 8, kvHeads: 2 };
await using model = await randomModel({ config });
const ids = randomIds(Number(Deno.args[0]), 1);
const [prefilled] = await model.prefill([{ ids }]);
const status = await Deno.readTextFile("/proc/self/status");
const peak = Number(/VmHWM:\s+(\d+)/.exec(status)![1]) * 1024;
// deno-lint-ignore no-console
console.log(JSON.stringify({ peak, cache: prefilled!.cache.bytes }));
