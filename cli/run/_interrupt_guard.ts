/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/**
 * Hears Ctrl-C on a thread of its own, so that it is heard while the main thread works, and ends the process
 * when the main thread does not.
 *
 * @module
 */

/** Milliseconds that the main thread gets to tidy up. */
const patience = 1000;

const interrupted = 130;

/** Ends the process at once: no destructors, which could wait for threads that compute. */
function exitNow(): void {
  const library = {
    linux: "libc.so.6",
    darwin: "libSystem.B.dylib",
    windows: "ucrtbase.dll",
  }[Deno.build.os as string];
  try {
    const c = Deno.dlopen(library ?? "libc.so", {
      _exit: { parameters: ["i32"], result: "void" },
    });
    c.symbols._exit(interrupted);
  } catch {
    self.postMessage("exit"); // no C library under that name: the main thread must do it
  }
}

function hear(): void {
  self.postMessage("interrupted");
  setTimeout(exitNow, patience);
}

Deno.addSignalListener("SIGINT", hear);
if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", hear);
self.onmessage = exitNow;
self.postMessage("ready");
