#!/bin/bash
# Measures Posthorn beside Debian's Postfix + Dovecot, with the same drivers, in turns, on this
# machine. Everything lives in a temporary folder and on loopback ports and is stopped at the end.
#
#   bench/beside-postfix-dovecot.sh [OUTPUT-FOLDER]
#
#   ROUNDS=3        how often each server is measured, after one round that does not count
#                   (a virtual machine compiles what it runs often); it is kept as OUTPUT/cold
#   MESSAGES=4000   messages of one smtp-in or smtp-out round
#   DESTINATIONS=10 domains that smtp-out sends to, each with a smtp-sink of its own
#   WARM_UP=0       messages of 10 KiB for each server before all else: a virtual machine is at its
#                   speed after some ten thousand
#   USERS=20        mailboxes
#   CASES="1024:1:1:2000 10240:200:50:100"
#                   smtp-in once for each: bytes, connections, recipients of a message, messages
#   SECONDS_IMAP=10 length of one imap round
#   IDLE=500        idle connections
#   LARGE_MESSAGES=10000               messages of one mailbox round
#   TOGETHER=1                         of which so many go with one APPEND
#   ONLY=fetch,search,sort,change      what is done with them
#   STORAGE=maildir                    how Dovecot keeps mail: maildir or sdbox
#   DRIVERS="smtp-in imap pop3 idle"   which to run; there are also mailbox and smtp-out
#   SERVERS="postfix-dovecot posthorn" which to measure; there are also exim-dovecot and
#                   opensmtpd-dovecot, with the same Dovecot behind them, and floor: a server that
#                   writes, syncs and answers, and nothing else, for smtp-in (bench/Floor.java)
#
# Needs root (Postfix and Dovecot change to users of their own) and the Debian packages postfix,
# dovecot-imapd, dovecot-pop3d and dovecot-lmtpd; installs them where apt-get can. Exim and
# OpenSMTPD cannot be installed beside Postfix: their packages are unpacked in the temporary folder
# and run in a mount namespace of their own, where they find their files and users in place.
set -euo pipefail

home=$(cd "$(dirname "$0")/.." && pwd -P)
out=${1:-$home/server-app/target/bench}
rounds=${ROUNDS:-3}
messages=${MESSAGES:-4000}
seconds_imap=${SECONDS_IMAP:-10}
idle=${IDLE:-500}
destinations=${DESTINATIONS:-10}
large_messages=${LARGE_MESSAGES:-10000}
together=${TOGETHER:-1}
only=${ONLY:-fetch,search,sort,change}
case ${STORAGE:-maildir} in
  maildir) mail_location='maildir:~/Maildir' ;;
  sdbox) mail_location='sdbox:~/sdbox' ;;
  *) echo "STORAGE is maildir or sdbox" >&2; exit 2 ;;
esac
drivers=${DRIVERS:-smtp-in imap pop3 idle}
servers=${SERVERS:-postfix-dovecot posthorn}
users=${USERS:-20}
warm_up=${WARM_UP:-0}
cases=${CASES:-10240:20:1:$messages}

for package in postfix dovecot-imapd dovecot-pop3d dovecot-lmtpd; do
  if ! dpkg -s "$package" >/dev/null 2>&1; then
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
      postfix dovecot-imapd dovecot-pop3d dovecot-lmtpd >/dev/null
    break
  fi
done

work=$(mktemp -d "${TMPDIR:-/var/tmp}/posthorn-bench.XXXXXX")
chmod 755 "$work"
mkdir -p "$out/cold"
rm -f "$out"/*.json "$out"/cold/*.json

# Ports that are free now, high on loopback.
free_port() {
  local port
  while true; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

await_port() {
  for _ in $(seq 1 600); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
    sleep 0.05
  done
  echo "Nothing answers on port $1" >&2
  return 1
}

# Dovecot notices new mail by inotify, of which a user may have 128 instances: with more idle
# connections than that it would look every half minute. Raised while this runs.
inotify=/proc/sys/fs/inotify/max_user_instances
inotify_before=$(cat "$inotify")

# The process that a file names, as soon as it does.
pid_in() {
  for _ in $(seq 1 200); do
    if [ -s "$1" ]; then tr -d ' \n' <"$1"; return; fi
    sleep 0.05
  done
  echo "No process wrote $1" >&2
  return 1
}

dovecot_pid=
postfix_pid=
exim_pid=
opensmtpd_pid=
posthorn_pid=
floor_pid=
stop_all() {
  local all="$posthorn_pid $floor_pid $postfix_pid $exim_pid $opensmtpd_pid $dovecot_pid"
  for pid in $all; do kill "$pid" 2>/dev/null || true; done
  for pid in $all; do
    for _ in $(seq 1 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  done
  echo "$inotify_before" >"$inotify" 2>/dev/null || true
  # What Exim was delivering just now ends by itself.
  rm -rf "$work" 2>/dev/null || { sleep 3; rm -rf "$work"; }
}
trap stop_all EXIT

if [ "$inotify_before" -lt 16384 ]; then
  echo 16384 >"$inotify" 2>/dev/null || echo "Idle connections above 128 will be slow in Dovecot" >&2
fi

password=$(head -c 12 /dev/urandom | od -An -tx1 | tr -d ' \n')
printf '%s\n' "$password" >"$work/password"

declare -A smtp imap pop3 pids submission

# The sinks of smtp-out, one behind the other.
sink_port=$((20000 + RANDOM % 12000))
routes() {
  local i
  for i in $(seq 1 "$destinations"); do printf "$1" "dest$i.example" $((sink_port + i - 1)); done
}

# Once, for all who deliver into it.
start_dovecot() {
  local d=$work/dovecot i
  [ -z "$dovecot_pid" ] || return 0
  dovecot_imap=$(free_port)
  dovecot_pop3=$(free_port)
  dovecot_lmtp=$(free_port)
  mkdir -p "$d/run" "$d/state" "$work/mail"
  chown mail:mail "$work/mail"
  : >"$d/users"
  for i in $(seq 1 $users); do echo "user$i@example.org:{PLAIN}$password" >>"$d/users"; done
  cat >"$d/dovecot.conf" <<CONF
base_dir = $d/run
state_dir = $d/state
instance_name = bench
protocols = imap pop3 lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
log_path = $d/log
mail_location = $mail_location
mail_fsync = optimized
first_valid_uid = 1
mail_max_userip_connections = 10000
default_client_limit = 12000
default_vsz_limit = 1G
passdb {
  driver = passwd-file
  args = $d/users
}
userdb {
  driver = static
  args = uid=mail gid=mail home=$work/mail/%u
}
service imap {
  process_limit = 10000
}
service imap-login {
  inet_listener imap {
    port = $dovecot_imap
  }
  inet_listener imaps {
    port = 0
  }
}
service pop3-login {
  inet_listener pop3 {
    port = $dovecot_pop3
  }
  inet_listener pop3s {
    port = 0
  }
}
service lmtp {
  unix_listener lmtp-in {
    mode = 0666
  }
  inet_listener lmtp-in {
    address = 127.0.0.1
    port = $dovecot_lmtp
  }
}
CONF
  dovecot -c "$d/dovecot.conf"
  dovecot_pid=$(pid_in "$d/run/master.pid")
  await_port "$dovecot_imap"
}

# NAME PID: measured together with Dovecot.
with_dovecot() {
  imap[$1]=$dovecot_imap
  pop3[$1]=$dovecot_pop3
  pids[$1]=$2,$dovecot_pid
  await_port "${smtp[$1]}"
}

start_postfix_dovecot() {
  local d=$work/dovecot p=$work/postfix i
  start_dovecot
  smtp[postfix-dovecot]=$(free_port)
  mkdir -p "$p/etc" "$p/spool" "$p/data"
  chown postfix "$p/data"
  : >"$p/etc/users"
  for i in $(seq 1 $users); do echo "user$i@example.org ok" >>"$p/etc/users"; done
  cat >"$p/etc/main.cf" <<CONF
compatibility_level = 3.6
queue_directory = $p/spool
data_directory = $p/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = bench.example.org
mydestination =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = example.org
virtual_mailbox_maps = hash:$p/etc/users
virtual_transport = lmtp:unix:$d/run/lmtp-in
message_size_limit = 52428800
virtual_mailbox_limit = 0
transport_maps = hash:$p/etc/transport
maillog_file = $p/log
maillog_file_prefixes = $p
CONF
  # Debian's services, none in a chroot, SMTP on our port.
  sed -E -e "s/^smtp( +)inet .*/127.0.0.1:${smtp[postfix-dovecot]} inet n - n - - smtpd/" \
    -e 's/^([a-z]+ +(unix|fifo|unix-dgram) +[^ ]+ +[^ ]+ +)[^ ]+/\1n/' \
    /usr/share/postfix/master.cf.dist >"$p/etc/master.cf"
  grep -q '^postlog' "$p/etc/master.cf" ||
    echo "postlog unix-dgram n - n - 1 postlogd" >>"$p/etc/master.cf"
  routes '%s smtp:[127.0.0.1]:%d\n' >"$p/etc/transport"
  postmap -c "$p/etc" "hash:$p/etc/users" "hash:$p/etc/transport"
  postfix -c "$p/etc" start >/dev/null 2>&1
  postfix_pid=$(pid_in "$p/spool/pid/master.pid")
  with_dovecot postfix-dovecot "$postfix_pid"
}

# Becomes a program of Debian packages that are not installed: PACKAGES... -- COMMAND...
unpacked() {
  local packages=() root=$work/unpacked
  while [ "$1" != -- ]; do packages+=("$1"); shift; done
  shift
  if [ ! -d "$root/${packages[0]}" ]; then
    mkdir -p "$root/debs/${packages[0]}" "$root/spool/smtpd" "$root/lib/opensmtpd/empty"
    chmod 711 "$root/spool/smtpd"
    (cd "$root/debs/${packages[0]}" && apt-get download -qq "${packages[@]}" >/dev/null 2>&1)
    for deb in "$root/debs/${packages[0]}"/*.deb; do dpkg -x "$deb" "$root/${packages[0]}"; done
    cp /etc/passwd /etc/group "$root/"
    for name in opensmtpd opensmtpq Debian-exim; do
      id=$((900 + RANDOM % 90))
      echo "$name:x:$id:$id::/nonexistent:/usr/sbin/nologin" >>"$root/passwd"
      echo "$name:x:$id:" >>"$root/group"
    done
  fi
  exec unshare -m bash -c '
    root=$1 package=$2
    shift 2
    mount -t overlay overlay -olowerdir="$root/$package/usr:/usr" /usr
    mount -t overlay overlay -olowerdir="$root/lib:/var/lib" /var/lib
    mount --bind "$root/passwd" /etc/passwd
    mount --bind "$root/group" /etc/group
    mount --bind "$root/spool" /var/spool
    exec "$@"' unpacked "$root" "${packages[0]}" "$@"
}

start_exim_dovecot() {
  local e=$work/exim
  start_dovecot
  smtp[exim-dovecot]=$(free_port)
  mkdir -p "$e/spool" "$e/log"
  chown -R mail:mail "$e"
  routes '%s: 127.0.0.1::%d byname\n' >"$e/routes"
  cat >"$e/exim.conf" <<CONF
primary_hostname = bench.example.org
exim_user = mail
exim_group = mail
never_users =
spool_directory = $e/spool
log_file_path = $e/log/%slog
pid_file_path = $e/exim.pid
daemon_smtp_ports = ${smtp[exim-dovecot]}
local_interfaces = 127.0.0.1
smtp_accept_max = 1000
smtp_accept_queue_per_connection = 0
remote_max_parallel = 20
message_size_limit = 50M
rfc1413_query_timeout = 0s
host_lookup =
tls_advertise_hosts =
keep_environment =
acl_smtp_rcpt = all
begin acl
all:
  accept
begin routers
sinks:
  driver = manualroute
  domains = ! example.org
  route_data = \${lookup{\$domain}lsearch{$e/routes}}
  transport = sinks
  self = send
mailboxes:
  driver = accept
  domains = example.org
  transport = dovecot
begin transports
sinks:
  driver = smtp
dovecot:
  driver = lmtp
  socket = $work/dovecot/run/lmtp-in
  user = mail
  batch_max = 50
CONF
  (unpacked exim4-daemon-light exim4-base libidn12 libgnutls-dane0 -- /usr/sbin/exim4 -C "$e/exim.conf" -bd -q10m)
  exim_pid=$(pid_in "$e/exim.pid")
  with_dovecot exim-dovecot "$exim_pid"
}

start_opensmtpd_dovecot() {
  local o=$work/opensmtpd name port
  start_dovecot
  smtp[opensmtpd-dovecot]=$(free_port)
  mkdir -p "$o"
  {
    echo "smtp limit max-mails 1000000" # In one session; usually 100.
    echo "smtp limit max-rcpt 1000000"
    echo "listen on 127.0.0.1 port ${smtp[opensmtpd-dovecot]} hostname bench.example.org"
    echo "smtp max-message-size 50M"
    echo "action mailboxes relay host lmtp://127.0.0.1:$dovecot_lmtp"
    routes 'action "%s" relay host smtp://127.0.0.1:%d\n'
    echo 'match from any for domain "example.org" action mailboxes'
    routes '%s %d\n' | while read -r name port; do
      echo "match from any for domain \"$name\" action \"$name\""
    done
  } >"$o/smtpd.conf"
  unpacked opensmtpd -- /usr/sbin/smtpd -d -f "$o/smtpd.conf" >"$o/log" 2>&1 &
  opensmtpd_pid=$!
  with_dovecot opensmtpd-dovecot "$opensmtpd_pid"
}

start_floor() {
  smtp[floor]=$(free_port)
  imap[floor]=$(free_port)
  pop3[floor]=1
  . "$home/bin/java-25.sh"
  "$JAVA_HOME/bin/java" "$home/bench/Floor.java" "${smtp[floor]}" "${imap[floor]}" "$work/floor.mails" &
  floor_pid=$!
  pids[floor]=$floor_pid
  await_port "${smtp[floor]}"
}

start_posthorn() {
  local data=$work/posthorn i begin
  smtp[posthorn]=$(free_port)
  imap[posthorn]=$(free_port)
  pop3[posthorn]=$(free_port)
  submission[posthorn]=$(free_port)
  mkdir -p "$data"
  { echo "outbound:"; echo "  static-routes:"; routes '    %s: 127.0.0.1:%d\n'; } >"$data/posthorn.yaml"
  "$home/bin/posthorn" version >/dev/null # builds on first use
  begin=$(date +%s%N)
  "$home/bin/posthorn" start --data "$data" \
    --set "smtp.mx.port=${smtp[posthorn]}" --set "imap.plain.port=${imap[posthorn]}" \
    --set "pop3.plain.port=${pop3[posthorn]}" --set "smtp.submission.port=${submission[posthorn]}" \
    --set smtp.submissions.enabled=false --set smtp.lmtp.enabled=false \
    --set "smtp.sending.exempt=[user1@example.org]" \
    --set "imap.tls.port=$(free_port)" --set "pop3.tls.port=$(free_port)" \
    >"$work/posthorn.log" 2>&1 &
  posthorn_pid=$!
  await_port "${smtp[posthorn]}" || { cat "$work/posthorn.log" >&2; exit 1; }
  local start_millis=$((($(date +%s%N) - begin) / 1000000))
  local resident_kib
  resident_kib=$(awk '/^VmRSS/ {print $2}' "/proc/$posthorn_pid/status")
  echo "{\"startMillis\":$start_millis,\"residentMebibytes\":$((resident_kib / 1024))}" \
    >"$out/posthorn.start.1.json"
  echo "posthorn: first start in $start_millis ms, $((resident_kib / 1024)) MiB resident"
  "$home/bin/posthorn" domain add example.org --data "$data" >/dev/null
  {
    echo "login,password"
    for i in $(seq 1 $users); do echo "user$i@example.org,$password"; done
  } >"$work/users.csv"
  "$home/bin/posthorn" user import "$work/users.csv" --data "$data" >/dev/null
  pids[posthorn]=$posthorn_pid
}

drive() {
  local server=$1 driver=$2 round=$3 name=$4 file
  shift 4
  local port=${smtp[$server]}
  # Who is to send on for us must know us, or be Postfix, which trusts this machine.
  if [ "$driver" = smtp-out ] && [ -n "${submission[$server]:-}" ]; then
    port=${submission[$server]}
    set -- "$@" --login user1@example.org
  fi
  file=$out/$server.$name.$round.json
  [ "$round" -gt 0 ] || file=$out/cold/$server.$name.json
  "$home/bin/posthorn" bench "$driver" --json --password-file "$work/password" \
    --user-count $users --smtp-port "$port" --imap-port "${imap[$server]}" \
    --pop3-port "${pop3[$server]}" --pid "${pids[$server]}" "$@" \
    >"$file"
  echo "$server $name, round $round: $(cat "$file")"
}

# Each case of smtp-in; with several, each has its own lines in the table.
drive_cases() {
  local server=$1 round=$2 case size connections recipients count name
  for case in $cases; do
    IFS=: read -r size connections recipients count <<<"$case"
    name=smtp-in
    [ "$cases" = "$case" ] || name=smtp-in-$size-$connections-$recipients
    drive "$server" smtp-in "$round" "$name" --connections "$connections" --size "$size" \
      --recipients "$recipients" --messages "$count"
  done
}

for server in $servers; do
  case $server in
    postfix-dovecot) start_postfix_dovecot ;;
    exim-dovecot) start_exim_dovecot ;;
    opensmtpd-dovecot) start_opensmtpd_dovecot ;;
    floor) start_floor ;;
    posthorn) start_posthorn ;;
  esac
done

if [ "$warm_up" -gt 0 ]; then
  for server in $servers; do
    drive "$server" smtp-in 0 warm-up --connections 20 --size 10240 --messages "$warm_up"
  done
fi

for driver in $drivers; do
  for round in $(seq 0 "$rounds"); do
    for server in $servers; do
      case $driver in
        smtp-in) drive_cases "$server" "$round" ;;
        smtp-out) drive "$server" smtp-out "$round" smtp-out --connections 20 --size 10240 \
          --messages "$messages" --destinations "$destinations" --sink-port "$sink_port" ;;
        imap) drive "$server" imap "$round" imap --clients 20 --seconds "$seconds_imap" ;;
        pop3) drive "$server" pop3 "$round" pop3 --clients 20 --rounds 1 ;;
        mailbox) drive "$server" mailbox "$round" mailbox --messages "$large_messages" --together "$together" \
          --only "$only" ;;
        idle) drive "$server" idle "$round" idle --connections "$idle" --messages 50 ;;
      esac
    done
  done
done

for server in $servers; do
  case " $servers " in *" posthorn "*) ;; *) break ;; esac
  if [ "$server" != posthorn ]; then
    echo
    "$home/bin/posthorn" bench compare "$out" "$server" posthorn
  fi
done
