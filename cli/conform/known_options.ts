import { fileURLToPath } from "node:url";
import type { Options } from "./subject.ts";

const zones = ["all", "sink", "recent", "middle"].map((zone) => ({
  rules: [{ zone, lambda: 0.03, rows: 4, width: 8 }],
}));
const classes = [{
  rules: ["uniform", "u", "mountain"].map((shape) => ({
    class: shape,
    zone: "all",
    lambda: 0.02,
    rows: 4,
  })),
}];
const headTable = fileURLToPath(new URL("./head_table.json", import.meta.url));

/**
 * Options that make shipped stages do something where their defaults do not: three layers, two KV heads, and what the
 * document of the matrix says. The first are those with which everything is checked.
 */
export const knownOptions: Readonly<Record<string, readonly Options[]>> = {
  "allocate.heads": [
    { path: headTable, numbers: "weights" },
    { path: headTable, numbers: "shares" },
    { path: headTable, numbers: "gates", streaming: { entries: 5 } },
  ],
  "allocate.layers": [
    { table: { weights: [3, 2, 1] } },
    { table: { shares: [0.8, 0.5, 0.1] } },
    { table: { entries: [12, 8, 40] } },
  ],
  calibrate: zones,
  "calibrate.class": classes,
  "calibrate.class-merged": classes,
  "calibrate.merged": zones,
  "calibrate.scale": zones,
  "calibrate.scale-merged": zones,
  "calibrate.temperature-scale": [{ temperature: 0.8, scale: 0.9 }],
  "score.oracle": [{ text: "T" }, { text: ["The captain", "sea"] }],
};
