/** Name of the shipped graph that answers where no other is named: with `--graph`, or in a file of methods. */
export const defaultGraph = "reread";
