import type { z } from "zod";
import { FormatError } from "../format_error.ts";
import { readWhole } from "./whole_file.ts";

/**
 * Parses JSON and checks it against a schema.
 *
 * @throws {FormatError} With the first problem.
 */
export function parseJson<T>(
  bytes: Uint8Array,
  schema: z.ZodType<T>,
  path: string,
): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError(
      path,
      `its JSON cannot be parsed (${reason}); it is damaged, so fetch it again`,
      undefined,
      { cause },
    );
  }
  return checkJson(value, schema, path);
}

/** Checks what JSON said against a schema; errors as those of `parseJson`. */
export function checkJson<T>(
  value: unknown,
  schema: z.ZodType<T>,
  path: string,
): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue?.path.join(".");
  throw new FormatError(
    path,
    `${where ? `"${where}"` : "its JSON"} is not valid: ${issue?.message}`,
  );
}

/** Reads a JSON file and checks it against a schema. */
export async function readJson<T>(
  path: string,
  schema: z.ZodType<T>,
): Promise<T> {
  return parseJson(await readWhole(path), schema, path);
}

/** Like `readJson`, for a file that may be missing. */
export async function readJsonIfAny<T>(
  path: string,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  try {
    return await readJson(path, schema);
  } catch (error) {
    if (
      error instanceof FormatError &&
      error.cause instanceof Deno.errors.NotFound
    ) return undefined;
    throw error;
  }
}
