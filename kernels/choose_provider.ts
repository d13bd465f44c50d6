import type { Provider, ProviderChoice } from "./provider.ts";
import { whyNoProvider } from "./why_no_provider.ts";

/** What computes; a provider that was asked for and cannot be opened is an error that says what would work. */
export async function chooseProvider(
  choice: ProviderChoice,
): Promise<Provider> {
  switch (choice) {
    case "cpu":
      return "cpu";
    case "auto":
      return await whyNoProvider("cuda") === undefined ? "cuda" : "cpu";
    default: {
      const why = await whyNoProvider(choice);
      if (why !== undefined) throw new Error(why);
      return choice;
    }
  }
}
