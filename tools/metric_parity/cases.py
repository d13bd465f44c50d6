"""Made cases of every metric: a prediction, references and, where there are, options."""

import json
from random import Random
from typing import Callable

from metric_parity.texts import BLANKS, WORDS, changed, chinese, chinese_words, code, words

Case = tuple[str, list[str], list[str] | None]
COUNT = 300

_CLASSES = [
    "Number", "Number of something", "Date", "Disease and medicine", "Medicine", "Disease", "Person", "Individual",
    "Individual person", "City", "Other location", "Location", "Group or organization of person", "person", "",
]
_INTROS = [
    "The answer is: ", "answer is ", "Answer: ", "answer:", "the correct option is: ", "It is: ", "option is ", "Option ",
    "error is in ", "The obvious error is ", "I think", "", "", "**", "- ", "\n\n", "  ", "answer is:", "\"", "answer is\u00a0",
]
_NAMES = ["parse_value", "get-item", "Index.build", "A", "B", "Cache", "D_run", "run", "函数"]
_PEOPLE = ["MARTIN", "O'NEIL", "ANNA", "A", "STRASSE", "JOSÉ", "DR"]
_BOOK = ["Walking Georgie", "Snowfield", "A hall", "Because she is ill.", "B", "In Dover, by sea", "Élan", "the answer is"]


def cases_of(name: str) -> list[Case]:
    """The same cases in every run; all metrics of a kind judge the same ones."""
    kind = name.removesuffix("-first-line").removesuffix("-levenshtein").removesuffix("-guess")
    random = Random(kind)
    make = _MAKERS[kind.removeprefix("infinitebench-").removeprefix("infllm-")]
    cases = [make(random) for _ in range(COUNT)]
    _, expected, options = cases[0]
    empty: list[Case] = [(text, expected, options) for text in ["", " ", "\n", "."]]
    return cases + empty + _EXTREMES.get(kind, [])


def _qa(random: Random) -> Case:
    expected = [words(random, 6) for _ in range(random.randint(1, 3))]
    near = changed(random.choice(expected), random)
    return random.choice([near, near, words(random), near + "\n" + words(random)]), expected, None


def _summary(random: Random) -> Case:
    expected = [words(random, 40) for _ in range(random.randint(1, 2))]
    near = changed(changed(random.choice(expected), random), random)
    return random.choice([near, near, words(random, 40), near + words(random, 20)]), expected, None


def _classes(random: Random) -> Case:
    options = random.sample(_CLASSES, random.randint(2, len(_CLASSES)))
    named = random.sample(options, random.randint(0, min(4, len(options))))
    text = random.choice(BLANKS).join([random.choice(["", "Type: ", "\n"]), *named, random.choice(["", "?", "\nType: Date"])])
    return text, [random.choice(named or options)], options


def _numbers_in(random: Random, right: str) -> str:
    pieces = [random.choice([right, right, right + "0", "7", "３", "٣", "no", "1,000", "-2", ""]) for _ in range(random.randint(0, 4))]
    return random.choice(["", "Paragraph ", "段落", "The answer is "]) + random.choice([" ", ", ", "\n", "."]).join(pieces)


def _count(random: Random) -> Case:
    right = str(random.randint(0, 30))
    return _numbers_in(random, right), [right], None


def _retrieval(random: Random, word: str = "Paragraph ") -> Case:
    right = str(random.randint(1, 30))
    reference = random.choice([f"{word}{right}", f"see {word}{right} and {word}9", f"{word}３", f"paragraph {right}"])
    return _numbers_in(random, right), [reference], None


def _lines(random: Random) -> Case:
    right = (code(random).strip("\n").split("\n") or [""])[-1]
    near = changed(right, random)
    fence = random.choice(["", "", "```\n", "# a\n", "\n\n", "// b\n"])
    return random.choice([fence + near, fence + near + "\n" + code(random), code(random)]), [right], None


def _passkey(random: Random) -> Case:
    right = str(random.randint(0, 99999))
    text = random.choice([right, "0" + right, right[:-1], "１" + right, "", "-" + right, "1." + right])
    return random.choice(_INTROS) + text + random.choice([".", " is it", "", "\n" + right]), [right], None


def _kv(random: Random) -> Case:
    right = f"{random.getrandbits(32):08x}-{random.getrandbits(16):04x}"
    text = random.choice([right, right.upper(), right[:-1], right + "0", f'"{right}"', "{" + right + "}", f"k:{right}!", f"({right})"])
    return random.choice(_INTROS) + text + random.choice(["", ".", " ok"]), [right], None


def _code_run(random: Random) -> Case:
    right = random.choice([random.randint(-50, 50), random.randint(-10**12, 10**12)])
    text = random.choice([str(right), f"+{right}", f"{right}.", f"`{right}`", "1_000", f"{right}.0", "５", f"- {right}", "", f"{right + 1}", "0x1", "_1", "007"])
    return random.choice(_INTROS) + text + random.choice(["", "", ".", "\n", " !", "'"]), [json.dumps(random.choice([right, right, 1000, 5, 7]))], None


def _math_find(random: Random) -> Case:
    right = random.choice([random.randint(-9, 99), round(random.uniform(0, 99), 2), float(random.randint(0, 9)), 10**20])
    text = random.choice([str(right), str(abs(right)), f"{right}.5", f"{right}.", ".5", "٣", "", "1e3", f"{right} or 4", f"0{right}"])
    return random.choice(_INTROS) + text, [json.dumps(right)], None


def _math_calc(random: Random) -> Case:
    right = [random.choice([random.randint(0, 99), random.randint(-9, 9)]) for _ in range(random.randint(1, 12))]
    said = [n if random.random() < 0.9 else n + 1 for n in right[: random.randint(0, 14)]]
    text = random.choice([json.dumps(said), " ".join(map(str, said)), ", ".join(f"0{n}" for n in said)])
    return text + random.choice(["", ", 5", "]"]), [str(n) for n in right], None


def _dialogue(random: Random) -> Case:
    right = random.choice(_PEOPLE)
    text = random.choice([right, right.lower(), right.title(), "straße", "josé", right + "S", "A", right[:1], ""])
    return random.choice(_INTROS) + text + random.choice(["", ".", ": hello", " and Anna", "!"]), [right], None


def _choice(random: Random) -> Case:
    letter, text = random.choice("ABCD"), random.choice(_BOOK)
    said = random.choice([letter, "A", "B.", "C:", text, f"{letter}. {text}", "ABCD", "BC", "E", "", " ", changed(text, random), f"x {letter} y"])
    return random.choice(_INTROS) + said + random.choice(["", ".", " A", "\n"]), [text, letter], None


def _debug(random: Random) -> Case:
    letter, name = random.choice("ABCD"), random.choice(_NAMES)
    said = random.choice([letter, "A", "B.", "C:", name, f"{letter}: {name}", f"`{name}`", "unclear", "", f"Option {letter}", f"{name}()"])
    second = random.choice(["", "", " The answer is " + letter, " error is " + name, " is: " + letter, " answer is:"])
    return random.choice(_INTROS) + said + random.choice(["", ".", "\n"]) + second, [name, letter], None


def _chinese(random: Random) -> Case:
    expected = [chinese(random) for _ in range(random.randint(1, 2))]
    near = changed(random.choice(expected), random)
    return random.choice([near, near, chinese(random)]), expected, None


def _chinese_words(random: Random) -> Case:
    expected = [chinese_words(random) for _ in range(random.randint(1, 2))]
    near = changed(random.choice(expected), random)
    return random.choice([near, near, chinese_words(random), near + chinese_words(random)]), expected, None


def _retrieval_zh(random: Random) -> Case:
    return _retrieval(random, "段落")


_MAKERS: dict[str, Callable[[Random], Case]] = {
    "qa-f1": _qa, "rouge-l": _summary, "rouge-lsum": _summary, "classification": _classes, "retrieval": _retrieval,
    "retrieval-zh": _retrieval_zh, "count": _count, "code-sim": _lines, "edit-similarity": _lines, "passkey": _passkey,
    "kv-retrieval": _kv, "code-run": _code_run, "code-debug": _debug, "math-find": _math_find, "math-calc": _math_calc,
    "dialogue": _dialogue, "choice": _choice, "qa-zh": _chinese,
    "qa-f1-zh": _chinese_words, "rouge-l-zh": _chinese_words,
}


def _long_lines() -> list[Case]:
    """Lines around 200 characters, from which on difflib leaves frequent characters out."""
    random = Random("long lines")
    made = []
    for length in [198, 199, 200, 201, 260, 400, 640]:
        for letters in ["ab", "abcdefgh", "abcdefghijklmnopqrstuvwxyz0123456789()[]=+ "]:
            right = "".join(random.choices(letters, k=length))
            near = "".join(c if random.random() < 0.8 else random.choice(letters) for c in right)
            made += [(near, [right], None), (right[::-1], [right], None)]
    return made


def _deep_sentences() -> list[Case]:
    """Sentences around the length at which the recursion of `rouge` ends, and far beyond it."""
    made = []
    for count in [500, 989, 990, 991, 992, 1500]:
        text = " ".join(str(i % 10) for i in range(count))
        made += [(text, [text], None), (text + ". more.", ["more. " + text], None), ("x", [text], None), (text, ["0 1 y"], None)]
    made.append((" ".join(WORDS[i % 30] for i in range(600)), [" ".join(WORDS[i % 29] for i in range(600))], None))
    return made


def _deep_chinese() -> list[Case]:
    """The same with one frame more, of words of one character."""
    made: list[Case] = []
    for count in [988, 989, 990, 991]:
        text = " ".join("一二三四五六七八九十"[i % 10] for i in range(count))
        made += [(text, [text], None), (text + "，", [text], None)]
    return made


_TOLD = [(text, [text, "C"], None) for text in _BOOK]

_EXTREMES = {"infinitebench-choice": _TOLD, "infllm-choice": _TOLD, "rouge-l-zh": _deep_chinese(), "code-sim": _long_lines(), "edit-similarity": _long_lines(), "rouge-l": _deep_sentences()}
