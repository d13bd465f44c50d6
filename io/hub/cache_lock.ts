import { dirname } from "node:path";
import type { HubTiming } from "./timing.ts";

/** How a lock is waited for. */
export interface LockOptions {
  readonly timing: HubTiming;
  readonly signal?: AbortSignal;
  /** Hears once that somebody else holds it; `holder` is a process, where it is known. */
  onWait?(holder: string): void;
}

/**
 * Holds a lock file until it is disposed.
 *
 * The operating system holds the lock for the open file, so that it is free as soon as its process ends, however it
 * ends: the file may stay, nobody has to judge whether it is stale.
 */
export async function lockCache(
  path: string,
  { timing, signal, onWait }: LockOptions,
): Promise<Disposable> {
  for (let told = false;;) {
    signal?.throwIfAborted();
    await Deno.mkdir(dirname(path), { recursive: true });
    const file = await Deno.open(path, {
      read: true,
      write: true,
      create: true,
    });
    let kept = false;
    try {
      if (await file.tryLock(true) && await isThere(path, file)) {
        await file.truncate();
        await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
        kept = true;
        return { [Symbol.dispose]: () => file.close() };
      }
    } finally {
      if (!kept) file.close();
    }
    if (!told) onWait?.(await holderOf(path));
    told = true;
    await timing.sleep(timing.lockPoll, signal);
  }
}

/** Whether the open file still has its name: who held the lock may have removed it. */
async function isThere(path: string, file: Deno.FsFile): Promise<boolean> {
  const [named, open] = await Promise.all([
    Deno.stat(path).catch(() => undefined),
    file.stat(),
  ]);
  return named !== undefined && named.ino === open.ino;
}

async function holderOf(path: string): Promise<string> {
  const text = await Deno.readTextFile(path).catch(() => "");
  return text.trim();
}
