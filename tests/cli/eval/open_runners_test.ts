import assert from "node:assert/strict";
import type { EvalMethod } from "../../../cli/eval/eval_method.ts";
import type { ModelLender } from "../../../cli/eval/model_lender.ts";
import { openRunners } from "../../../cli/eval/open_runners.ts";
import type { Session } from "../../../cli/run/session.ts";
import { CliError, ExitCode } from "../../../cli/terminal/exit_code.ts";

/** A method whose model maps positions, or does not: two models, of which `auto` may put each elsewhere. */
function method(label: string, positions = "model"): EvalMethod {
  const options = { provider: "auto", positions };
  const outputs = { model: { type: { name: "pc/model" } } };
  const nodes = [{ name: "model", stage: { name: "model", outputs }, options }];
  return { label, plan: { nodes } } as unknown as EvalMethod;
}

/** Opens runners where the models of the methods have become these providers. */
async function open(jobs: number, providers: Record<string, string>) {
  const asked: string[] = [];
  const models = {
    modelOf: ({ label }: EvalMethod) => {
      asked.push(label);
      return Promise.resolve({ provider: providers[label] });
    },
    [Symbol.dispose]: () => {},
  } as unknown as ModelLender;
  const { signal } = new AbortController();
  const session = { interrupt: { signal } } as Session;
  using opened = await openRunners({
    choices: [],
    methods: [method("own"), method("alike"), method("mapped", "lm-infinite")],
    flags: { share: false },
    share: undefined,
    models,
    jobs,
    memory: { limit: undefined, longest: undefined },
  }, session);
  return { asked, runners: opened.runners.length };
}

Deno.test("openRunners() refuses several jobs of which one would compute on CUDA, and says what would work", async () => {
  for (
    const providers of [
      { own: "cuda", alike: "cuda", mapped: "cpu" },
      { own: "cpu", alike: "cpu", mapped: "cuda" },
    ]
  ) {
    await assert.rejects(open(5, providers), (error) => {
      assert(error instanceof CliError);
      assert.equal(error.code, ExitCode.usage);
      assert.equal(
        error.message,
        "--jobs 5 cannot compute on CUDA: of one process only one job can. Start 5 processes without --jobs, with --shard 1/5 to 5/5 and an --output for each; or take --provider cpu",
      );
      return true;
    });
    const { runners, asked } = await open(1, providers);
    assert.equal(runners, 1);
    assert.deepEqual(asked, []);
  }
});

Deno.test("openRunners() opens several jobs where none computes on CUDA, and asks each model once", async () => {
  const { runners, asked } = await open(2, {
    own: "cpu",
    alike: "cpu",
    mapped: "webgpu",
  });
  assert.equal(runners, 2);
  assert.deepEqual(asked, ["own", "mapped"]);
});
