"""The judge `pii-leak-benchmark`: it is the provider and the client at once, and looks for what it sent.

On the way in no value may reach it as the provider, and the client gets its own values back; in answers, values that
the client never sent are taken out, wherever a stream is cut. Needs a model whose provider is the judge's capture server
at `CAPTURE_PORT`, and a policy that looks at everything, puts pseudonyms for personal data in prompts, and masks it in
answers.

Where the judge and the gateway do not agree is written down below. A case fails when the judge finds anything else, and
also when it no longer finds what is written down.
"""

import contextlib
import io
import json
import os
import pathlib
import tempfile

os.environ["CONFORMANCE_TARGET_API_KEY"] = os.environ["KEY"]

from pii_leak_benchmark import ci, http_profile, v2_emitter  # noqa: E402

from cases import BASE_URL, case, equal, run  # noqa: E402
from credential import aws_access_key, github_token, slack_token  # noqa: E402

CAPTURE_PORT = os.environ.get("CAPTURE_PORT", "8765")
CAPTURE_MODEL = os.environ.get("CAPTURE_MODEL", "captured")
# The same values in every run.
SEED = "a1b2c3d4e5f60001"
# Where streams are cut: at every place once; `union-worst-case` cuts at every two places as well and takes minutes.
ORACLE = os.environ.get("ORACLE", "exhaustive-2-part")

# The judge's credentials are the placeholders of manuals (`…EXAMPLE…`), which the secret rules leave alone.
PLACEHOLDERS = {"AWS_ACCESS_KEY_ID", "GITHUB_TOKEN", "SLACK_TOKEN"}


def judged(main, *args):
    """Runs a command of the judge in a folder of its own; returns what it wrote there and what it printed."""
    printed = io.StringIO()
    with tempfile.TemporaryDirectory() as folder:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            main([*args, "--out", folder])
        files = {file.name: json.loads(file.read_text()) for file in pathlib.Path(folder).glob("*.json")}
    return files, printed.getvalue()


def leaks(*args):
    """The types of value that reached the provider. Everything else that the judge requires has to hold."""
    files, printed = judged(
        ci.main, "--target-base-url", f"{BASE_URL}/v1", "--target-model", CAPTURE_MODEL, "--capture-port", CAPTURE_PORT,
        "--seed", SEED, *args,
    )
    report = files["current.json"]
    assert "entities" in report, printed
    checks = {name for name, passed in report["required_checks"].items() if not passed}
    assert checks <= {"configured_upstream_boundary"}, f"{checks}\n{printed}"
    assert set(report["entities"].values()) <= {"leak", "contained"}, report["entities"]
    return {entity for entity, state in report["entities"].items() if state == "leak"}


@case
def personal_data_stays_here_and_comes_back():
    equal(leaks("--profile", "pii-v1", "--duty", "restore"), set())


@case
def placeholders_of_secrets_are_left_alone():
    equal(leaks("--profile", "pii-secrets-v1", "--duty", "anonymize"), PLACEHOLDERS)


@case
def secrets_stay_here():
    """The same check with well-formed credentials in the place of the placeholders."""
    values = {"AWS_ACCESS_KEY_ID": aws_access_key(), "GITHUB_TOKEN": github_token(), "SLACK_TOKEN": slack_token()}
    equal(set(values), PLACEHOLDERS)
    http_profile._CREDENTIAL_VALUES.update(values)
    equal(leaks("--profile", "pii-secrets-v1", "--duty", "anonymize"), set())


@case
def nothing_leaks_out_of_a_stream_wherever_it_is_cut():
    files, printed = judged(
        v2_emitter.main, "--only", "portcullis", "--gateway-url", f"{BASE_URL}/v1/chat/completions", "--model",
        CAPTURE_MODEL, "--upstream-port", CAPTURE_PORT, "--seed", SEED, "--oracle", ORACLE,
        "--partial-emission",
    )
    report, partial = files["portcullis.json"], files["portcullis.partial-emission.json"]
    metrics, cases = report["metrics"], v2_emitter.covering_array()
    print("rates", metrics["leak_rate"], metrics["delta_frag"], metrics["fidelity_rate"])
    equal((metrics["cases_applicable"], metrics["cases_inconclusive"]), (len(cases), 0))
    equal(metrics["delta_frag"], 0)
    equal(partial["metrics"]["cases_partial_emission"], 0)
    for axis in ("entity", "encoding", "carrier", "request_site"):
        for value, found in metrics["by_axis"][axis].items():
            equal((axis, value, found["leaked"], found["fidelity_rate"]), (axis, value, 0, 1))
    equal(set(report["checks"]["configured_upstream_boundary"]["leaked_entity_types"]), set())
    for check in ("fragmentation_safety", "sse_validity", "segment_separation"):
        assert report["checks"][check]["passed"], f"{check}\n{printed}"


if __name__ == "__main__":
    run()
