import { basename, dirname, join, relative, resolve, sep } from "node:path";
import type { ByteSource } from "../files/byte_source.ts";
import { reasonOf } from "../files/byte_source.ts";
import { type ExportedLayout, exportedLayout } from "./exported_layout.ts";
import { FormatError } from "../format_error.ts";
import { type OnnxFile, readOnnx } from "./onnx_file.ts";
import { type OnnxTensor, wantedBytes } from "./onnx_tensor.ts";

/** An exported decoder: its graph, what its names say, and where its weights lie. */
export interface ExportedDecoder {
  readonly file: OnnxFile;
  readonly layout: ExportedLayout;
  /** Files of external weights by the name that the graph has for them; none where its own file holds all weights. */
  readonly external: ReadonlyMap<string, ExternalFile>;
  /** The folder that all of them lie in. */
  readonly folder: string;
  /** Size of all files together. */
  readonly bytes: number;
}

/** A file of weights beside the model's own. */
export interface ExternalFile {
  /** Its name from {@linkcode ExportedDecoder.folder} on, behind all links: ONNX Runtime refuses links that lead out of it. */
  readonly place: string;
  readonly size: number;
}

/**
 * Reads an exported decoder and checks that its weights are there.
 *
 * @throws {FormatError} If it is damaged, no decoder with a cache, or a file of weights is missing or too short.
 */
export async function readExported(
  source: ByteSource,
): Promise<ExportedDecoder> {
  const file = await readOnnx(source);
  const layout = exportedLayout(file);
  for (const tensor of file.initializers.values()) checkSize(tensor, file);
  const found = await externalFiles(file, resolve(dirname(source.path)));
  const folder = commonFolder([...found.values()].map(({ path }) => path));
  const external = new Map<string, ExternalFile>();
  let bytes = source.size;
  for (const [name, { path, size }] of found) {
    external.set(name, { place: relative(folder, path), size });
    bytes += size;
  }
  return { file, layout, folder, external, bytes };
}

function checkSize(tensor: OnnxTensor, { path }: OnnxFile): void {
  const { name, dims, bytes, oneByOne, external } = tensor;
  const wanted = wantedBytes(tensor);
  const unknown = oneByOne || external && external.length === undefined;
  if (unknown || wanted === undefined || wanted === bytes) return;
  throw new FormatError(
    path,
    `its weight "${name}" holds ${bytes} bytes, its shape [${
      dims.join(", ")
    }] needs ${wanted}; it is damaged, so fetch or export it again`,
  );
}

/** Where the weights of other files really lie, which must be links or files beside the model. */
async function externalFiles(
  file: OnnxFile,
  folder: string,
): Promise<Map<string, { readonly path: string; readonly size: number }>> {
  const files = new Map<string, { path: string; size: number }>();
  for (const { name, external } of file.initializers.values()) {
    if (!external) continue;
    const { location, offset, length = 0 } = external;
    const refuse = (problem: string): never => {
      throw new FormatError(
        file.path,
        `its weight "${name}" lies in "${location}", ${problem}`,
      );
    };
    const inside = relative(folder, resolve(folder, location));
    if (inside === "" || inside.startsWith("..")) {
      refuse("which is not beside the model; keep them in one folder");
    }
    if (!files.has(location)) {
      try {
        const path = await Deno.realPath(join(folder, location));
        files.set(location, { path, size: (await Deno.stat(path)).size });
      } catch (cause) {
        refuse(
          cause instanceof Deno.errors.NotFound
            ? `which is missing; fetch it too and keep it beside ${
              basename(file.path)
            }`
            : `but ${reasonOf(cause)}`,
        );
      }
    }
    const { size } = files.get(location)!;
    if (offset + length > size) {
      refuse(
        `which ends at byte ${size}, before the weight does; it is truncated, so fetch it again`,
      );
    }
  }
  return files;
}

/** The innermost folder that holds all of some files. */
function commonFolder(paths: readonly string[]): string {
  let common = paths[0] === undefined ? "" : dirname(paths[0]);
  const holds = (path: string) =>
    path.startsWith(common.endsWith(sep) ? common : common + sep);
  while (!paths.every(holds)) common = dirname(common);
  return common;
}
