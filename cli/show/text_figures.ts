import { formatBytes } from "../../mod.ts";
import type { RunRecord } from "../record/run_record.ts";

/** What a run was, as pairs of a name and a figure. */
export function figures(record: RunRecord): [name: string, value: string][] {
  const { document, chunks, answer, sets, seconds, graph } = record;
  const [kept, evicted] = ["kept", "evicted"].map((of) =>
    chunks.filter(({ fate }) => fate === of).length
  );
  const count = (n: number) => n.toLocaleString("en-GB");
  return [
    ["graph", graph.file],
    ...pair("document", document?.name),
    ...pair(
      "read",
      document &&
        `${count(document.tokens)} tokens, ${count(document.bytes)} bytes`,
    ),
    ...pair(
      "chunks",
      chunks.length > 0
        ? `${kept} of ${chunks.length} kept${
          evicted ? `, ${evicted} more merged and then evicted whole` : ""
        }${answer?.read === undefined ? "" : `, ${answer.read} read`}`
        : null,
    ),
    ...pair(
      "context",
      answer &&
        `${
          count(Math.round(answer.contextTokens))
        } entries a head, ${sets.layers} layers of ${sets.kvHeads} KV heads`,
    ),
    ...pair(
      "answer",
      answer &&
        `${answer.tokens} tokens, ended by ${
          answer.finish === "stop" ? "a stop" : "its length"
        }`,
    ),
    ...pair("time", seconds.total?.toFixed(2).concat(" s")),
    ["peak memory", formatBytes(record.peakBytes)],
    ...pair("provider", record.provider),
    ["made", record.made],
  ];
}

function pair(
  name: string,
  value: string | null | undefined,
): [string, string][] {
  return value === null || value === undefined ? [] : [[name, value]];
}
