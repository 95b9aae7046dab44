#!/bin/bash
# A server whose queue has a million mails beside one whose queue is empty, in turns, on this
# machine: how long they take to start, what memory they take, how they take mail in, and how long
# an operator waits. Everything lives in a temporary folder and on loopback ports.
#
#   bench/large-queue.sh [OUTPUT-FOLDER]
#
#   MESSAGES=1000000   mails in the queue; a million takes about 1 GB
#   ROUNDS=3           of intake, after one that does not count
set -euo pipefail

home=$(cd "$(dirname "$0")/.." && pwd -P)
out=${1:-$home/server-app/target/bench}
messages=${MESSAGES:-1000000}
rounds=${ROUNDS:-3}
intake=${INTAKE:-3000}
work=$(mktemp -d "${TMPDIR:-/var/tmp}/posthorn-queue.XXXXXX")
mkdir -p "$out"
rm -f "$out"/*.json
posthorn=$home/bin/posthorn
declare -A pid smtp imap

stop_all() {
  for server in empty full; do
    [ -z "${pid[$server]:-}" ] || { kill "${pid[$server]}" 2>/dev/null; wait "${pid[$server]}" || true; }
  done
  rm -rf "$work"
}
trap stop_all EXIT

free_port() {
  local port
  while true; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

start() {
  local server=$1 begin i
  smtp[$server]=$(free_port)
  imap[$server]=$(free_port)
  begin=$(date +%s%N)
  "$posthorn" start --data "$work/$server" --set log.level=warn \
    --set "smtp.mx.port=${smtp[$server]}" --set "imap.plain.port=${imap[$server]}" \
    --set smtp.submission.enabled=false --set smtp.submissions.enabled=false \
    --set smtp.lmtp.enabled=false --set "imap.tls.port=$(free_port)" \
    --set "pop3.plain.port=$(free_port)" --set "pop3.tls.port=$(free_port)" \
    >"$work/$server.log" 2>&1 &
  pid[$server]=$!
  for i in $(seq 1 2400); do
    if (exec 3<>"/dev/tcp/127.0.0.1/${smtp[$server]}") 2>/dev/null; then break; fi
    sleep 0.025
  done
  echo "$server: starts in $((($(date +%s%N) - begin) / 1000000)) ms, $(state "$server")"
}

stop() {
  kill "${pid[$1]}"
  wait "${pid[$1]}" || true
  pid[$1]=
}

# CPU so far and resident memory.
state() {
  local ticks
  ticks=$(awk '{print $14 + $15}' "/proc/${pid[$1]}/stat")
  echo "$((ticks * 10)) ms CPU so far, $(($(awk '/^VmRSS/ {print $2}' "/proc/${pid[$1]}/status") / 1024)) MiB resident"
}

password=$(head -c 12 /dev/urandom | od -An -tx1 | tr -d ' \n')
echo "$password" >"$work/password"
"$posthorn" version >/dev/null
for server in empty full; do
  mkdir "$work/$server"
  start "$server"
  "$posthorn" domain add example.org --data "$work/$server" >/dev/null
  { echo "login,password"; for i in $(seq 1 20); do echo "user$i@example.org,$password"; done; } >"$work/users.csv"
  "$posthorn" user import "$work/users.csv" --data "$work/$server" >/dev/null
  stop "$server"
done
"$posthorn" bench fill-queue --data "$work/full" --messages "$messages"
du -sm "$work/full" | awk '{print $1 " MB on disk"}'
for round in 1 2 3; do
  for server in empty full; do start "$server"; [ "$round" = 3 ] || stop "$server"; done
done
for round in $(seq 0 "$rounds"); do
  for server in empty full; do
    file=$out/$server.smtp-in.$round.json
    [ "$round" -gt 0 ] || file=$work/cold.json
    "$posthorn" bench smtp-in --json --password-file "$work/password" --user-count 20 \
      --smtp-port "${smtp[$server]}" --imap-port "${imap[$server]}" --pid "${pid[$server]}" \
      --connections 20 --size 10240 --messages "$intake" >"$file"
  done
done
for server in empty full; do echo "$server: after intake $(state "$server")"; done
"$posthorn" bench compare "$out" empty full

# What an operator types, and how long it takes.
typed() {
  local begin
  begin=$(date +%s%N)
  "$posthorn" queue "$@" --data "$work/full" >"$work/typed" 2>&1 || cat "$work/typed"
  printf '%8d ms  queue %s   (%s)\n' $((($(date +%s%N) - begin) / 1000000)) "$*" "$(tail -1 "$work/typed" | cut -c1-60)"
}
typed list --limit 1
typed list
typed destinations
typed destinations dest7.example
typed list --recipient r999@dest999.example
typed list --sender user17@ --limit 100
typed hold --sender user17@ --dry-run
typed hold --sender user17@
typed drop --sender user17@ --yes
typed list --state held
typed flush dest9.example
echo "full: in the end $(state full)"
