/**
 * Flags of commands that compute rows, one constant each.
 *
 * @module
 */
import { Option } from "@commander-js/extra-typings";
import { parseByteSizeOrNone } from "./byte_size.ts";

/** `--output`: a file of rows. */
export const rowsOption = new Option(
  "--output <file>",
  "append every row to a file, and go on from what it holds",
);

/** `--table`: what the rows come to. */
export const tableOption = new Option(
  "--table <file>",
  "write the table as JSON, too",
);

/** `--no-share`: see `runCase`. */
export const noShareOption = new Option(
  "--no-share",
  "compute every row from the start, not once what several have in common; stages that can fuse then do",
);

/** `--kv-memory`: for what several rows have in common. */
export const kvMemoryOption = new Option(
  "--kv-memory <size>",
  "keep shared KV caches in memory up to this size, the rest in a temporary file (in TMPDIR)",
).argParser(parseByteSizeOrNone).default(2 * 2 ** 30);

/** `--json`: rows for programs. */
export const jsonRowsOption = new Option(
  "--json",
  "print every row and last the table as JSON, one object a line",
);
