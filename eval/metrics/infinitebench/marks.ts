/** What the retrieval and dialogue scorers take for blanks. */
export const marks = ["\n", ":", '"', "'", ".", ",", "?", "!", "{", "}"];

/** What the multiple-choice scorer takes for blanks. */
export const choiceMarks = marks.filter((mark) => mark !== ":");
