/** What computes: the processor, or a graphics card through WebGPU or CUDA. */
export type Provider = "cpu" | "webgpu" | "cuda";

/**
 * Which one is asked for; `auto`: CUDA where it can be opened, else the processor. WebGPU only by name: ONNX Runtime's
 * kernels for it are far slower than CUDA's on the same card.
 */
export type ProviderChoice = Provider | "auto";
