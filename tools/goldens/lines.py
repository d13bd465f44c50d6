"""2,000 lines of mixed text for the tokenizers' goldens, the same on every run."""

import random
import unicodedata

WORDS = """the a of and to in is was he for it with as his on be at by I this had
not are but from or have an they which one you were her all she there would their
we him been has when who will more no if out so said what up its about into than
them can only other new some could time these two may then do first any my now
such like our over man me even most made after also did many before must through
years where much your way well down should because each just those people how too
little state good very make world still own see men work long get here between both
life being under never day same another know while last might us great old year off
come since against go came right used take three whale ship captain harpoon sea
function return value index string parameter default option file system kernel""".split()

PHRASES = [
    "Alle Menschen sind frei und gleich an Würde und Rechten geboren.",
    "Tous les êtres humains naissent libres et égaux en dignité et en droits.",
    "Todos los seres humanos nacen libres e iguales en dignidad y derechos.",
    "Все люди рождаются свободными и равными в своём достоинстве и правах.",
    "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια.",
    "يولد جميع الناس أحراراً متساوين في الكرامة والحقوق.",
    "כל בני אדם נולדו בני חורין ושווים בערכם ובזכויותיהם.",
    "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता प्राप्त है।",
    "人人生而自由,在尊严和权利上一律平等。",
    "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。",
    "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ",
    "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm.",
    "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. İıŞşĞğ",
    "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan.",
    "Minden emberi lény szabadon születik és egyenlő méltósága és joga van.",
    "ყველა ადამიანი იბადება თავისუფალი და თანასწორი თავისი ღირსებითა.",
    "Բոլոր մարդիկ ծնվում են ազատ ու հավասար իրենց արժանապատվությամբ։",
    "সমস্ত মানুষ স্বাধীনভাবে সমান মর্যাদা এবং অধিকার নিয়ে জন্মগ্রহণ করে।",
    "மனிதப் பிறிவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்.",
    "ሁሉም የሰው ልጆች ነጻ ሆነው የተወለዱ ናቸው።",
    "ﬁne ﬂow ＡＢＣ１２３ ｱｲｳ ℌello 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝒜𝓁𝓅𝒽𝒶 𐍈𐌰𐌹 𓀀𓁐",
    "e\u0301 vs é, n\u0303 vs ñ, A\u030a vs Å, \u1112\u1161\u11ab vs 한, o\u0323\u0302",
]

CODE = [
    "def {0}({1}, *args, **kwargs):\n    return [{1}[i] for i in range(len({1})) if i % {2} == 0]",
    "for (let {0} = 0; {0} < {2}; {0}++) {{\n\tconsole.log(`${{{0}}}: ${{{1}[{0}]}}`);\n}}",
    "int main(int argc, char **argv) {{ printf(\"%d\\n\", {0}->{1}[{2}]); return 0x{2:x}; }}",
    "SELECT {0}, COUNT(*) FROM {1} WHERE id >= {2} GROUP BY {0} HAVING COUNT(*) > 1;",
    "<div class=\"{0}\" id='{1}-{2}'>&nbsp;<!-- {0} --></div>",
    '{{"{0}": [{2}, {2}.5e-3, null, true], "{1}": "\\u00e9\\n"}}',
    "#!/bin/sh\nset -euo pipefail\n{0}=$(grep -c '^{1}' \"$HOME/.{1}rc\" | awk '{{print $1+{2}}}')",
    "template<typename {0}> constexpr auto {1}() noexcept -> decltype({0}{{}}) {{ return {2}ULL << 3; }}",
    "    if {0} is not None and not {1}.startswith('__'):\n        raise ValueError(f\"{{{0}!r}} != {2}\")  # TODO",
    "https://example.org/{0}/{1}?q={2}&lang=en#section-{2}.1",
    "git commit -m \"Fix {0} in {1}\" && git push origin HEAD:refs/heads/{0}-{2}",
    "| {0} | {1} |\n|---|---:|\n| `{0}` | **{2}** |",
]

EMOJI = ["😀", "🎉", "👍🏽", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪🇫🇷", "❤️", "☕", "🧑🏿‍🚀", "1️⃣", "🫠", "©", "™", "♻︎"]

SPACES = [" ", "  ", "   ", "\t", "\n", "\n\n", "\r\n", "\r", "\u00a0", "\u3000", "\u0085", "\ufeff",
          "\u200b", "\u2028", "\u2003", "\v", "\f", " \n ", "\t\t ", " \t\n", "     ", "\n\n\n", "\u200d", "\x1c"]

DIGITS = ["0", "7", "42", "365", "2048", "131072", "3.14159", "1,000,000", "1e-5", "0xFF", "²³", "½", "Ⅷ",
          "٣٤٥", "५६", "１２３", "①", "12:30:59", "2026-11-22", "+49 30 1234567", "8.8.8.8", "1/3", "𝟙𝟚", "১২৩৪"]

SPECIAL = ["<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<s>", "</s>", "<unk>", "[INST]", "<0x0A>",
           "<|begin_of_text|>", "<|user|>", "▁", "▁the", "Ġ", "Ċ"]

QUOTES = ["don't", "I'm", "we've", "they'll", "it's", "she'd", "you're", "DON'T", "I'M", "rock 'n' roll", "‘tis’",
          "“quoted”", "'s", "'S", "''", "'tree", "o'clock'll"]


def _word(rng):
    word = rng.choice(WORDS)
    return rng.choice([word] * 6 + [word.capitalize(), word.upper(), word + ",", word + "."])


def _sentence(rng):
    parts = [_word(rng) for _ in range(rng.randint(3, 16))]
    for _ in range(rng.randint(0, 2)):
        parts.insert(rng.randrange(len(parts)), rng.choice(QUOTES + DIGITS))
    return rng.choice([" "] * 8 + ["  ", "\n"]).join(parts) + rng.choice([".", "!", "?", "...", ";", " ", "\n", ""])


def _code(rng):
    names = [rng.choice(WORDS) + rng.choice(["", "_id", "Map", "2", "X"]) for _ in range(2)]
    return rng.choice(CODE).format(*names, rng.randint(0, 99999))


def _mixture(rng):
    pools = [EMOJI, SPACES, DIGITS, SPECIAL, QUOTES, WORDS, PHRASES]
    return "".join(rng.choice(rng.choice(pools)) for _ in range(rng.randint(2, 14)))


def _random_letters(rng):
    out = []
    while len(out) < rng.randint(1, 24):
        code = rng.choice([rng.randrange(0x20, 0x250), rng.randrange(0x250, 0x3000), rng.randrange(0x3000, 0x10000),
                           rng.randrange(0x10000, 0x20000)])
        if unicodedata.category(chr(code)) not in ("Cn", "Cs", "Co"):
            out.append(chr(code))
    return "".join(out)


def _broken(rng):
    pieces = []
    for _ in range(rng.randint(1, 5)):
        kind = rng.randrange(6)
        if kind == 0:
            pieces.append(rng.randbytes(rng.randint(1, 12)))
        elif kind == 1:
            text = rng.choice(PHRASES + EMOJI).encode()
            pieces.append(text[: rng.randrange(len(text) + 1)])
        elif kind == 2:  # overlong, surrogate, beyond Unicode, lone continuation
            pieces.append(rng.choice([b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x80", b"\xff\xfe", b"\xe0\x80\x80"]))
        elif kind == 3:
            pieces.append(rng.choice(PHRASES[:3]).encode("latin-1", "replace"))
        else:
            pieces.append(_sentence(rng).encode())
    return b"".join(pieces)


def make_lines(count=2000, seed=20):
    """Bytes, most of them UTF-8; decode with errors="replace"."""
    rng = random.Random(seed)
    kinds = [lambda: _sentence(rng).encode(), lambda: _code(rng).encode(), lambda: _mixture(rng).encode(),
             lambda: rng.choice(PHRASES).encode(), lambda: _random_letters(rng).encode(), lambda: _broken(rng)]
    fixed = [b"", b" ", b"\n", b"a", "é".encode(), "🎉".encode(), b"\xff", b"  a  ", b"a" * 300, b" " * 100, b"1" * 50,
             "字".encode() * 40, b"\n" * 30, b"\xef\xbb\xbfBOM", b"ab" * 200]
    weights = [6, 4, 5, 2, 2, 2]
    return fixed + [rng.choices(kinds, weights)[0]() for _ in range(count - len(fixed))]
