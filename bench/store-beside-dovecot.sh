#!/bin/bash
# Measures the store alone, and then a mailbox of 10,000 messages by IMAP beside Dovecot with
# Maildir and with sdbox, in turns, on this machine. Repeats every figure of the section "The store"
# in docs/performance.md.
#
#   bench/store-beside-dovecot.sh [OUTPUT-FOLDER]
#
#   ROUNDS=3          how often each server is measured, after one round that does not count
#   LARGE=            not empty: a mailbox of 1,000,000 messages too
#   LARGE_MESSAGES=10000
#
# Needs what bench/beside-postfix-dovecot.sh needs.
set -euo pipefail

home=$(cd "$(dirname "$0")/.." && pwd -P)
out=${1:-$home/server-app/target/bench-store}
mkdir -p "$out"
"$home/bin/posthorn" version >/dev/null # builds on first use

"$home/bin/posthorn" bench store --folder "${TMPDIR:-/var/tmp}" ${LARGE:+--large} --json >"$out/store.json"
echo "store: $(cat "$out/store.json")"
for storage in maildir sdbox; do
  STORAGE=$storage DRIVERS=mailbox ROUNDS=${ROUNDS:-3} \
    "$home/bench/beside-postfix-dovecot.sh" "$out/$storage"
done
