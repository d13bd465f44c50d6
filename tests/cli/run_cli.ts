import { fileURLToPath } from "node:url";

const ownMain = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));

/** What the README tells people to run, from any folder. */
const command = [
  "run",
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-ffi",
  "--allow-sys",
];

/** How the command line ended and what it said. */
export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where and with what it runs. */
export interface CliSetting {
  readonly cwd?: string;
  readonly stdin?: string | Uint8Array;
  readonly env?: Record<string, string>;
  /** Another copy of the program. */
  readonly main?: string;
}

/** Starts the command line in a process of its own. */
export function spawnCli(
  args: readonly string[],
  { cwd, env, main = ownMain }: CliSetting = {},
): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [...command, main, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1", ...env },
    ...(cwd !== undefined && { cwd }),
  }).spawn();
}

/** Runs the command line to its end. */
export async function runCli(
  args: readonly string[],
  setting: CliSetting = {},
): Promise<CliResult> {
  const child = spawnCli(args, setting);
  const writer = child.stdin.getWriter();
  const { stdin } = setting;
  try {
    if (stdin !== undefined) {
      await writer.write(
        typeof stdin === "string" ? new TextEncoder().encode(stdin) : stdin,
      );
    }
    await writer.close();
  } catch {
    // it ended without reading
  }
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** The objects of `--json`, one a line. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}
