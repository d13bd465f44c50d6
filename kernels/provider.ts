/** What computes: the processor, or a graphics card through WebGPU or CUDA. */
export type Provider = "cpu" | "webgpu" | "cuda";
