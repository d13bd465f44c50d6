/** An operator as it is written. */
export interface GraphNode {
  readonly opType: string;
  readonly name?: string | undefined;
  readonly domain?: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute?: readonly object[];
}
