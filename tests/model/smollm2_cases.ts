import { book } from "../../eval/tasks/haystack.ts";
import type { Tokenizer } from "../../io/tokenizer/tokenizer.ts";

/** Tokens of Moby-Dick that perplexity is measured on: 20 windows, positions from 0 in each. */
export const WINDOW = 1000;
const WINDOWS = 20;

/** Greedy tokens of each prompt. */
export const TOKENS = 32;

/** Windows of the book, behind its front matter. */
export function windows(tokenizer: Tokenizer): Int32Array[] {
  const ids = tokenizer.encode(bookText());
  return Array.from(
    { length: WINDOWS },
    (_, i) => ids.slice(i * WINDOW, (i + 1) * WINDOW),
  );
}

/** The text that the windows are cut from. */
export function bookText(): string {
  return book().slice(20_000, 120_000);
}

/** Ten beginnings of different kinds. */
export const prompts: readonly string[] = [
  "The capital of France is",
  "Once upon a time, in a small village by the sea, there lived",
  "def fibonacci(n):\n    ",
  "The three states of matter are",
  "Photosynthesis is the process by which",
  "Call me Ishmael. Some years ago",
  "To bake a loaf of bread, you need",
  "In 1969, the first human being",
  "Dear Sir or Madam,\n\nI am writing to",
  "The difference between a virus and a bacterium is that",
];
