import assert from "node:assert/strict";
import { lockCache } from "../../../io/hub/cache_lock.ts";
import { hubTiming } from "../../../io/hub/timing.ts";

Deno.test("lockCache() holds the file that has the name, not one that was removed meanwhile", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/lock`;
  const first = await lockCache(path, { timing: hubTiming });
  // The second has the file open when it loses its name, as by `pull --remove`.
  let looks = 0;
  const second = await lockCache(path, {
    timing: {
      ...hubTiming,
      sleep: () => Promise.resolve(void looks++),
    },
    onWait: () => {
      const lose = Deno.FsFile.prototype.tryLock;
      Deno.FsFile.prototype.tryLock = async function (exclusive) {
        Deno.FsFile.prototype.tryLock = lose;
        await Deno.remove(path);
        first[Symbol.dispose]();
        return await lose.call(this, exclusive);
      };
    },
  });
  assert.equal(looks, 2);
  const third = new AbortController();
  await assert.rejects(
    lockCache(path, {
      timing: hubTiming,
      signal: third.signal,
      onWait: (holder) => third.abort(new Error(`held by ${holder}`)),
    }),
    () => third.signal.reason.message === `held by ${Deno.pid}`,
  );
  second[Symbol.dispose]();
  await Deno.remove(folder, { recursive: true });
});
