import type { ModelConfig } from "../../io/model_config.ts";
import type { Provider, ProviderChoice } from "./provider.ts";
import { whyNotCuda } from "./why_not_cuda.ts";
import { whyNoProvider } from "./why_no_provider.ts";

/**
 * What computes a model; a provider that was asked for and cannot be opened, or cannot take the model, is an error that
 * says what would work.
 */
export async function chooseProvider(
  choice: ProviderChoice,
  config: Pick<ModelConfig, "headDim" | "ropeDim">,
): Promise<Provider> {
  const why = async (provider: Provider) =>
    (provider === "cuda" ? whyNotCuda(config) : undefined) ??
      await whyNoProvider(provider);
  switch (choice) {
    case "cpu":
      return "cpu";
    case "auto":
      return await why("cuda") === undefined ? "cuda" : "cpu";
    default: {
      const reason = await why(choice);
      if (reason !== undefined) throw new Error(reason);
      return choice;
    }
  }
}
