"""The judge `pii-leak-benchmark`: it is the provider and the client at once, and looks for what it sent.

On the way in no value may reach it as the provider, and the client gets its own values back; in answers, values that the
client never sent are taken out, wherever a stream is cut. Needs a model whose provider is the judge's capture server at
`CAPTURE_PORT`, and a policy that puts pseudonyms for personal data in prompts and masks it in answers.
"""

import contextlib
import io
import json
import os
import pathlib
import tempfile

os.environ["CONFORMANCE_TARGET_API_KEY"] = os.environ["KEY"]

from pii_leak_benchmark import ci, v2_emitter  # noqa: E402

from cases import BASE_URL, case, run  # noqa: E402

CAPTURE_PORT = os.environ.get("CAPTURE_PORT", "8765")
CAPTURE_MODEL = os.environ.get("CAPTURE_MODEL", "captured")
# The same values in every run.
SEED = "a1b2c3d4e5f60001"
VALUES = ("EMAIL", "SSN", "CARDPAN", "USPHONE")


def judged(main, *args):
    """Runs a command of the judge in a folder of its own; returns its status, what it printed, and the folder's files."""
    printed = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        status = main([*args, "--out", folder])
        files = {file.name: json.loads(file.read_text()) for file in pathlib.Path(folder).glob("*.json")}
    return status, printed.getvalue(), files


def check(*args):
    """The judge's check for continuous integration, which first makes sure that it can see leaks at all."""
    status, printed, files = judged(
        ci.main, "--target-base-url", f"{BASE_URL}/v1", "--target-model", CAPTURE_MODEL, "--capture-port", CAPTURE_PORT,
        "--seed", SEED, *args,
    )
    report = files["current.json"]
    assert (status, report["verdict"]) == (0, "CLEAN"), f"{report['verdict']}: {report['reason']}\n{printed}"
    return report


def split(oracle):
    """The judge's profile of answers: the rates, and every case."""
    _, printed, files = judged(
        v2_emitter.main, "--only", "portcullis", "--gateway-url", f"{BASE_URL}/v1/chat/completions", "--model",
        CAPTURE_MODEL, "--upstream-port", CAPTURE_PORT, "--seed", SEED, "--oracle", oracle, "--partial-emission",
    )
    return files["portcullis.json"], files["portcullis.partial-emission.json"], printed


@case
def personal_data_stays_here_and_comes_back():
    report = check("--profile", "pii-v1", "--duty", "restore")
    assert set(report["entities"].values()) == {"contained"}, report["entities"]


@case
def personal_data_and_secrets_stay_here():
    report = check("--profile", "pii-secrets-v1", "--duty", "anonymize")
    assert set(report["entities"].values()) == {"contained"}, report["entities"]


@case
def nothing_leaks_out_of_streams_cut_anywhere():
    report, partial, printed = split("exhaustive-2-part")
    print(printed)
    print(json.dumps(report["metrics"], indent=1)[:6000])
    print(json.dumps(report["checks"], indent=1)[:6000])
    print(json.dumps(partial["metrics"], indent=1)[:3000])


if __name__ == "__main__":
    run()
