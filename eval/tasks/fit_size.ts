/** A document is long enough at this share of what it may have. */
const CLOSE = 1 / 400;

/**
 * The size at which `tokens` is at most `limit` and either within a quarter of a per cent of it, or one more is too
 * many. Sizes are tried by interpolation, so that few long texts are encoded; the same input gives the same size.
 *
 * @param tokens Tokens by size; grows with it.
 * @returns `undefined` where the smallest size has too many.
 */
export function fitSize(
  tokens: (size: number) => number,
  limit: number,
  least: number,
): number | undefined {
  const first = tokens(least);
  if (first > limit) return undefined;
  let low = { size: least, tokens: first };
  let high: typeof low | undefined;
  let size = least + 64; // enough to tell tokens a unit
  while (limit - low.tokens > limit * CLOSE) {
    const tried = { size, tokens: tokens(size) };
    const [before, after] = high && tried.tokens <= limit
      ? [tried, high]
      : [low, tried];
    const slope = (after.tokens - before.tokens) / (after.size - before.size);
    if (tried.tokens <= limit) low = tried;
    else high = tried;
    if (high && high.size - low.size === 1) break;
    const guess = low.size + Math.floor((limit - low.tokens) / slope);
    size = Math.max(
      low.size + 1,
      Math.min(guess, (high?.size ?? Infinity) - 1),
    );
  }
  return low.size;
}
