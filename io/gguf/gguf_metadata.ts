import { FormatError } from "../format_error.ts";
import type { GgufFile } from "./gguf.ts";
import type { GgufValue } from "./gguf_value.ts";

/** Typed access to a GGUF file's metadata, with errors that name the key. */
export class GgufMetadata {
  readonly path: string;
  #file: GgufFile;

  constructor(file: GgufFile) {
    this.#file = file;
    this.path = file.path;
  }

  number(key: string): number | undefined {
    return this.#typed(key, "number");
  }

  boolean(key: string): boolean | undefined {
    return this.#typed(key, "boolean");
  }

  string(key: string): string | undefined {
    return this.#typed(key, "string");
  }

  /** A whole number of at least 1. */
  count(key: string): number | undefined {
    const value = this.number(key);
    if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) {
      return value;
    }
    throw this.error(`metadata "${key}" is "${value}"; it must be 1 or more`);
  }

  /** Like `count`, for a key that no model lacks. */
  requiredCount(key: string): number {
    return this.count(key) ?? this.#missing(key);
  }

  strings(key: string): readonly string[] | undefined {
    const value = this.#file.metadata.get(key);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((v) => typeof v === "string")) {
      return value as string[];
    }
    throw this.error(`metadata "${key}" must be an array of texts`);
  }

  numbers(key: string): Float64Array | undefined {
    const value = this.#file.metadata.get(key);
    if (value === undefined || value instanceof Float64Array) return value;
    throw this.error(`metadata "${key}" must be an array of numbers`);
  }

  /** One number, or one by layer. */
  numberOrNumbers(key: string): number | Float64Array | undefined {
    return this.#file.metadata.get(key) instanceof Float64Array
      ? this.numbers(key)
      : this.number(key);
  }

  /** All keys with their values. */
  entries(): [string, GgufValue][] {
    return [...this.#file.metadata];
  }

  error(problem: string): FormatError {
    return new FormatError(this.path, problem);
  }

  #typed(key: string, type: "number"): number | undefined;
  #typed(key: string, type: "boolean"): boolean | undefined;
  #typed(key: string, type: "string"): string | undefined;
  #typed(key: string, type: string): unknown {
    const value = this.#file.metadata.get(key);
    if (value === undefined || typeof value === type) return value;
    throw this.error(`metadata "${key}" must be a ${type}`);
  }

  #missing(key: string): never {
    throw this.error(
      `metadata "${key}" is missing; convert the model again with llama.cpp's convert_hf_to_gguf.py`,
    );
  }
}
