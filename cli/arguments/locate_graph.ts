import { isAbsolute, join } from "node:path";
import { pathToFileURL } from "node:url";
import { CliError, ExitCode } from "../terminal/exit_code.ts";

import { requirePermission } from "./require_permission.ts";

/** Folder of the graphs that ship with the program. */
const shipped = new URL("../../graphs/", import.meta.url);

/**
 * Finds a graph file: `paper` is the shipped one of that name, anything with a dot or a slash is a path.
 * A file that is not there is a {@linkcode CliError}.
 */
export async function locateGraph(name: string): Promise<URL> {
  const bare = /^[\w-]+$/.test(name);
  const url = bare ? new URL(`${name}.yaml`, shipped) : fileUrl(name);
  await requirePermission("read", url);
  if (await isFile(url)) return url;
  const known = `shipped graphs: ${(await shippedGraphs()).join(", ")}`;
  throw new CliError(
    ExitCode.graph,
    bare
      ? `No shipped graph is named '${name}'; ${known}; for a file of yours write its path, such as ./${name}.yaml`
      : `Graph file '${name}' does not exist or is no file; ${known}`,
  );
}

/** Names of the graphs that ship with the program. */
export async function shippedGraphs(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(shipped)) {
    if (name.endsWith(".yaml")) names.push(name.slice(0, -".yaml".length));
  }
  return names.sort();
}

/** The URL of a path as typed, relative to the current folder. */
function fileUrl(path: string): URL {
  return pathToFileURL(isAbsolute(path) ? path : join(Deno.cwd(), path));
}

async function isFile(url: URL): Promise<boolean> {
  try {
    return (await Deno.stat(url)).isFile;
  } catch {
    return false;
  }
}
