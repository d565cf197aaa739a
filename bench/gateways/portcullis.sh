#!/bin/bash
# Portcullis as a proxy: key check, routing and audit, with a policy that has no rules.
# anthropic-path: /v1/messages
# header: Authorization: Bearer pc-FixedKeyOfTheBenchmarkNotASecret002yuJqh
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=${PORTCULLIS_BIN:-$here/../../target/release/portcullis}
[ -x "$bin" ] || { echo "no portcullis: cargo build --release, or set PORTCULLIS_BIN" >&2; exit 3; }

# The key in the header above. Public, and of use on this machine's loopback only.
export PORTCULLIS_INIT_KEY=pc-FixedKeyOfTheBenchmarkNotASecret002yuJqh # gitleaks:allow
export UP_KEY=sk-up PORTCULLIS_LOG=warn

cat > "$DIR/portcullis.toml" <<C
[server]
listen = "127.0.0.1:$PORT"
admin_listen = "127.0.0.1:0"
threads = 1

[[provider]]
name = "openai"
kind = "openai"
base_url = "http://$UPSTREAM/v1"
key = "\${env:UP_KEY}"

[[provider]]
name = "anthropic"
kind = "anthropic"
base_url = "http://$UPSTREAM"
key = "\${env:UP_KEY}"

# One name on both protocols: of the two, the one that speaks the request's protocol is asked.
[[model]]
name = "mock*"
provider = "openai"
fallback = ["claude-mock*"]

[[model]]
name = "claude-mock*"
provider = "anthropic"
C
if [ "${PORTCULLIS_RULES:-none}" = none ]; then
  printf '\n[[policy]]\nname = "open"\n' >> "$DIR/portcullis.toml"
fi

place=(--config "$DIR/portcullis.toml" --data "$DIR/data")
"$bin" init "${place[@]}"
exec "$bin" serve "${place[@]}"
