import {
  API_VERSION,
  apiTable,
  GET_ERROR_MESSAGE,
  GET_KEY_VALUE,
  releaseTable,
} from "./api_table.ts";

/** A pointer into native memory; never null. */
export type Handle = Deno.PointerObject;

/** An argument of a call. */
type Argument = Handle | BufferSource | number | bigint | null;

/** ONNX Runtime's C interface, opened from a library file; a failing call throws its message. */
export type OrtApi =
  & { readonly [Name in keyof typeof apiTable]: (...of: Argument[]) => void }
  & { readonly [Name in keyof typeof releaseTable]: (of: Handle) => void }
  & {
    /** The text of a key among pairs; nothing where there is none. */
    readonly textOf: (pairs: Handle, key: string) => string | undefined;
  };

/**
 * Opens ONNX Runtime's library.
 *
 * @throws {TypeError} If the file is no such library, or too old.
 */
export function openOrtApi(path: string): OrtApi {
  const table = tableOf(path);
  const at = (place: number) => table.getPointer(place * 8)!;
  const release = Object.fromEntries(
    Object.entries(releaseTable).map(([name, place]) => {
      const release = nativeFunction(at(place), ["pointer"], "void");
      return [name, (of: Handle) => void release(of)];
    }),
  );
  const message = nativeFunction(
    at(GET_ERROR_MESSAGE),
    ["pointer"],
    "pointer",
  );
  const valueOf = nativeFunction(
    at(GET_KEY_VALUE),
    ["pointer", "buffer"],
    "pointer",
  );
  const textOf = (pairs: Handle, key: string) => {
    const text = valueOf(pairs, cString(key));
    return text ? Deno.UnsafePointerView.getCString(text) : undefined;
  };
  const calls = Object.fromEntries(
    Object.entries(apiTable).map(([name, [place, parameters]]) => {
      const call = nativeFunction(at(place), parameters, "pointer");
      return [name, (...args: Argument[]) => {
        const status = call(...args);
        if (!status) return;
        const text = Deno.UnsafePointerView.getCString(message(status)!);
        release.ReleaseStatus!(status);
        throw new Error(text);
      }];
    }),
  );
  return { ...calls, ...release, textOf } as unknown as OrtApi;
}

/** A function behind a pointer; the types of what it takes are the table's to know. */
function nativeFunction(
  pointer: Handle,
  parameters: readonly Deno.NativeType[],
  result: "pointer" | "void",
): (...args: Argument[]) => Handle | null {
  const fn = new Deno.UnsafeFnPointer(
    pointer as Deno.PointerObject<never>,
    { parameters: [...parameters], result },
  );
  return (...args) => fn.call(...args as never[]) as Handle | null;
}

function tableOf(path: string): Deno.UnsafePointerView {
  const { symbols } = Deno.dlopen(path, {
    OrtGetApiBase: { parameters: [], result: "pointer" },
  });
  const base = symbols.OrtGetApiBase();
  const getApi = base && new Deno.UnsafePointerView(base).getPointer(0);
  const table = getApi &&
    nativeFunction(getApi, ["u32"], "pointer")(API_VERSION);
  if (table) return new Deno.UnsafePointerView(table);
  throw new TypeError(
    `'${path}' is too old: it lacks version ${API_VERSION} of ONNX Runtime's C interface`,
  );
}

/** Where a call leaves a pointer or a number. */
export class Out {
  readonly memory = new BigUint64Array(1);

  /** The pointer that the call left. */
  get handle(): Handle {
    return Deno.UnsafePointer.create(this.memory[0]!)!;
  }

  /** The number that the call left. */
  get number(): number {
    return Number(this.memory[0]!);
  }
}

/** A text as C has it. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}

/** An array of texts as C has it; `keep` must live as long as it is read. */
export function cStrings(texts: readonly string[]): {
  readonly pointers: BigUint64Array<ArrayBuffer>;
  readonly keep: unknown;
} {
  const keep = texts.map(cString);
  const pointers = BigUint64Array.from(
    keep,
    (text) => Deno.UnsafePointer.value(Deno.UnsafePointer.of(text)),
  );
  return { pointers, keep };
}
