import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import project from "../../deno.json" with { type: "json" };
import { type FakeFiles, FakeHub } from "../io/hub/fake_hub.ts";
import { PullSetting } from "../io/hub/pull_setting.ts";
import { runCli } from "./run_cli.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const fixture = new URL("../fixtures/models/gqa_sharded/", import.meta.url);

async function modelFiles(): Promise<FakeFiles> {
  const files: Record<string, Uint8Array> = {};
  for await (const { name } of Deno.readDir(fixture)) {
    files[name] = await Deno.readFile(new URL(name, fixture));
  }
  return { ...files, "pytorch_model.bin": new Uint8Array(100) };
}

/** Starts the task `pull`, with its permissions. */
function spawnPull(
  args: readonly string[],
  { hub, cache }: { readonly hub: FakeHub; readonly cache: string },
): Deno.ChildProcess {
  const [, run, ...task] = project.tasks.pull.split(" ");
  return new Deno.Command(Deno.execPath(), {
    args: [run!, "--no-prompt", ...task, ...args],
    cwd: root,
    env: environment({ hub, cache }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

function environment(
  { hub, cache }: { readonly hub: FakeHub; readonly cache: string },
): Record<string, string> {
  return {
    NO_COLOR: "1",
    HF_ENDPOINT: hub.endpoint,
    HF_TOKEN: "",
    HF_HUB_OFFLINE: "0",
    HF_TOKEN_PATH: `${cache}/no-token`,
    PARALLELCOMP_CACHE: cache,
  };
}

async function runPull(
  args: readonly string[],
  setting: { readonly hub: FakeHub; readonly cache: string },
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await spawnPull(args, setting).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

Deno.test("pull fetches a model that hf: names open without the network", async () => {
  await using setting = await PullSetting.make(await modelFiles());
  const { hub, cache } = setting;
  const { code, stdout, stderr } = await runPull(["owner/model"], setting);
  assert.equal(code, 0, stderr);
  const path = `${cache}/hub/owner/model/snapshots/${hub.head}`;
  assert.equal(stdout, `${path}\n`);
  assert.match(
    stderr,
    new RegExp(`^owner/model at ${hub.head.slice(0, 12)}:$`, "m"),
  );
  assert.match(stderr, /^ {2}model-00002-of-00002\.safetensors +[\d.]+ KiB$/m);
  assert.match(stderr, /^[\d.]+ KiB to fetch of [\d.]+ KiB$/m);
  assert.match(stderr, /^ready: --model hf:owner\/model$/m);
  assert.ok(!stderr.includes("pytorch"));
  assert.equal(await setting.checkCache(), 7);

  const env = environment(setting);
  const model = "hf:owner/model";
  const graph = await runCli(
    ["check", "parallelcomp", "--set", `model=${model}`],
    { env },
  );
  assert.equal(graph.code, 0, graph.stderr);
  const doctor = await runCli(["doctor", "--model", model, "--json"], { env });
  assert.equal(doctor.code, 0, doctor.stderr);
  assert.match(doctor.stdout, /"name":"model file","state":"ok"/);
  assert.match(doctor.stdout, /opened a session of .* on cpu and computed/);

  const list = await runPull(["--list"], setting);
  assert.match(list.stdout, /^ {2}hf:owner\/model {2}[\d.]+ KiB\n$/);
  assert.equal((await runPull(["--remove", "owner/model"], setting)).code, 0);
  const empty = await runPull(["--list"], setting);
  assert.equal(empty.stdout, `no models in ${cache}/hub\n`);
});

Deno.test("a model that was not pulled is refused with the command that fetches it", async () => {
  await using setting = await PullSetting.make({});
  const { code, stderr } = await runCli(
    ["ask", "-", "q", "--model", "hf:owner/model@v1:Q4_K_M"],
    { env: environment(setting), stdin: "text" },
  );
  assert.equal(code, 4);
  assert.equal(
    stderr,
    `error: Cannot read "hf:owner/model@v1:Q4_K_M": 'hf:owner/model@v1:Q4_K_M' is not in the cache; fetch it with: deno task pull owner/model@v1:Q4_K_M\n`,
  );
});

Deno.test("pull without the network's permission names the command that has it", async () => {
  await using setting = await PullSetting.make({});
  const { code, stderr } = await runCli(["pull", "owner/model:Q8_0"], {
    env: environment(setting),
  });
  assert.equal(code, 2);
  assert.equal(
    stderr,
    "error: Permission missing: --allow-net (models come over the network); run with: deno task pull owner/model:Q8_0\n",
  );
});

Deno.test("pull says what is wrong in one line, with a suggestion", async () => {
  await using setting = await PullSetting.make({ "a.gguf": new Uint8Array(3) });
  const typo = await runPull(["owner/modle"], setting);
  assert.equal(typo.code, 4);
  assert.equal(
    typo.stderr,
    "error: The hub knows no model 'owner/modle'; check the spelling, or give a token in HF_TOKEN if it is private; did you mean 'owner/model'?\n",
  );
  const offline = await runPull(["owner/model", "--offline"], setting);
  assert.equal(offline.code, 4);
  assert.equal(
    offline.stderr,
    "error: 'hf:owner/model' is not in the cache; fetch it with: deno task pull owner/model\n",
  );
  const file = { hub: setting.hub, cache: import.meta.filename! };
  const list = await runPull(["--list"], file);
  assert.equal(list.code, 4);
  assert.match(list.stderr, /^error: The cache '.*' cannot be used: Not a dir/);
  const named = await runCli(["doctor", "hf:owner/model"], {
    env: environment(file),
  });
  assert.equal(named.code, 4);
  assert.match(
    named.stderr,
    /^error: .*: The cache '.*' cannot be used: Not a/,
  );
  const word = await runPull(["gpt2"], setting);
  assert.equal(word.code, 2);
  assert.match(word.stderr, /'gpt2' is no model on the hub; write owner\/name/);
});

Deno.test("a pull that was killed leaves its lock to the next, which goes on where it stopped", async () => {
  await using setting = await PullSetting.make(await modelFiles());
  const { hub } = setting;
  hub.fault = (answer, { path, storage }) =>
    storage && path.includes("00002-of")
      ? { ...answer, stallAfter: 20_000 }
      : answer;
  const child = spawnPull(["owner/model"], setting);
  const progress = Promise.withResolvers<void>();
  const drained = (async () => {
    let text = "";
    for await (
      const piece of child.stderr.pipeThrough(new TextDecoderStream())
    ) {
      text += piece;
      if (/^model-00002-of\S+: /m.test(text)) progress.resolve();
    }
    progress.reject(new Error(`it ended before: ${text}`));
  })();
  progress.promise.catch(() => {});
  await progress.promise;
  hub.fault = (answer) => answer;
  hub.requests.length = 0;
  let holder: string | undefined;
  await setting.pull(undefined, {
    onEvent: (event) => {
      if (event.type !== "waiting") return;
      holder = event.holder;
      child.kill("SIGKILL");
    },
  });
  assert.equal((await child.status).signal, "SIGKILL");
  await child.stdout.cancel();
  await drained;
  assert.equal(holder, String(child.pid));
  const ranges = hub.fileRequests.filter(({ storage }) => storage)
    .map(({ headers }) => headers.get("range"));
  assert.equal(ranges.length, 1);
  assert.match(ranges[0]!, /^bytes=[1-9]\d*-$/);
  assert.equal(await setting.checkCache(), 7);
});
