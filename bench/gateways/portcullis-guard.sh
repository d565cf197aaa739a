#!/bin/bash
# Portcullis with the shipped default policy: injection, jailbreak, secrets, personal data, links, leaks, toxicity.
# anthropic-path: /v1/messages
# header: Authorization: Bearer pc-FixedKeyOfTheBenchmarkNotASecret002yuJqh
export PORTCULLIS_RULES=default
exec bash "$(dirname "${BASH_SOURCE[0]}")/portcullis.sh"
