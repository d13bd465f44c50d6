import { Command, Option } from "@commander-js/extra-typings";
import { InvalidArgumentError } from "commander";
import { withDiskErrors } from "../io/hub/disk_error.ts";
import { removeModel } from "../io/hub/remove_model.ts";
import { formatReference } from "../io/hub/reference.ts";
import { hubSettings } from "../io/hub/settings.ts";
import {
  didYouMean,
  HubError,
  type HubReference,
  parseHubReference,
  pullModel,
} from "../mod.ts";
import { CliError, ExitCode } from "./terminal/exit_code.ts";
import { Interrupt } from "./run/interrupt.ts";
import { pulledModels } from "./pulled_models.ts";
import { PullReport } from "./terminal/pull_report.ts";
import { terminal } from "./terminal/terminal.ts";

const help = `
Examples:
  deno task pull HuggingFaceTB/SmolLM2-135M-Instruct
  deno task pull unsloth/SmolLM2-135M-Instruct-GGUF:Q4_K_M
  deno task parallelcomp ask book.txt "…" --model hf:unsloth/SmolLM2-135M-Instruct-GGUF:Q4_K_M

What is fetched: config.json, generation_config.json, the tokenizer's files, the
chat template and the safetensors that the index lists; or one GGUF file. Never
PyTorch pickles. A file gets its name when it is whole and its hash is what the
hub lists; a pull that was cut goes on where it stopped. On standard output: the
path in the cache.

Environment:
  HF_TOKEN            token for gated and private models; or the file that
                      Hugging Face's tools write (HF_TOKEN_PATH, HF_HOME/token)
  HF_ENDPOINT         address of another hub
  HF_HUB_OFFLINE=1    as --offline
  PARALLELCOMP_CACHE  as --cache; default XDG_CACHE_HOME/parallelcomp. Set it for
                      other commands too, so that they find hf:owner/name there`;

/** `pull`: models from the Hugging Face hub. */
export const pull = new Command("pull")
  .summary("fetch a model from the Hugging Face hub into the cache")
  .description(
    "Fetches a model from the Hugging Face hub into the cache; then hf:owner/name names it wherever a model is named. Needs the network: run it as deno task pull.",
  )
  .argument("[model]", "owner/name[@revision][:file]", parseModel)
  .option("--file <name>", "the GGUF file, or its quantisation: Q4_K_M")
  .option("--cache <folder>", "keep models in this folder, under hub/")
  .option("--offline", "look into the cache only")
  .addOption(
    new Option("--list", "list what is in the cache").conflicts([
      "remove",
      "offline",
      "file",
    ]),
  )
  .addOption(
    new Option("--remove", "remove the model from the cache").conflicts([
      "offline",
      "file",
    ]),
  )
  .addHelpText("after", help)
  .action(async (model, { file, cache, offline, list, remove }) => {
    const choices = {
      ...(cache !== undefined && { cache }),
      ...(offline && { offline }),
    };
    const settings = hubSettings(choices);
    if (list) {
      const { cache } = settings;
      const models = () => pulledModels(cache, model);
      return terminal.out(withDiskErrors(cache, models));
    }
    if (!model) {
      throw new CliError(
        ExitCode.usage,
        "missing required argument 'model': owner/name",
      );
    }
    const wanted = withFile(model, file);
    if (remove) {
      const report = new PullReport(terminal);
      const onWait = (holder: string) =>
        report.event({ type: "waiting", holder });
      return await removeModel(wanted, settings.cache, onWait);
    }
    if (!settings.offline) await requireNetwork(wanted);
    await pullHere(wanted, choices);
  });

async function pullHere(
  wanted: HubReference,
  choices: { readonly cache?: string; readonly offline?: boolean },
): Promise<void> {
  using interrupt = new Interrupt();
  const report = new PullReport(terminal);
  try {
    const { name, path } = await pullModel(wanted, {
      ...choices,
      signal: interrupt.signal,
      onEvent: (event) => report.event(event),
    });
    report.pause();
    // Other commands do not look into a cache that was named for this one.
    const known = choices.cache === undefined ? name : path;
    terminal.err(`ready: --model ${known}\n`);
    terminal.out(`${path}\n`);
  } catch (error) {
    report.pause();
    throw error instanceof HubError ? forPerson(error, wanted) : error;
  }
}

/** The error with a suggestion, where one name is near to what was written. */
function forPerson(error: HubError, wanted: HubReference): CliError {
  const code = ["permission", "setting"].includes(error.kind)
    ? ExitCode.usage
    : ExitCode.model;
  const word = error.kind === "not-found" ? wanted.repository : wanted.file;
  const near = word === undefined ? "" : didYouMean(word, error.known);
  const hint = near.startsWith("; did you mean") ? near : "";
  return new CliError(code, `${error.message}${hint}`, { cause: error });
}

function parseModel(text: string): HubReference {
  try {
    return parseHubReference(text);
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
}

function withFile(model: HubReference, file: string | undefined): HubReference {
  if (file === undefined) return model;
  if (model.file === undefined) return { ...model, file };
  throw new CliError(
    ExitCode.usage,
    `'${model.file}' and --file ${file} both name a file; name one`,
  );
}

/** Only `deno task pull` has the network; nobody is asked. */
async function requireNetwork(wanted: HubReference): Promise<void> {
  const { state, partial } = await Deno.permissions.query({ name: "net" });
  if (state === "granted" || partial) return;
  throw new CliError(
    ExitCode.usage,
    `Permission missing: --allow-net (models come over the network); run with: deno task pull ${
      formatReference(wanted)
    }`,
  );
}
