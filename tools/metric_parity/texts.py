"""Made texts of every kind that predictions and references are: seeded, of a few words each."""

import logging
from functools import cache
from random import Random

import jieba

WORDS = (
    "the a an river Paris answer of to in seven 42 blue house theory Anna O'Neil re-entry can't "
    "stone run running engine report council tax 3.14 the The AN A and theatre another"
).split()
UNICODE = "naïve Ärger ß İstanbul ΣΊΣΥΦΟΣ ﬁne １２３ ٣٤ á éa ªthe café— “quoted” 東京 日本の 🙂 e\u0301 \u200b x\u00a0y a\u2028b \ufeff".split(" ")
CHINESE = list("的一是不了人我在有他这中大来上国，。！？、“”（）《》·０１２龘…—－ab1 \n\u3000")
MIXED = ["AK-47", "3.5%", "AT&T", "C++", "c#2", "B超", "PH值", "x_y", "1.2.3", "--", "N年", "100%", "Q&A", "７"]
CODE = (
    "return x + 1|    if not self.items:|def f(a, b=None):|# comment|// note|```python|```|print('a')|}|for (int i = 0; i < n; i++) {|"
    "self.assertEqual(result, expected)|import os|x = x if x else {}|\treturn null;|const a = `b`;|raise ValueError(f'{name}: {value}')|"
)
LINES = CODE.split("|")
MARKS = list(".,:;!?'\"-*`#()[]{}/\\_$%&|~")
BLANKS = [" ", "  ", "\n", "\n\n", "\t", ". ", ".", "...", ", ", "\r\n", "\x1c", "\x85"]


def words(random: Random, most: int = 14) -> str:
    """Words between blanks of all kinds, sometimes none."""
    pool = WORDS + UNICODE if random.random() < 0.4 else WORDS
    chosen = random.choices(pool, k=random.randint(0, most))
    gaps = BLANKS if random.random() < 0.5 else [" ", " ", ". "]
    return "".join(word + random.choice(gaps) for word in chosen)


def code(random: Random) -> str:
    """Lines of code, with comments and fences before the first that counts."""
    chosen = random.choices(LINES, k=random.randint(0, 5))
    return random.choice(["", "", "\n", "\n\n"]) + "\n".join(chosen)


def chinese(random: Random) -> str:
    return "".join(random.choices(CHINESE, k=random.randint(0, 24)))


@cache
def _dictionary() -> list[str]:
    """Some thousand words of jieba's dictionary."""
    jieba.setLogLevel(logging.ERROR)
    lines = jieba.get_dict_file().read().decode("utf-8").split("\n")
    return [line.split(" ")[0] for line in lines[::97] if line]


def chinese_words(random: Random, most: int = 12) -> str:
    """Words of jieba's dictionary, parts of them, rare characters, foreign words and marks."""
    made = []
    for _ in range(random.randint(0, most)):
        word = random.choice(_dictionary())
        rare = chr(random.randint(0x4E00, 0x9FD5))
        made.append(random.choice([word, word, word, word[:1], rare, random.choice(MIXED), random.choice(CHINESE), random.choice(BLANKS)]))
    return "".join(made)


def changed(text: str, random: Random) -> str:
    """A near copy: case, marks, articles, order, cuts, repetition."""
    for _ in range(random.randint(0, 3)):
        kind = random.randrange(9)
        at = random.randint(0, len(text))
        if kind == 0:
            text = random.choice([text.upper(), text.lower(), text.title()])
        elif kind == 1:
            text = text[:at] + random.choice(MARKS) + text[at:]
        elif kind == 2:
            text = random.choice(["The ", "a ", "an the ", "Answer: "]) + text
        elif kind == 3:
            parts = text.split(" ")
            random.shuffle(parts)
            text = " ".join(parts)
        elif kind == 4:
            text = text[:at]
        elif kind == 5:
            text = text + random.choice(BLANKS) + text[:at]
        elif kind == 6:
            text = text[:at] + text[at + random.randint(1, 4):]
        elif kind == 7:
            text = random.choice(BLANKS) + text + random.choice(BLANKS)
        else:
            text = text[:at] + random.choice(WORDS) + text[at:]
    return text
