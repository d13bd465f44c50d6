import project from "../../deno.json" with { type: "json" };

/** Versions of what computed: the program, its runtime, what it runs models with, and the system. */
export function versions(): Record<string, string> {
  const onnx = project.imports["onnxruntime-node"];
  return {
    parallelcomp: project.version,
    deno: Deno.version.deno,
    onnxruntime: onnx.slice(onnx.lastIndexOf("@") + 1),
    system: `${Deno.build.os} ${Deno.build.arch}`,
  };
}
