import { CliError, ExitCode } from "../terminal/exit_code.ts";
import type { EvalMethod } from "./eval_method.ts";
import { byModel, type ModelLender } from "./model_lender.ts";

/**
 * Several jobs of which one would compute on CUDA are a {@linkcode CliError}: while one thread records steps as a CUDA
 * graph, no other thread of the process may allocate or wait (cudaErrorStreamCaptureUnsupported).
 */
export async function checkJobsProvider(
  jobs: number,
  methods: readonly EvalMethod[],
  models: Pick<ModelLender, "modelOf">,
): Promise<void> {
  if (jobs === 1) return;
  for (const [method] of byModel(methods)) {
    const { provider } = await models.modelOf(method!); // what `auto` has become
    if (provider !== "cuda") continue;
    throw new CliError(
      ExitCode.usage,
      `--jobs ${jobs} cannot compute on CUDA: of one process only one job can. Start ${jobs} processes without --jobs, with --shard 1/${jobs} to ${jobs}/${jobs} and an --output for each; or take --provider cpu`,
    );
  }
}
