import { CliError, ExitCode } from "../terminal/exit_code.ts";
import { requirePermission } from "../arguments/require_permission.ts";
import { recordVersion, RunRecord } from "./run_record.ts";
import { wrongSize } from "./wrong_size.ts";

/** Reads a file that `--record` wrote; any other is a {@linkcode CliError} that says why. */
export async function readRecord(path: string): Promise<RunRecord> {
  await requirePermission("read", path);
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound
      ? "there is no such file"
      : (cause as Error).message;
    throw refusal(path, reason, cause);
  }
  return parseRecord(path, text);
}

/** Reads the text of a record. */
export function parseRecord(path: string, text: string): RunRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refusal(
      path,
      "it is no JSON; give a file that --record wrote",
      cause,
    );
  }
  const version = (value as { record?: unknown } | null)?.record;
  if (typeof version === "number" && version !== recordVersion) {
    throw refusal(
      path,
      `it has record version ${version}, this release reads ${recordVersion}`,
    );
  }
  const { data, error } = RunRecord.safeParse(value);
  if (data) {
    const wrong = wrongSize(data);
    if (wrong === undefined) return data;
    throw refusal(path, `it is damaged (${wrong})`);
  }
  const { path: place, message } = error!.issues[0]!;
  throw refusal(
    path,
    `it is no record of a run (${place.join(".") || "whole file"}: ${message})`,
    error,
  );
}

function refusal(path: string, reason: string, cause?: unknown): CliError {
  const message = `Cannot read the record '${path}': ${reason}`;
  return new CliError(ExitCode.input, message, { cause });
}
