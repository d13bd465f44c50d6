import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
} from "yaml";
import type { Path } from "./errors.ts";
import type { Position, Spot } from "./issues.ts";

/** A key and its value in the text; items of a list and the root have no key. */
interface Place {
  readonly key: Node | undefined;
  readonly value: Node | undefined;
}

/** A YAML or JSON text that remembers where everything stands. */
export class SourceMap {
  readonly document: Document;
  readonly #lines = new LineCounter();

  constructor(text: string) {
    this.document = parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      uniqueKeys: false, // reported by checkMapping, with the key's name
    });
  }

  /** Where an offset of the text is. */
  at(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }

  /**
   * Where the path stands, or the deepest part of it that is in the text. A map or list is shown by its key, for
   * its value may begin a line later.
   */
  locate(path: Path, spot: Spot): Position {
    let place: Place = { key: undefined, value: this.#root };
    let depth = 0;
    for (; depth < path.length; depth++) {
      const next = this.#step(place.value, path[depth]!);
      if (!next) break;
      place = next;
    }
    const byKey = spot === "key" || depth < path.length ||
      isCollection(place.value) || !place.value?.range;
    const node = byKey ? place.key ?? place.value : place.value;
    return this.at(node?.range?.[0] ?? 0);
  }

  get #root(): Node | undefined {
    return this.document.contents ?? undefined;
  }

  #step(node: Node | undefined, segment: string | number): Place | undefined {
    if (isAlias(node)) node = node.resolve(this.document);
    if (isMap(node)) {
      const name = String(segment);
      const pair = node.items.findLast((item) => keyOf(item) === name); // the one that counts
      return pair && { key: nodeOf(pair.key), value: nodeOf(pair.value) };
    }
    if (isSeq(node)) {
      const item = node.items[Number(segment)];
      return isNode(item) ? { key: undefined, value: item } : undefined;
    }
    return undefined;
  }
}

/** The text of a pair's key; nothing where the key is no scalar. */
export function keyOf(pair: Pair): string | undefined {
  return isScalar(pair.key) ? String(pair.key.value) : undefined;
}

function nodeOf(value: unknown): Node | undefined {
  return isNode(value) ? value : undefined;
}
