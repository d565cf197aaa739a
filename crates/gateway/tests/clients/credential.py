"""Credentials to look for: well-formed, made up, good for nothing, and computed, so that no source holds one."""

import zlib

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def github_token():
    """A personal access token with its checksum: CRC-32 of the random part, six digits of base 62."""
    body = word(LETTERS, 30)
    rest, checksum = zlib.crc32(body.encode()), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        checksum = LETTERS[digit] + checksum
    return f"ghp_{body}{checksum}"


def aws_access_key():
    return "AKIA" + word(BASE32, 16)


def slack_token():
    return f"xoxb-{word('0123456789', 12)}-{word('9876543210', 12)}-{word(LETTERS, 24)}"


def word(letters, length):
    """Letters without a pattern that anybody would choose; the same in every run."""
    state, chosen = 20_260_101, ""
    for _ in range(length):
        state = state * 1_103_515_245 + 12_345 & 0x7FFFFFFF
        chosen += letters[(state >> 16) % len(letters)]
    return chosen
