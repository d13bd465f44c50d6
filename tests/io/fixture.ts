/** The bundled model. */
export const TINY = new URL(
  "../../models/tiny/tiny-q8_0.gguf",
  import.meta.url,
).pathname;

/** A file beside the io tests' goldens. */
export function fixture(name: string): string {
  return new URL(`../fixtures/io/${name}`, import.meta.url).pathname;
}

/** Bytes of a gzipped fixture. */
export async function gunzip(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const file = await Deno.open(fixture(name));
  return await new Response(
    file.readable.pipeThrough(new DecompressionStream("gzip")),
  ).bytes();
}

/** A gzipped JSON fixture. */
export async function gunzipJson<T>(name: string): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await gunzip(name)));
}
