import { basename, dirname, join, relative, resolve } from "node:path";
import type { ByteSource } from "./byte_source.ts";
import { reasonOf } from "./byte_source.ts";
import { type ExportedLayout, exportedLayout } from "./exported_layout.ts";
import { FormatError } from "./format_error.ts";
import { type OnnxFile, readOnnx } from "./onnx_file.ts";
import { type OnnxTensor, wantedBytes } from "./onnx_tensor.ts";

/** An exported decoder: its graph, what its names say, and where its weights lie. */
export interface ExportedDecoder {
  readonly file: OnnxFile;
  readonly layout: ExportedLayout;
  /** The folder that the files of external weights are named from. */
  readonly folder: string;
  /** Names of these files; none where the model's own file holds all weights. */
  readonly external: readonly string[];
  /** Size of all files together. */
  readonly bytes: number;
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
  const folder = resolve(dirname(source.path));
  const sizes = await externalSizes(file, folder);
  let bytes = source.size;
  for (const size of sizes.values()) bytes += size;
  return { file, layout, folder, external: [...sizes.keys()], bytes };
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

async function externalSizes(
  file: OnnxFile,
  folder: string,
): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
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
    if (!sizes.has(location)) {
      try {
        sizes.set(location, (await Deno.stat(join(folder, location))).size);
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
    const size = sizes.get(location)!;
    if (offset + length > size) {
      refuse(
        `which ends at byte ${size}, before the weight does; it is truncated, so fetch it again`,
      );
    }
  }
  return sizes;
}
