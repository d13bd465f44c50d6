import assert from "node:assert/strict";
import { HubError } from "../../../mod.ts";
import { noise, PullSetting } from "./pull_setting.ts";

const name = "model-Q4_K_M.gguf";
const files = { [name]: noise(3000) };

/** A setting in which a pull was cut after 1000 bytes. */
async function cutPull(): Promise<PullSetting> {
  const setting = await PullSetting.make(files);
  const { hub } = setting;
  hub.fault = (answer, { storage }) =>
    storage ? { ...answer, cutAfter: 1000 } : answer;
  await assert.rejects(
    setting.pull("owner/model", {
      timing: { ...setting.timing, attempts: 1 },
    }),
    HubError,
  );
  assert.equal(await setting.partBytes(), 1000);
  hub.fault = (answer) => answer;
  hub.requests.length = 0;
  return setting;
}

/** The ranges that the storage was asked for. */
function ranges({ hub }: PullSetting): (string | null)[] {
  return hub.requests.filter(({ storage }) => storage)
    .map(({ headers }) => headers.get("range"));
}

Deno.test("pullModel() goes on where the last pull was cut", async () => {
  await using setting = await cutPull();
  await setting.pull();
  assert.deepEqual(ranges(setting), ["bytes=1000-"]);
  assert.equal(await setting.checkCache(), 1);
});

Deno.test("pullModel() gives a line that is cut again and again all the time it needs, while it gets on", async () => {
  await using setting = await PullSetting.make({ [name]: noise(6 * 2 ** 20) });
  setting.hub.fault = (answer, { storage }) =>
    storage ? { ...answer, cutAfter: 2 ** 20 } : answer;
  await setting.pull(); // of three attempts that get nowhere each
  assert.equal(ranges(setting).length, 6);
  assert.equal(await setting.checkCache(), 1);
});

Deno.test("pullModel() takes the whole file from a server that ignores ranges", async () => {
  await using setting = await cutPull();
  setting.hub.fault = (answer, { storage }) =>
    storage ? { status: 200, headers: {}, body: files[name]! } : answer;
  await setting.pull();
  assert.deepEqual(ranges(setting), ["bytes=1000-"]);
  assert.equal(await setting.checkCache(), 1);
});

Deno.test("pullModel() starts again where a range begins at another byte", async () => {
  await using setting = await cutPull();
  setting.hub.fault = (answer, { storage, headers }) =>
    storage && headers.has("range")
      ? {
        status: 206,
        headers: { "content-range": "bytes 900-2999/3000" },
        body: files[name]!.subarray(900),
      }
      : answer;
  await setting.pull();
  assert.deepEqual(ranges(setting), ["bytes=1000-", null]);
  assert.equal(await setting.checkCache(), 1);
});

Deno.test("pullModel() starts again when the server knows of less than is here", async () => {
  await using setting = await cutPull();
  setting.hub.fault = (answer, { storage, headers }) =>
    storage && headers.has("range") ? { ...answer, status: 416 } : answer;
  await setting.pull();
  assert.deepEqual(ranges(setting), ["bytes=1000-", null]);
  assert.equal(await setting.checkCache(), 1);
});

Deno.test("pullModel() does not go on with a part of a file that has changed since", async () => {
  await using setting = await cutPull();
  setting.hub.commit({ [name]: noise(3000, 2) });
  await setting.pull();
  assert.deepEqual(ranges(setting), [null]);
  assert.equal(await setting.checkCache(), 1);
  assert.equal(await setting.partBytes(), 0, "the old part is gone");
});

Deno.test("pullModel() starts again when the server offers other bytes than it began with", async () => {
  await using setting = await cutPull();
  setting.hub.fault = (answer, { path }) =>
    path.includes("/resolve/")
      ? {
        ...answer,
        headers: { ...answer.headers, "x-linked-etag": '"another"' },
      }
      : answer;
  await setting.pull();
  assert.deepEqual(setting.retries, [
    `'${name}' changed on the hub while it was fetched; it starts again`,
  ]);
  assert.deepEqual(ranges(setting), ["bytes=1000-", null]);
  assert.equal(await setting.checkCache(), 1);
});

Deno.test("pullModel() fetches afresh what was glued wrong, and only once", async () => {
  await using setting = await cutPull();
  setting.hub.fault = (answer, { storage, headers }) =>
    storage && headers.has("range")
      ? { ...answer, body: noise(2000, 7) } // other bytes, by the same name
      : answer;
  await setting.pull();
  assert.match(setting.retries[0]!, /is damaged: its SHA-256/);
  assert.deepEqual(ranges(setting), ["bytes=1000-", null]);
  assert.equal(await setting.checkCache(), 1);

  await using other = await cutPull();
  other.hub.fault = (answer, { storage }) =>
    storage ? { ...answer, body: answer.body.map((byte) => ~byte) } : answer;
  await assert.rejects(
    other.pull(),
    (error) => error instanceof HubError && error.kind === "wrong-hash",
  );
  assert.deepEqual(ranges(other), ["bytes=1000-", null]);
  assert.equal(await other.checkCache(), 0);
});

Deno.test("pullModel() fetches in pieces that come out wrong no more than twice", async () => {
  await using setting = await PullSetting.make(files);
  setting.hub.fault = (answer, { storage, headers }) => {
    if (!storage) return answer;
    const body = answer.body.map((byte) => ~byte);
    return headers.has("range")
      ? { ...answer, body }
      : { ...answer, body, cutAfter: 1000 };
  };
  await assert.rejects(
    setting.pull(),
    (error) => error instanceof HubError && error.kind === "wrong-hash",
  );
  assert.deepEqual(ranges(setting), [null, "bytes=1000-", null, "bytes=1000-"]);
  assert.equal(await setting.checkCache(), 0);
});

Deno.test("pullModel() throws a part away that is longer than the file, or damaged on disk", async () => {
  for (const damage of [noise(4000), noise(3000, 5), noise(1000, 5)]) {
    await using setting = await cutPull();
    const folder = `${setting.cache}/hub/owner/model/parts`;
    for await (const entry of Deno.readDir(folder)) {
      if (!entry.name.endsWith(".part")) continue;
      await Deno.writeFile(`${folder}/${entry.name}`, damage);
    }
    await setting.pull();
    assert.equal(ranges(setting).at(-1), null);
    assert.equal(await setting.checkCache(), 1);
  }
});

Deno.test("pullModel() gives up on a server that cuts at the same byte and ignores ranges", async () => {
  await using setting = await PullSetting.make(files);
  setting.hub.fault = (answer, { storage }) =>
    storage
      ? { status: 200, headers: {}, body: files[name]!, cutAfter: 2000 }
      : answer;
  await assert.rejects(
    setting.pull(),
    (error) => error instanceof HubError && error.kind === "cut",
  );
  assert.equal(ranges(setting).length, 3);
  assert.equal(await setting.checkCache(), 0);
});

Deno.test({
  name:
    "pullModel() says that the disk is full, and goes on when there is room",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using setting = await cutPull();
    const folder = `${setting.cache}/hub/owner/model/parts`;
    const [part] = (await Array.fromAsync(Deno.readDir(folder)))
      .filter(({ name }) => name.endsWith(".part"));
    const path = `${folder}/${part!.name}`;
    await Deno.remove(path);
    await Deno.symlink("/dev/full", path); // every write fails as on a full disk
    await assert.rejects(setting.pull(), (error) => {
      assert.ok(error instanceof HubError);
      assert.equal(error.kind, "disk-full");
      assert.equal(
        error.message,
        `The disk of the cache '${setting.cache}/hub' is full; free some room, or choose another with --cache or PARALLELCOMP_CACHE, and run the same command again: it goes on where it stopped`,
      );
      return true;
    });
    assert.equal(await setting.checkCache(), 0);
    await Deno.remove(path);
    await setting.pull();
    assert.equal(await setting.checkCache(), 1);
  },
});
