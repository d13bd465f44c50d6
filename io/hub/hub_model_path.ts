import { FormatError } from "../format_error.ts";
import { cachedModel } from "./cached_model.ts";
import { withDiskErrors } from "./disk_error.ts";
import { parseHubReference } from "./reference.ts";
import { hubSettings } from "./settings.ts";

/** Whether a model's name means a model of the hub's cache. */
export function isHubName(name: string): boolean {
  return name.startsWith("hf:");
}

/**
 * Path of a model that was pulled, by its name: `hf:owner/name[@revision][:file]`. Never asks the network.
 *
 * @throws {FormatError} If it is not in the cache, with the command that fetches it.
 */
export function hubModelPath(name: string): string {
  try {
    const wanted = parseHubReference(name);
    const { cache } = hubSettings();
    return withDiskErrors(cache, () => cachedModel(wanted, cache).path);
  } catch (cause) {
    throw new FormatError(name, (cause as Error).message, undefined, { cause });
  }
}
