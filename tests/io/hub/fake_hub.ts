import { createHash } from "node:crypto";

/** What a server answers; faults change it. */
export interface FakeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Uint8Array;
  /** Closes the connection after so many bytes of the body. */
  readonly cutAfter?: number;
  /** Sends no more after so many bytes of the body, and keeps the connection. */
  readonly stallAfter?: number;
}

/** A request as the server sees it. */
export interface FakeRequest {
  /** Path and query. */
  readonly path: string;
  readonly headers: Headers;
  /** Whether it came to the storage, where large files are redirected to. */
  readonly storage: boolean;
}

/** Changes an answer. */
export type Fault = (
  answer: FakeAnswer,
  request: FakeRequest,
) => FakeAnswer | Promise<FakeAnswer>;

/** Files of a commit. */
export type FakeFiles = Readonly<Record<string, Uint8Array>>;

/**
 * A hub on this machine, with one repository `owner/model`: it speaks HTTP on a socket of its own, so that it can lie
 * and cut. Large files (`.gguf`, `.safetensors`) are redirected to a second server, as the hub does.
 */
export class FakeHub implements AsyncDisposable {
  readonly requests: FakeRequest[] = [];
  /** All commits ever, the last one being `main`. */
  readonly commits = new Map<string, FakeFiles>();
  fault: Fault = (answer) => answer;
  readonly #hub = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #storage = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Promise<void>>();
  readonly #connections = new Set<Deno.Conn>();

  constructor(files: FakeFiles) {
    this.commit(files);
    for (const listener of [this.#hub, this.#storage]) {
      this.#track(this.#accept(listener));
    }
  }

  get endpoint(): string {
    return `http://${addressOf(this.#hub)}`;
  }

  /** Host and port, as messages name it. */
  get host(): string {
    return addressOf(this.#hub);
  }

  /** Host and port of the storage. */
  get storageHost(): string {
    return addressOf(this.#storage);
  }

  /** Makes a new commit of `main`; resolves to its name. */
  commit(files: FakeFiles): string {
    const commit = sha1(`commit ${this.commits.size}`);
    this.commits.set(commit, files);
    return commit;
  }

  /** The commit of `main`. */
  get head(): string {
    return [...this.commits.keys()].at(-1)!;
  }

  /** Requests for files, without those for lists. */
  get fileRequests(): FakeRequest[] {
    return this.requests.filter(({ path, storage }) =>
      storage || path.includes("/resolve/")
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#hub.close();
    this.#storage.close();
    // A client may hold a connection on which it never asked anything.
    for (const connection of [...this.#connections]) this.#close(connection);
    await Promise.all(this.#open);
  }

  #close(connection: Deno.Conn): void {
    if (this.#connections.delete(connection)) connection.close();
  }

  #track(work: Promise<void>): void {
    this.#open.add(work);
    work.finally(() => this.#open.delete(work));
  }

  async #accept(listener: Deno.TcpListener): Promise<void> {
    try {
      for await (const connection of listener) {
        this.#track(this.#serve(connection, listener === this.#storage));
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  async #serve(connection: Deno.Conn, storage: boolean): Promise<void> {
    this.#connections.add(connection);
    try {
      const request = await readRequest(connection, storage);
      if (!request) return;
      this.requests.push(request);
      const answer = await this.fault(this.#answer(request), request);
      await sendAnswer(connection, answer);
    } catch (error) {
      const gone = error instanceof Deno.errors.BrokenPipe ||
        error instanceof Deno.errors.ConnectionReset ||
        !this.#connections.has(connection); // closed here
      if (!gone) throw error;
    } finally {
      this.#close(connection);
    }
  }

  #answer({ path, headers, storage }: FakeRequest): FakeAnswer {
    const parts = decodeURIComponent(path.split("?")[0]!).split("/").slice(1);
    if (storage) {
      const [commit, ...name] = parts;
      const bytes = this.commits.get(commit!)![name.join("/")]!;
      return ranged(bytes, headers, { etag: `"s3-${bytes.length}"` });
    }
    const [api, models, owner, name, what, revision] = parts;
    if (api === "api" && models === "models" && `${owner}/${name}` === own) {
      const commit = this.#commitOf(revision!);
      if (!commit) return notFound("RevisionNotFound");
      if (what === "revision") {
        return json({ _id: "1", id: own, sha: commit, lastModified: "2026" });
      }
      if (what === "tree") return json(tree(this.commits.get(commit)!));
    }
    if (path.startsWith("/api/models?") && path.includes("author=owner")) {
      return json([{ _id: "1", id: own, lastModified: "2026" }]);
    }
    if (`${api}/${models}` === own && owner === "resolve") {
      return this.#resolve(name!, parts.slice(4).join("/"), headers);
    }
    return notFound("RepoNotFound");
  }

  #commitOf(revision: string): string | undefined {
    return revision === "main"
      ? this.head
      : this.commits.has(revision)
      ? revision
      : undefined;
  }

  #resolve(commit: string, path: string, headers: Headers): FakeAnswer {
    const bytes = this.commits.get(commit)?.[path];
    if (!bytes) return notFound("EntryNotFound");
    const about = { "x-repo-commit": commit };
    if (!isLarge(path)) {
      return ranged(bytes, headers, { ...about, etag: `"${blobSha1(bytes)}"` });
    }
    return {
      status: 302,
      headers: {
        ...about,
        location: `http://${this.storageHost}/${commit}/${path}`,
        "x-linked-etag": `"${sha256(bytes)}"`,
        "x-linked-size": bytes.length,
      },
      body: new Uint8Array(),
    };
  }
}

const own = "owner/model";

function addressOf({ addr }: Deno.TcpListener): string {
  return `${addr.hostname}:${addr.port}`;
}

/** The list of a repository's files. */
function tree(files: FakeFiles): unknown[] {
  return Object.entries(files).map(([path, bytes]) => ({
    type: "file",
    path,
    size: bytes.length,
    oid: isLarge(path) ? sha1(path) : blobSha1(bytes),
    ...(isLarge(path) && {
      lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 130 },
    }),
  }));
}

function isLarge(path: string): boolean {
  return /\.(gguf|safetensors)$/.test(path);
}

function ranged(
  bytes: Uint8Array,
  asked: Headers,
  headers: FakeAnswer["headers"],
): FakeAnswer {
  const from = Number(
    /^bytes=(\d+)-$/.exec(asked.get("range") ?? "")?.[1] ?? 0,
  );
  const { length } = bytes;
  if (from === 0) return { status: 200, headers, body: bytes };
  const range = { "content-range": `bytes ${from}-${length - 1}/${length}` };
  return {
    status: 206,
    headers: { ...headers, ...range },
    body: bytes.subarray(from),
  };
}

function json(value: unknown): FakeAnswer {
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    body: new TextEncoder().encode(JSON.stringify(value)),
  };
}

function notFound(code: string): FakeAnswer {
  return {
    status: 404,
    headers: { "x-error-code": code },
    body: new TextEncoder().encode("not found"),
  };
}

async function readRequest(
  connection: Deno.Conn,
  storage: boolean,
): Promise<FakeRequest | undefined> {
  const buffer = new Uint8Array(4096);
  let text = "";
  while (!text.includes("\r\n\r\n")) {
    const read = await connection.read(buffer);
    if (read === null) return undefined;
    text += new TextDecoder().decode(buffer.subarray(0, read));
  }
  const [first, ...lines] = text.trimEnd().split("\r\n");
  const headers = new Headers(
    lines.map((line) => line.split(/:\s*(.*)/, 2) as [string, string]),
  );
  return { path: first!.split(" ")[1]!, headers, storage };
}

async function sendAnswer(
  connection: Deno.Conn,
  { status, headers, body, cutAfter, stallAfter }: FakeAnswer,
): Promise<void> {
  const sent: FakeAnswer["headers"] = {
    "content-length": body.length,
    ...headers,
  };
  const lines = Object.entries(sent)
    .filter(([, value]) => value !== "").map(([name, value]) =>
      `${name}: ${value}\r\n`
    );
  const head = `HTTP/1.1 ${status} OK\r\nconnection: close\r\n${
    lines.join("")
  }\r\n`;
  await writeAll(connection, new TextEncoder().encode(head));
  await writeAll(connection, body.subarray(0, cutAfter ?? stallAfter));
  if (stallAfter === undefined) return;
  // Until the other side gives up.
  while (await connection.read(new Uint8Array(64)) !== null);
}

async function writeAll(
  connection: Deno.Conn,
  bytes: Uint8Array,
): Promise<void> {
  for (let rest = bytes; rest.length > 0;) {
    rest = rest.subarray(await connection.write(rest));
  }
}

function sha1(content: string | Uint8Array): string {
  return createHash("sha1").update(content).digest("hex");
}

function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Git's name of a blob. */
function blobSha1(bytes: Uint8Array): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes)
    .digest("hex");
}
