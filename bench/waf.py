"""What libmodsecurity takes for the chat that `cargo bench -p waf --bench chat` measures, with the Core Rule Set of Debian at level 1.

    target/xtask/python/bin/python bench/waf.py [--folder FOLDER] [--times 200]

Told is the processor's time of one request, in microseconds, with the reader of bodies in `crates/waf/rules/base.conf` before the
rules, as here. `cargo xtask test` brings libmodsecurity along.
"""

import argparse
import glob
import pathlib
import time

from libmodsecurity import ModSecurity, RulesSet

BASE = pathlib.Path(__file__).parent / "../crates/waf/rules/base.conf"
PROMPT = "Please summarise the notes of our meeting on the migration plan and list who does what until when. " * 8
BODY = (
    '{"model":"gpt-4o-mini","temperature":0.2,"max_tokens":400,"stream":true,"user":"team-7","messages":['
    '{"role":"system","content":"You are a helpful assistant."},{"role":"user","content":"' + PROMPT + '"}]}'
).encode()
HEADERS = {
    "Host": "gateway.example.com",
    "User-Agent": "OpenAI/Python 1.54.0",
    "Accept": "application/json",
    "Content-Type": "application/json",
    "Content-Length": str(len(BODY)),
    "X-Stainless-Lang": "python",
}


def chat(engine, rules):
    with engine.transaction(rules) as transaction:
        transaction.process_connection("10.0.0.7", 12345, "10.0.0.1", 443)
        transaction.process_uri("/v1/chat/completions", "POST", "1.1")
        for name, value in HEADERS.items():
            transaction.add_request_header(name, value)
        transaction.process_request_headers()
        transaction.append_request_body(BODY)
        transaction.process_request_body()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", default="/usr/share/modsecurity-crs/rules")
    parser.add_argument("--setup", default="/etc/modsecurity/crs/crs-setup.conf")
    parser.add_argument("--times", type=int, default=200)
    args = parser.parse_args()
    engine, rules = ModSecurity(), RulesSet()
    for file in [BASE, args.setup, *sorted(glob.glob(f"{args.folder}/*.conf"))]:
        rules.load_from_uri(str(file))
    for name, times in [("to warm up", args.times // 4), ("a chat of a kilobyte", args.times)]:
        begun = time.process_time()
        for _ in range(times):
            chat(engine, rules)
        print(f"{name}: {(time.process_time() - begun) * 1e6 / times:.0f} µs of the processor")


if __name__ == "__main__":
    main()
