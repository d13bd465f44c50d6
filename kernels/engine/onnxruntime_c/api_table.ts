/**
 * The functions of ONNX Runtime's C interface that are called here: place in the table `OrtApi`
 * (onnxruntime_c_api.h; places never change) and signature. All but the releasing ones return a status, null if well.
 */
export const apiTable = {
  CreateEnv: [3, ["i32", "buffer", "buffer"]],
  DisableTelemetryEvents: [6, ["pointer"]],
  CreateSessionFromArray: [8, [
    "pointer",
    "buffer",
    "usize",
    "pointer",
    "buffer",
  ]],
  CreateSessionOptions: [10, ["buffer"]],
  DisableMemPattern: [17, ["pointer"]],
  SetSessionLogSeverityLevel: [22, ["pointer", "i32"]],
  SetSessionGraphOptimizationLevel: [23, ["pointer", "i32"]],
  SetIntraOpNumThreads: [24, ["pointer", "i32"]],
  CreateTensorAsOrtValue: [48, [
    "pointer",
    "buffer",
    "usize",
    "i32",
    "buffer",
  ]],
  CreateTensorWithDataAsOrtValue: [49, [
    "pointer",
    "buffer",
    "usize",
    "buffer",
    "usize",
    "i32",
    "buffer",
  ]],
  GetTensorMutableData: [51, ["pointer", "buffer"]],
  GetTensorElementType: [60, ["pointer", "buffer"]],
  GetDimensionsCount: [61, ["pointer", "buffer"]],
  GetDimensions: [62, ["pointer", "buffer", "usize"]],
  GetTensorTypeAndShape: [65, ["pointer", "buffer"]],
  AllocatorFree: [76, ["pointer", "pointer"]],
  CreateMemoryInfo: [68, ["buffer", "i32", "i32", "i32", "buffer"]],
  CreateRunOptions: [39, ["buffer"]],
  AddRunConfigEntry: [165, ["pointer", "buffer", "buffer"]],
  GetAllocatorWithDefaultOptions: [78, ["buffer"]],
  AddSessionConfigEntry: [130, ["pointer", "buffer", "buffer"]],
  CreateAllocator: [131, ["pointer", "pointer", "buffer"]],
  RunWithBinding: [133, ["pointer", "pointer", "pointer"]],
  CreateIoBinding: [134, ["pointer", "buffer"]],
  BindInput: [136, ["pointer", "buffer", "pointer"]],
  BindOutput: [137, ["pointer", "buffer", "pointer"]],
  BindOutputToDevice: [138, ["pointer", "buffer", "pointer"]],
  GetBoundOutputValues: [140, ["pointer", "pointer", "buffer", "buffer"]],
  SynchronizeBoundOutputs: [203, ["pointer"]],
  SessionOptionsAppendExecutionProvider_CUDA_V2: [204, ["pointer", "pointer"]],
  CreateCUDAProviderOptions: [205, ["buffer"]],
  UpdateCUDAProviderOptions: [206, ["pointer", "buffer", "buffer", "usize"]],
  AddExternalInitializers: [210, ["pointer", "buffer", "buffer", "usize"]],
  AllocatorGetStats: [319, ["pointer", "buffer"]],
} as const satisfies Record<
  string,
  readonly [number, readonly Deno.NativeType[]]
>;

/** Functions that give something back; they return nothing. */
export const releaseTable = {
  ReleaseStatus: 93,
  ReleaseSession: 95,
  ReleaseValue: 96,
  ReleaseRunOptions: 97,
  ReleaseTensorTypeAndShapeInfo: 99,
  ReleaseSessionOptions: 100,
  ReleaseAllocator: 132,
  ReleaseIoBinding: 135,
  ReleaseCUDAProviderOptions: 208,
  ReleaseKeyValuePairs: 300,
} as const;

/** Place of `GetErrorMessage`, which returns a text. */
export const GET_ERROR_MESSAGE = 2;

/** Place of `GetKeyValue`, which returns a text too. */
export const GET_KEY_VALUE = 297;

/** The newest version of the table that all these functions are part of. */
export const API_VERSION = 23;
