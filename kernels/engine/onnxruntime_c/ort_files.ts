import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** ONNX Runtime's library as the npm package brings it, and its version. */
export interface OrtFiles {
  readonly library: string;
  readonly version: string;
}

/**
 * Where the npm package keeps the library.
 *
 * @throws {Error} If there is none for this platform.
 */
export async function ortFiles(): Promise<OrtFiles> {
  const file = (name: string) =>
    fileURLToPath(import.meta.resolve(`onnxruntime-node/${name}`));
  const { version } = JSON.parse(
    await Deno.readTextFile(file("package.json")),
  ) as { version: string };
  const arch = Deno.build.arch === "aarch64" ? "arm64" : "x64";
  const { os } = Deno.build;
  if (os !== "linux") {
    throw new Error(
      `ONNX Runtime's C interface is opened on Linux only, not on ${os}`,
    );
  }
  const folder = join(dirname(file("package.json")), "bin/napi-v6", os, arch);
  return { library: join(folder, "libonnxruntime.so.1"), version };
}
