#!/bin/bash
# Measures what it costs to find out who mail is from: two servers take the same signed mail in
# turns, one that checks all of it (SPF, DKIM, DMARC, the client's name; a DNS on loopback), and one
# that checks nothing. Prints CPU milliseconds for each message, round by round, and the quotient of
# the medians.
#
#   bench/sender-auth.sh [OUTPUT-FOLDER]
#
#   ROUNDS=5          that count, after WARMUP=4 that do not
#   MESSAGES=6000     in each round
#   SIZE=10240        bytes of each
#   CONNECTIONS=20
#   BASE_PORT=32000   the first of eleven ports on loopback
set -euo pipefail

home=$(cd "$(dirname "$0")/.." && pwd -P)
out=${1:-$home/server-app/target/bench-sender-auth}
rounds=${ROUNDS:-5} warmup=${WARMUP:-4} messages=${MESSAGES:-6000} base=${BASE_PORT:-32000}
mkdir -p "$out"
rm -f "$out"/{on,off}.*.json
"$home/bin/posthorn" version >/dev/null # builds on first use
work=$(mktemp -d "${TMPDIR:-/var/tmp}/sender-auth.XXXXXX")
declare -A pid

stop() {
  for server in "${pid[@]}"; do
    kill "$server" 2>/dev/null && wait "$server" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap stop EXIT

printf 'mx:\n  - gate: SenderAuth\n    time-limit: 60s\n    on-failure: defer\n    except-networks: []\n' >"$work/on.yaml"
printf '{}\n' >"$work/off.yaml"
echo bench-password-1 >"$work/password"
{
  echo login,password
  for i in $(seq 20); do echo "user$i@example.org,bench-password-1"; done
} >"$work/users.csv"

start() { # NAME FIRST-PORT
  printf 'gates-file: %s\n' "$work/$1.yaml" >"$work/$1.posthorn.yaml"
  "$home/bin/posthorn" start --data "$work/$1" --config "$work/$1.posthorn.yaml" \
    --set "smtp.mx.port=$2" --set "imap.plain.port=$(($2 + 1))" --set "pop3.plain.port=$(($2 + 2))" \
    --set smtp.submission.enabled=false --set smtp.submissions.enabled=false \
    --set smtp.lmtp.enabled=false --set "imap.tls.port=$(($2 + 3))" --set "pop3.tls.port=$(($2 + 4))" \
    --set "outbound.dns.servers=127.0.0.1:$base" >"$out/$1.log" 2>&1 &
  pid[$1]=$!
  for _ in $(seq 300); do
    (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null && break
    sleep 0.1
  done
  "$home/bin/posthorn" domain add example.org --data "$work/$1" >/dev/null
  "$home/bin/posthorn" user import "$work/users.csv" --data "$work/$1" >/dev/null
}

round() { # NAME FIRST-PORT FILE
  "$home/bin/posthorn" bench smtp-in --json --password-file "$work/password" --pid "${pid[$1]}" \
    --smtp-port "$2" --imap-port "$(($2 + 1))" --pop3-port "$(($2 + 2))" --dns-port "$base" \
    --connections "${CONNECTIONS:-20}" --size "${SIZE:-10240}" --messages "$messages" >"$3"
  echo "$(basename "$3"): $(grep -o '"cpuMillisPerMessage":[0-9.]*' "$3")"
}

start off $((base + 1))
start on $((base + 6))
for i in $(seq "$((warmup + rounds))"); do
  name=$i
  [ "$i" -gt "$warmup" ] || name=warm$i
  round off $((base + 1)) "$out/off.smtp-in.$name.json"
  round on $((base + 6)) "$out/on.smtp-in.$name.json"
done
rm -f "$out"/*.warm*.json
"$home/bin/posthorn" bench compare "$out" off on
