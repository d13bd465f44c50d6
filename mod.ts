/**
 * ParallelComp: long-context extension without training, as a declarative dataflow.
 *
 * @module
 */
export * from "./core/budget.ts";
export * from "./core/bytes.ts";
export * from "./core/draw.ts";
export * from "./core/errors.ts";
export * from "./core/events.ts";
export { type FusedPlan, fusePlan, type Fusion } from "./core/fuse.ts";
export type { Unfused } from "./core/fusion_notes.ts";
export * from "./core/graph.ts";
export * from "./core/graph_schema.ts";
export * from "./core/load.ts";
export { onlyInput } from "./core/only_input.ts";
export * from "./core/owned.ts";
export * from "./core/owning.ts";
export * from "./core/plan.ts";
export * from "./core/port.ts";
export * from "./core/registry.ts";
export * from "./core/run.ts";
export * from "./core/stage.ts";
export { didYouMean } from "./core/suggest.ts";
export * from "./stages/mod.ts";
export { builtins } from "./stages/builtins.ts";
export { shippedGraph } from "./stages/shipped_graph.ts";
export { Arena } from "./kernels/cache/arena.ts";
export type { GraphBuilder, Value } from "./kernels/onnx/builder.ts";
export { cast, reduceExactly } from "./kernels/onnx/cast.ts";
export type {
  EntryKernelInput,
  EvictedItem,
  Eviction,
} from "./kernels/eviction/eviction.ts";
export { type Examined, examineExported } from "./kernels/exported/examine.ts";
export { siteConfig } from "./kernels/exported/site_config.ts";
export { heldBytes } from "./kernels/cache/held_entries.ts";
export type {
  EntryRun,
  Int8Entries,
  KvCache,
  KvLayer,
  KvPlace,
  QuestionStats,
  ResidentKv,
  Tempering,
} from "./kernels/cache/kv_cache.ts";
export type { DrawRule } from "./kernels/family/draw_token.ts";
export type { StepChoice } from "./kernels/family/step_graph.ts";
export type {
  DecodeState,
  Draws,
  LanguageModel,
  Prefilled,
  PrefillItem,
  RequeryItem,
  RowQueries,
  TailLimit,
} from "./kernels/language_model.ts";
export type { Accuracy } from "./kernels/layers/linear.ts";
export type { Provider, ProviderChoice } from "./kernels/provider/provider.ts";
export { whyNoProvider } from "./kernels/provider/why_no_provider.ts";
export { type CudaReport, cudaReport } from "./kernels/provider/cuda_report.ts";
export type { CudaDevice } from "./kernels/engine/nvidia_driver.ts";
export { hostCache, withHostCache } from "./kernels/cache/resident_cache.ts";
export { loadModel, type LoadModelOptions } from "./kernels/load_model.ts";
export {
  choosePositions,
  type PositionChoice,
} from "./kernels/rope/choose_positions.ts";
export { type RopeChoice, scaleRope } from "./kernels/rope/scale_rope.ts";
export {
  randomModel,
  type RandomModelOptions,
  smallConfig,
} from "./kernels/model/random_model.ts";
export type {
  ChatMessage,
  ChatTemplate,
} from "./io/tokenizer/chat_template.ts";
export type { ModelConfig, RopeScaling } from "./io/model_config.ts";
export type { PositionMap } from "./io/position_map.ts";
export type { Tokenizer } from "./io/tokenizer/tokenizer.ts";
export type { PlannedFile, PullEvent } from "./io/hub/pull_events.ts";
export { HubError, type HubErrorKind } from "./io/hub/hub_error.ts";
export {
  type PulledModel,
  pullModel,
  type PullOptions,
} from "./io/hub/pull_model.ts";
export { type HubReference, parseHubReference } from "./io/hub/reference.ts";
export type { HubChoices } from "./io/hub/settings.ts";
export type { HubTiming } from "./io/hub/timing.ts";
