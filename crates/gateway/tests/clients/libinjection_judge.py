"""libinjection in C, as libmodsecurity has it, as the judge of the port in Rust that the gateway has: the same verdict on every string.

Strings are joined from pieces of SQL, of markup and of prose, or have the shape of an injection, and then are cut, repeated, and
changed in single bytes. There is one difference, in the port's favour: see `is_longer_event`.
"""

import argparse
import pathlib
import random
import re
import tempfile
from urllib.parse import quote_from_bytes

from crs_judge import judged, ours, report
from crs_request import TOKENS

SQLI, XSS = 1, 2
# As all rule sets ask, the built-in one and both versions of the Core Rule Set: without NUL bytes, which the library takes for the
# end of its own lists (`strchr`), and the port does not.
RULES = f"""
SecRuleEngine DetectionOnly
SecRule ARGS:v "@detectSQLi" "id:{SQLI},phase:2,pass,log,t:removeNulls,msg:'SQL'"
SecRule ARGS:v "@detectXSS" "id:{XSS},phase:2,pass,log,t:removeNulls,msg:'markup'"
"""
# What injections are made of, joined one of each: what is broken out of, what is asked, what hides the rest.
SHAPE = [
    ["1", "x", "", "-1", "admin", "1.0", "0x1"],
    ["'", '"', "", ")", "')", "'))", "`"],
    [" ", "/**/", "\t", "+", "\n", "%20", "\xa0"],
    ["or", "OR", "||", "and", "union all select", "union select", "; drop table", "having", "like", "rlike", "is", "= any(select"],
    [" ", "/**/", "(", " not ", "\x0b", ""],
    ["1=1", "'a'='a", "1", "null,null", "users", "sleep(5)", "@@version", "1 like 1", "pg_sleep(1)", "exists(select 1)", "'x'<'y", "2>1"],
    ["--", "-- -", "#", "/*", ";", "", "'", ")", ";--", "\0"],
]
# Of each verdict there are at least so many, or the strings say little.
FOUND_MIN = 500


def strings(count, seed):
    """So many strings, each another one."""
    chance, made = random.Random(seed), {}
    pieces = {name: [piece.encode() for piece in words.split()] for name, words in TOKENS.items()}
    while len(made) < count:
        if chance.random() < 0.3:
            text = bytearray("".join(chance.choice(part) for part in SHAPE), "latin1")
            if chance.random() < 0.4:
                change(text, chance)
            made[bytes(text)] = None
            continue
        family = chance.choice(["sql", "xss", "xss", "plain", chance.choice(list(TOKENS))])
        words = [chance.choice(pieces[chance.choice([family, family, family, "plain"])]) for _ in range(chance.randint(1, 9))]
        text = bytearray(chance.choice([b" ", b" ", b"", b"\t", b"/**/", b"\n"]).join(words))
        for _ in range(chance.choice([0, 0, 0, 1, 2, 5])):
            change(text, chance)
        made[bytes(text[:400])] = None
    return list(made)


def change(text, chance):
    """Changes a little of a text: a byte, a cut, a repetition, the case of a letter."""
    at = chance.randrange(len(text) + 1)
    match chance.randrange(5):
        case 0:
            text.insert(at, chance.randrange(256))
        case 1:
            del text[at:]
        case 2:
            text[at:at] = text[max(0, at - 4) : at]
        case 3:
            text[:] = text.swapcase()
        case _:
            text.insert(at, chance.choice(b"'\"`\\\0/*-#;()<>=&%\xa0\x0b\xff"))


def is_longer_event(text, judge, own):
    """Whether the library alone finds markup, in an attribute whose name only begins with an event's (`onloadx`, `onerror"`). It
    compares as many letters as the event has; a browser compares the whole name, and runs nothing. The port does as browsers do."""
    return (judge, own) == ({XSS}, set()) and re.search(rb"(?i)on[a-z]{3,}[^\s=>/]", text) is not None


def request(number, text):
    """A request with the string as the argument `v`, each byte of it escaped."""
    escaped = "".join(f"%{byte:02X}" for byte in text) if number % 2 else quote_from_bytes(text, safe="")
    headers = [["Host", "gate.example"]]
    return {"id": str(number), "method": "GET", "uri": f"/?v={escaped}", "version": "HTTP/1.1", "headers": headers, "body_b64": ""}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--strings", type=int, default=12_000)
    arguments.add_argument("--seed", default="1")
    arguments.add_argument("--show", type=int, default=20)
    arguments = arguments.parse_args()
    texts = strings(arguments.strings, arguments.seed)
    asked = [request(number, text) for number, text in enumerate(texts)]
    with tempfile.TemporaryDirectory() as folder:
        rules = pathlib.Path(folder, "rules.conf")
        rules.write_text(RULES)
        theirs, mine = list(judged(asked, [rules])), ours(asked, [rules])
    found = {rule: sum(rule in matched for matched in theirs) for rule in (SQLI, XSS)}
    print(f"{len(texts)} strings: {found[SQLI]} SQL and {found[XSS]} markup by the judge")
    different = [(text, judge, own) for text, judge, own in zip(texts, theirs, mine, strict=True) if judge != own]
    longer = [difference for difference in different if is_longer_event(*difference)]
    unexplained = [difference for difference in different if difference not in longer]
    print(f"{len(longer)} names that only begin with an event's")
    for text, judge, own in unexplained[: arguments.show]:
        print(f"--- {text!r}: {sorted(judge)} by the judge, {sorted(own)} by the gateway")
    report("the_port_of_libinjection_says_what_the_library_says", not unexplained, f"{len(unexplained)} of {len(texts)} differ")
    report("names_that_only_begin_with_an_event_are_rare", len(longer) * 500 < len(texts), len(longer))
    enough = all(FOUND_MIN <= count <= len(texts) - FOUND_MIN for count in found.values())
    report("the_strings_have_enough_of_each_verdict", enough, found)


if __name__ == "__main__":
    main()
