"""libmodsecurity as the judge of `portcullis waf eval`: the Core Rule Set of Debian, at its highest level, on generated requests.

Both engines read the same files. A request passes when the same rules matched, by id, in both; where they do not, each rule has
to have a cause in `crs_difference.toml`. A case fails on a difference without a cause, on a cause that no longer explains
anything, and when the requests reach too few rules to say much.
"""

import argparse
import base64
import collections
import glob
import json
import os
import pathlib
import re
import subprocess
import tempfile
import tomllib
from urllib.parse import unquote_plus

from libmodsecurity import ModSecurity, RulesSet

from crs_request import requests

HERE = pathlib.Path(__file__).parent
BASE = HERE / "../../../waf/rules/base.conf"
SETUP = os.environ.get("CRS_SETUP", "/etc/modsecurity/crs/crs-setup.conf")
RULES = os.environ.get("CRS_RULES", "/usr/share/modsecurity-crs/rules")
# Nothing is refused, so that every rule is asked about every request.
LEVEL = (
    'SecAction "id:900005,phase:1,nolog,pass,ctl:ruleEngine=DetectionOnly,setvar:tx.paranoia_level=4,setvar:tx.crs_validate_utf8_encoding=1,'
    "setvar:tx.arg_name_length=100,setvar:tx.arg_length=400,setvar:tx.total_arg_length=64000,setvar:tx.max_num_args=255,"
    'setvar:tx.max_file_size=64100,setvar:tx.combined_file_sizes=65535"\n'
)
# Rules with `log,noauditlog`, which libmodsecurity does not report; see `report-only` in the table.
UNREPORTED = {980130, 980140}
# Of the rules that can log, so many have to be matched by some request.
RULES_REACHED_MIN = 150


def judged(asked, files):
    """What libmodsecurity matches, for each request."""
    engine, rules, matched = ModSecurity(), RulesSet(), set()
    engine.set_rule_message_callback(lambda message: matched.add(message.rule_id))
    for file in files:
        rules.load_from_uri(str(file))
    for request in asked:
        matched.clear()
        with engine.transaction(rules) as transaction:
            feed(transaction, request)
        yield set(matched)


def feed(transaction, request):
    """One request, as a server hands it over."""
    transaction.process_connection("127.0.0.1", 12345, "127.0.0.1", 80)
    transaction.process_uri(request["uri"], request["method"], request["version"].removeprefix("HTTP/"))
    for name, value in request["headers"]:
        transaction.add_request_header(name, value)
    transaction.process_request_headers()
    if body := base64.b64decode(request["body_b64"]):
        transaction.append_request_body(body)
    transaction.process_request_body()
    if answer := request.get("response"):
        for name, value in answer["headers"]:
            transaction.add_response_header(name, value)
        transaction.process_response_headers(answer["status"], "HTTP/1.1")
        transaction.append_response_body(base64.b64decode(answer["body_b64"]))
        transaction.process_response_body()


def ours(asked, files):
    """What the gateway's engine matches."""
    with tempfile.TemporaryDirectory() as folder:
        main = pathlib.Path(folder, "main.conf")
        main.write_text("".join(f"Include {file}\n" for file in files))
        command = [os.environ["PORTCULLIS"], "waf", "eval", "--rules", main]
        lines = "".join(json.dumps(request) + "\n" for request in asked)
        output = subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout
    return [set(json.loads(line)["rules"]) for line in output.splitlines()]


class Cause:
    """One row of the table: rules, the side that matches alone, and what a request has to be like."""

    def __init__(self, row):
        self.name, self.rules, self.side = row["name"], set(row["rules"]), row["only"]
        self.kind, self.pattern, self.follows = row.get("body"), row.get("request"), row.get("follows", False)
        self.count = 0

    def explains(self, rule, side, request):
        """Whether it can be why a rule matched on one side alone."""
        if rule not in self.rules or side != self.side:
            return False
        if self.kind and not re.search(self.kind, kind(request)):
            return False
        return self.pattern is None or any(re.search(self.pattern, form) for form in decoded(text(request)))


def kind(request):
    """The media type of its body; nothing without one."""
    kinds = [value for name, value in request["headers"] if name.lower() == "content-type"]
    return kinds[0] if kinds and request["body_b64"] else ""


def text(request):
    """The request as it would be sent."""
    lines = [f"{request['method']} {request['uri']} {request['version']}"]
    lines += [f"{name}: {value}" for name, value in request["headers"]]
    return "\n".join([*lines, "", base64.b64decode(request["body_b64"]).decode("latin1")])


def decoded(text):
    """A text as it is, and decoded once and twice."""
    once = unquote_plus(text, "latin1")
    return [text, once, unquote_plus(once, "latin1")]


def explain(differences, request, causes):
    """The differences that nothing in the table explains. A score differs only because something else did."""
    left = []
    for rule, side in differences:
        found = [cause for cause in causes if cause.explains(rule, side, request)]
        found = [cause for cause in found if not cause.follows or len(differences) > 1]
        if found:
            found[0].count += 1
        else:
            left.append((rule, side))
    return left


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--requests", type=int, default=4000)
    arguments.add_argument("--seed", default="1")
    arguments.add_argument("--show", type=int, default=10, help="differences without a cause that are shown")
    arguments = arguments.parse_args()
    causes = [Cause(row) for row in tomllib.loads((HERE / "crs_difference.toml").read_text())["cause"]]
    asked = requests(RULES, arguments.requests, arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        level = pathlib.Path(folder, "level.conf")
        level.write_text(LEVEL)
        files = [SETUP, level, *sorted(glob.glob(f"{RULES}/*.conf"))]
        theirs, mine = list(judged(asked, [BASE, *files])), ours(asked, files)
    reached, unexplained, equal = collections.Counter(), [], 0
    for request, judge, gateway in zip(asked, theirs, mine, strict=True):
        reached.update(judge)
        equal += judge == gateway - UNREPORTED
        differences = [(rule, "judge") for rule in judge - gateway] + [(rule, "gateway") for rule in gateway - judge]
        unexplained += [(request, *left) for left in explain(differences, request, causes)]
    print(f"{len(asked)} requests, {len(reached)} rules reached, {equal} verdicts equal but for rules that libmodsecurity does not report; differences by cause:")
    counts = collections.Counter()
    for cause in causes:
        counts[cause.name] += cause.count
    for name, count in counts.most_common():
        print(f"  {count:5} {name}")
    for request, rule, side in unexplained[: arguments.show]:
        print(f"--- {rule} matches only in the {side}, request {request['id']}\n{text(request)[:1500]!r}")
    report("each_difference_has_a_cause", not unexplained, f"{len(unexplained)} have none")
    stale = [name for name, count in counts.items() if not count]
    report("each_cause_still_explains_something", not stale, stale)
    report("the_requests_reach_many_rules", len(reached) >= RULES_REACHED_MIN, len(reached))


def report(name, passed, why):
    """A case as the other scripts print them."""
    print(f"ok {name}" if passed else f"FAIL {name} {why}")


if __name__ == "__main__":
    main()
