import type { ModelConfig } from "../../io/model_config.ts";
import type { WeightSource } from "../../io/weights.ts";
import { Embedding } from "../layers/embedding.ts";
import { familyGraphs } from "./family_graphs.ts";
import { graphTarget } from "./graph_target.ts";
import type { Accuracy } from "../layers/linear.ts";
import type { Provider } from "../provider/provider.ts";
import { RopeCache } from "../rope/rope_cache.ts";
import type { SessionGraphs } from "../model/session_graphs.ts";

/** What a family makes of a file's weights, for a provider: sessions, and what feeds them. */
export async function familyModel(
  weights: WeightSource,
  config: ModelConfig,
  { accuracy: given, provider }: {
    readonly accuracy: Accuracy;
    readonly provider: Provider;
  },
): Promise<{
  readonly config: ModelConfig;
  readonly graphs: SessionGraphs;
  readonly rope: RopeCache;
  readonly embedding?: Embedding;
}> {
  const target = graphTarget(provider, given);
  const accuracy = given === "int8" && provider !== "cpu" ? "fast" : given;
  const { vocab, hidden, embeddingScale } = config;
  return {
    config,
    graphs: familyGraphs({ weights, config, accuracy, target }),
    rope: new RopeCache(config),
    ...(target.tokens === "embedded" && {
      embedding: new Embedding(
        await weights.read("embedding.weight"),
        vocab,
        hidden,
        embeddingScale,
      ),
    }),
  };
}
