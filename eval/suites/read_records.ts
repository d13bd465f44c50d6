import type { z } from "zod";
import { fileLines } from "../../io/files/file_lines.ts";

/** A record and the line that it stands on, from 1. */
export interface DataRecord<T> {
  readonly line: number;
  readonly data: T;
}

/**
 * The records of a JSON lines file, one at a time; empty lines are passed over. Numbers come as the text that the file
 * writes (`7.0` stays `7.0`), because scorers tell an integer from a fraction. What is wrong is a `SyntaxError` with
 * file and line.
 */
export async function* readRecords<T>(
  path: string,
  schema: z.ZodType<T>,
): AsyncGenerator<DataRecord<T>> {
  for await (const { text, line } of fileLines(path)) {
    if (text.trim() === "") continue;
    yield { line, data: parse(text, schema, `${path}:${line}`) };
  }
}

function parse<T>(text: string, schema: z.ZodType<T>, place: string): T {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    throw new SyntaxError(
      `${place}: no JSON: ${
        (error as Error).message
      }; it is damaged, so fetch the file again`,
    );
  }
  const { data, error } = schema.safeParse(value);
  if (error) {
    const { path, message } = error.issues[0]!;
    const field = path.length > 0 ? `field '${path.join(".")}': ` : "";
    throw new SyntaxError(`${place}: ${field}${message}`);
  }
  return data;
}

/** `JSON.parse` with the text of numbers, which its type does not know yet. */
function parseJson(text: string): unknown {
  const parse = JSON.parse as (
    text: string,
    revive: (key: string, value: unknown, at: { source?: string }) => unknown,
  ) => unknown;
  return parse(
    text,
    (_, value, { source }) => typeof value === "number" ? source : value,
  );
}
