import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { TensorProtoSchema } from "onnx-buf";
import type { ExportedDecoder } from "../../io/exported/exported_decoder.ts";
import type { OnnxTensor } from "../../io/exported/onnx_tensor.ts";

/** A weight as it is written, and one of another file named by the place of that file. */
export function movedWeight(
  bytes: Uint8Array<ArrayBuffer>,
  { external }: Pick<OnnxTensor, "external">,
  files: ExportedDecoder["external"],
): Uint8Array<ArrayBuffer> {
  const place = external && files.get(external.location)?.place;
  if (place === undefined || place === external?.location) return bytes;
  const tensor = fromBinary(TensorProtoSchema, bytes);
  for (const entry of tensor.externalData) {
    if (entry.key === "location") entry.value = place;
  }
  return toBinary(TensorProtoSchema, tensor);
}
