import { cString } from "./ort_api.ts";

/** `RTLD_NOW` and `RTLD_NODELETE`. */
const NOW_FOR_GOOD = 0x2 | 0x1000;

/**
 * Keeps a library in the process until it ends. A worker that is terminated lets go of what it opened, and threads of
 * sessions would run on in memory that is gone.
 *
 * @throws {Error} If no C library has what this takes.
 */
export function keepLibrary(path: string): void {
  const libc = opener();
  libc.symbols.dlopen(cString(path), NOW_FOR_GOOD);
  libc.close();
}

/** What opens libraries: the C library, of older systems one beside it. */
function opener() {
  const symbols = {
    dlopen: { parameters: ["buffer", "i32"], result: "pointer" },
  } as const;
  try {
    return Deno.dlopen("libc.so.6", symbols);
  } catch {
    return Deno.dlopen("libdl.so.2", symbols);
  }
}
