#!/usr/bin/env python3
"""Sends mail between Posthorn and Postfix, Exim and OpenSMTPD, in both directions over STARTTLS, and
compares what arrives with what was sent, byte for byte: 8-bit text, long lines, lines of dots, international
addresses, requests for reports, a large message, several recipients.

  bench/next-hops.py [postfix] [exim] [opensmtpd]

Needs root (they change to users of their own), openssl and, for Postfix, the package postfix. Exim and
OpenSMTPD cannot be installed beside it: their packages are fetched with apt-get and unpacked in the temporary folder. All
of it runs on loopback on ports from PORT (28000), and is stopped at the end. POSTHORN names another program
than bin/posthorn, KEEP=1 keeps the folder.
"""
import glob, imaplib, os, pathlib, re, shutil, signal, smtplib, socket, ssl, subprocess, sys, tempfile, time

BASE = int(os.environ.get("PORT", "28000"))
HERE = pathlib.Path(__file__).resolve().parent.parent
POSTHORN = os.environ.get("POSTHORN", str(HERE / "bin" / "posthorn"))
MX, SUBMISSION, IMAP = BASE + 25, BASE + 87, BASE + 43
PORTS = {"postfix": BASE + 51, "exim": BASE + 52, "opensmtpd": BASE + 53}
WORK = pathlib.Path(tempfile.mkdtemp(prefix="next-hops."))
WORK.chmod(0o755)
INSECURE = ssl._create_unverified_context()
PATIENCE = 120
started, failures = [], []


def run(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more)


def spawn(command, log, **more):
    process = subprocess.Popen(command, stdout=open(WORK / log, "wb"), stderr=subprocess.STDOUT,
                               start_new_session=True, **more)
    started.append(process)
    return process


def await_that(what, condition, patience=PATIENCE):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("waited in vain for " + what)


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def certificate():
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=peer.example",
        "-keyout", str(WORK / "key.pem"), "-out", str(WORK / "cert.pem"))


def unpacked(*packages):
    """The folder of packages that are not installed."""
    root = WORK / "unpacked" / packages[0]
    root.mkdir(parents=True)
    run("apt-get", "download", "-qq", *packages, cwd=root)
    for deb in root.glob("*.deb"):
        run("dpkg", "-x", str(deb), str(root))
    return root


def overlaid(root, home, command):
    """Runs it where the users of the unpacked programs are known."""
    passwd, group = pathlib.Path("/etc/passwd").read_text(), pathlib.Path("/etc/group").read_text()
    for number, name in ((950, "opensmtpd"), (951, "opensmtpq"), (952, "Debian-exim")):
        passwd += f"{name}:x:{number}:{number}::/nonexistent:/usr/sbin/nologin\n"
        group += f"{name}:x:{number}:\n"
    (home / "passwd").write_text(passwd)
    (home / "group").write_text(group)
    return ["unshare", "-m", "bash", "-c",
            f"mount --bind {home}/passwd /etc/passwd && mount --bind {home}/group /etc/group && {command}"]


def start_posthorn(peers):
    config = WORK / "posthorn.yaml"
    config.write_text("outbound:\n  allow-private-destinations: true\n  static-routes:\n"
                      + "".join(f"    {peer}.example: 127.0.0.1:{PORTS[peer]}\n" for peer in peers))
    data = str(WORK / "posthorn")
    sets = {"hostname": "posthorn.example", "smtp.mx.port": MX, "smtp.submission.port": SUBMISSION, "smtp.submissions.port": 0,
            "smtp.lmtp.port": 0, "imap.plain.port": IMAP, "imap.tls.port": 0, "pop3.plain.port": 0, "pop3.tls.port": 0,
            "spool.relay-retries": "1s"}
    arguments = [POSTHORN, "start", "--data", data, "--config", str(config)]
    for key, value in sets.items():
        arguments += ["--set", f"{key}={value}"]
    spawn(arguments, "posthorn.log")
    await_that("Posthorn", lambda: listens(MX) and listens(SUBMISSION) and listens(IMAP))
    run(POSTHORN, "domain", "add", "posthorn.example", "--data", data)
    for user in ("ann", "bücher"):
        run(POSTHORN, "user", "add", f"{user}@posthorn.example", "--password-stdin", "--data", data, input="next-hops 1\n")


def start_postfix():
    home = WORK / "postfix"
    for part in ("etc", "spool", "data", "mail"):
        (home / part).mkdir(parents=True)
    shutil.chown(home / "data", "postfix")
    shutil.chown(home / "mail", "mail", "mail")
    (home / "etc" / "main.cf").write_text(f"""compatibility_level = 3.6
queue_directory = {home}/spool
data_directory = {home}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = postfix.example
mydestination =
alias_maps =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtputf8_enable = yes
virtual_mailbox_domains = postfix.example
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = static:bob/
virtual_uid_maps = static:8
virtual_gid_maps = static:8
virtual_minimum_uid = 1
virtual_mailbox_limit = 0
message_size_limit = 60000000
smtpd_tls_cert_file = {WORK}/cert.pem
smtpd_tls_key_file = {WORK}/key.pem
smtpd_tls_security_level = may
smtpd_tls_received_header = yes
smtp_tls_security_level = encrypt
smtpd_recipient_restrictions = check_recipient_access inline:{{ {{no@postfix.example = 550 5.1.1 No such user here}} }}, permit_mynetworks, reject
relay_domains = posthorn.example
transport_maps = inline:{{posthorn.example=smtp:[127.0.0.1]:{MX}}}
smtp_dns_support_level = disabled
maillog_file = {home}/log
maillog_file_prefixes = {home}
""")
    dist = pathlib.Path("/usr/share/postfix/master.cf.dist").read_text()
    lines = []
    for line in dist.splitlines():
        if re.match(r"smtp\s+inet", line):
            line = f"127.0.0.1:{PORTS['postfix']} inet n - n - - smtpd"
        lines.append(re.sub(r"^([a-z]+ +(unix|fifo|unix-dgram) +\S+ +\S+ +)\S+", r"\1n", line))
    if not any(line.startswith("postlog") for line in lines):
        lines.append("postlog unix-dgram n - n - 1 postlogd")
    (home / "etc" / "master.cf").write_text("\n".join(lines) + "\n")
    run("postfix", "-c", str(home / "etc"), "start")
    return home / "mail" / "bob"


def start_exim():
    home = WORK / "exim"
    root = unpacked("exim4-daemon-light", "exim4-base")
    for part in ("spool", "log", "mail"):
        (home / part).mkdir(parents=True)
    for name in ("cert.pem", "key.pem"):
        shutil.copy(WORK / name, home / name)
    for path in (home, home / "spool", home / "log", home / "mail", home / "cert.pem", home / "key.pem"):
        shutil.chown(path, "mail", "mail")
    binary = next(root.glob("usr/sbin/exim4"))
    (home / "exim.conf").write_text(f"""primary_hostname = exim.example
exim_user = mail
exim_group = mail
exim_path = {binary}
spool_directory = {home}/spool
log_file_path = {home}/log/%slog
pid_file_path = {home}/exim.pid
daemon_smtp_ports = {PORTS['exim']}
local_interfaces = 127.0.0.1
tls_advertise_hosts = *
tls_certificate = {home}/cert.pem
tls_privatekey = {home}/key.pem
smtputf8_advertise_hosts = *
dsn_advertise_hosts = *
chunking_advertise_hosts = *
rfc1413_query_timeout = 0s
host_lookup =
keep_environment =
never_users =
message_size_limit = 60M
acl_smtp_rcpt = check_rcpt
begin acl
check_rcpt:
  deny local_parts = no
       message = 5.1.1 No such user here
  accept
begin routers
posthorn:
  driver = manualroute
  domains = posthorn.example
  transport = smtp
  route_list = * 127.0.0.1::{MX}
  self = send
mine:
  driver = accept
  domains = exim.example
  transport = maildir
begin transports
smtp:
  driver = smtp
  hosts_try_chunking = *
  hosts_require_tls = *
  allow_localhost
maildir:
  driver = appendfile
  directory = {home}/mail/bob
  maildir_format
  user = mail
  group = mail
  create_directory
begin retry
* * F,1h,1m
""")
    spawn(overlaid(root, home, f"exec {binary} -C {home}/exim.conf -bdf -q1m"), "exim.log")
    return home / "mail" / "bob"


def start_opensmtpd():
    home = WORK / "opensmtpd"
    root = unpacked("opensmtpd")
    for part in ("mail", "spool/smtpd", "lib/opensmtpd/empty"):
        (home / part).mkdir(parents=True)
    os.chmod(home / "spool" / "smtpd", 0o711)
    for name in ("cert.pem", "key.pem"):
        shutil.copy(WORK / name, home / name)
    os.chmod(home / "key.pem", 0o600)
    shutil.chown(home / "mail", "nobody", "nogroup")
    (home / "smtpd.conf").write_text(f"""pki peer cert "{home}/cert.pem"
pki peer key "{home}/key.pem"
queue ttl 1h
smtp max-message-size 60M
listen on 127.0.0.1 port {PORTS['opensmtpd']} tls pki peer hostname opensmtpd.example
action "posthorn" relay host smtp+tls://127.0.0.1:{MX} tls no-verify
action "keep" maildir "{home}/mail/bob" virtual {{ "@" = nobody }}
match from any rcpt-to "no@opensmtpd.example" reject
match from any for domain "posthorn.example" action "posthorn"
match from any for domain "opensmtpd.example" action "keep"
""")
    spawn(overlaid(root, home, f"""mount -t overlay overlay -olowerdir={root}/usr:/usr /usr &&
        mount -t overlay overlay -olowerdir={home}/lib:/var/lib /var/lib && mount --bind {home}/spool /var/spool &&
        exec /usr/sbin/smtpd -d -f {home}/smtpd.conf"""), "opensmtpd.log")
    return home / "mail" / "bob"


class Message:
    """What is sent: `body` below a header whose first field finds it again."""
    count = 0

    def __init__(self, name, body, header=b"", mail="", rcpt="", to="bob", needs=""):
        Message.count += 1
        self.name, self.mail, self.rcpt, self.to, self.needs = name, mail, rcpt, to, needs
        self.mark = b"X-Mark: next-hops-%d-%d\r\n" % (os.getpid(), Message.count)
        self.header, self.body = header, body
        self.asked_for = f"m{os.getpid()}-{Message.count}.old.example"
        self.rcpt = rcpt.replace("old.example", self.asked_for)

    def bytes(self, sender):
        number = self.mark.split(b"-")[-1].strip().decode()
        return (self.mark + b"Date: Fri, 27 Nov 2026 10:00:00 +0000\r\n"
                + f"Message-ID: <{number}.{os.getpid()}@{sender.split('@')[1]}>\r\nFrom: {sender}\r\n".encode()
                + b"To: undisclosed-recipients:;\r\n" + self.header + b"Subject: " + self.name.encode() + b"\r\n\r\n" + self.body)


MIME = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"


def messages():
    eight = "Grüße aus Köln, \u20ac 5\r\n.\r\n..\r\n.leading\r\ntrailing blanks  \t\r\n\r\n\r\nend\r\n".encode()
    long = b"x" * 998 + b"\r\n" + b"." + b"y" * 997 + b"\r\n" + b"word " * 199 + b"end\r\n"
    return [
        Message("plain", b"Hello\r\n"),
        Message("eight bit", eight, MIME, "BODY=8BITMIME"),
        Message("long lines", long),
        # RFC 5321 allows lines of 998 bytes: others may refuse more, or break them.
        Message("longer than allowed", b"z" * 3000 + b"\r\nend\r\n", needs="lines"),
        Message("international", "Grüße\r\n".encode(), MIME + "X-Name: Grüße\r\n".encode(), "SMTPUTF8 BODY=8BITMIME", to="bücher", needs="SMTPUTF8"),
        Message("report wanted", b"Hello\r\n", b"", "RET=HDRS ENVID=next+2Bhops", "NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Bob+2Bx@old.example", needs="DSN"),
        Message("large", (b".dots\r\n" + b"l" * 76 + b"\r\n") * 60_000),
    ]


def send(port, sender, recipient, message, login=None):
    """The answer to the end of the message, or the refusal before."""
    with smtplib.SMTP("127.0.0.1", port, timeout=60, local_hostname="client.example") as smtp:
        smtp.ehlo()
        if login:
            smtp.starttls(context=INSECURE)
            smtp.ehlo()
            smtp.login(*login)
        missing = [word for word in re.findall("SMTPUTF8|8BITMIME|ENVID", message.mail)
                   if not smtp.has_extn({"ENVID": "DSN"}.get(word, word))]
        if missing:
            return "does not offer " + " ".join(missing)
        code, text = smtp.docmd(f"MAIL FROM:<{sender}> {message.mail}".strip())
        if code != 250:
            return f"{code} {text.decode()}"
        smtp.sock.sendall(f"RCPT TO:<{recipient}> {message.rcpt}".strip().encode() + b"\r\n")
        code, text = smtp.getreply()
        if code != 250:
            return f"{code} {text.decode()}"
        smtp.docmd("DATA")
        stuffed = message.bytes(sender).replace(b"\r\n.", b"\r\n..")
        smtp.sock.sendall(stuffed + b".\r\n")
        code, text = smtp.getreply()
        return "" if code == 250 else f"{code} {text.decode()}"


def encrypts(port):
    """Whether its STARTTLS works at all: that of Debian's OpenSMTPD 6.8 does not (with OpenSSL 3)."""
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=60, local_hostname="client.example") as smtp:
            smtp.starttls(context=INSECURE)
            smtp.ehlo()
            return True
    except (ssl.SSLError, smtplib.SMTPException, OSError):
        return False


def in_maildir(folder, mark):
    for path in glob.glob(f"{folder}/new/*") + glob.glob(f"{folder}/cur/*"):
        content = pathlib.Path(path).read_bytes()
        if mark.strip() in content:
            return content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return None


def in_posthorn(user, mark):
    with imaplib.IMAP4("127.0.0.1", IMAP) as imap:
        imap.starttls(INSECURE)
        imap.authenticate("PLAIN", lambda _: f"\0{user}@posthorn.example\0next-hops 1".encode())
        for box in ("INBOX", "Junk"):
            if imap.select(box, readonly=True)[0] != "OK":
                continue
            _, found = imap.uid("SEARCH", "HEADER", "X-Mark", mark.split(b": ")[1].strip().decode())
            for uid in found[0].split():
                return imap.uid("FETCH", uid, "(BODY.PEEK[])")[1][0][1]
    return None


def report_in_posthorn(words):
    with imaplib.IMAP4("127.0.0.1", IMAP) as imap:
        imap.starttls(INSECURE)
        imap.login("ann@posthorn.example", "next-hops 1")
        imap.select("INBOX", readonly=True)
        for uid in imap.uid("SEARCH", "BODY", words)[1][0].split():
            return imap.uid("FETCH", uid, "(BODY.PEEK[])")[1][0][1]
    return None


def report_in_maildir(folder, words):
    for path in glob.glob(f"{folder}/new/*"):
        content = pathlib.Path(path).read_bytes()
        if words.encode() in content and b"multipart/report" in content:
            return content
    return None


def check(what, ok, note=""):
    print(f"  {'ok  ' if ok else 'FAIL'}  {what}{': ' + note if note else ''}", flush=True)
    if not ok:
        failures.append(what)


def same(direction, message, sent, arrived, wants_tls=True):
    if arrived is None:
        return check(f"{direction} {message.name}", False, "did not arrive")
    at = arrived.find(message.mark)
    got = arrived[at:] if at >= 0 else arrived
    trace = arrived[:max(at, 0)].decode("utf-8", "replace")
    last = re.split(r"(?m)^Received:", trace)[1] if "Received:" in trace else ""
    tls = bool(re.search(r"with (UTF8|utf8)?(E?SMTPS|e?smtps)|TLS", last))
    if got != sent:
        place = next((i for i, (a, b) in enumerate(zip(got, sent)) if a != b), min(len(got), len(sent)))
        note = f"{len(sent)} bytes sent, {len(got)} came, differ at {place}: {sent[place:place + 40]!r} / {got[place:place + 40]!r}"
        return check(f"{direction} {message.name}", message.needs == "lines" and direction.startswith("from"), note)
    check(f"{direction} {message.name}", tls or not wants_tls, "byte for byte, over TLS" if tls else "byte for byte, WITHOUT TLS:" + last.split(";")[0].replace("\r\n\t", " "))


def there(peer, mailbox):
    wants_tls = encrypts(PORTS[peer])
    if not wants_tls:
        print(f"  STARTTLS of {peer} fails for other clients too: it is not asked for")
    for message in messages():
        recipient, sender = f"{message.to}@{peer}.example", "ann@posthorn.example"
        refused = send(SUBMISSION, sender, recipient, message, (sender, "next-hops 1"))
        if refused:
            check(f"to {peer} {message.name}", message.needs == "lines", "Posthorn says " + refused)
            continue
        def arrived():
            return in_maildir(mailbox, message.mark) or report_in_posthorn(message.mark.split(b": ")[1].strip().decode()) is not None and "bounced"
        try:
            found = await_that(message.name, arrived)
        except AssertionError as late:
            check(f"to {peer} {message.name}", False, str(late))
            continue
        if found == "bounced":
            check(f"to {peer} {message.name}", bool(message.needs), "went back to its sender")
        else:
            same(f"to {peer}", message, message.bytes(sender), found, wants_tls)
        if message.needs == "DSN" and found != "bounced":
            try:
                report = await_that("a report", lambda: report_in_posthorn(message.asked_for), 30)
                check(f"report of {peer}", b"delivered" in report.lower(), "names who was asked for first")
            except AssertionError as late:
                # OpenSMTPD takes the request and reports nothing.
                check(f"report of {peer}", peer == "opensmtpd", str(late))


def back(peer, mailbox):
    for message in messages():
        user = "ann" if message.to == "bob" else message.to
        sender, recipient = f"bob@{peer}.example", f"{user}@posthorn.example"
        refused = send(PORTS[peer], sender, recipient, message)
        if refused:
            check(f"from {peer} {message.name}", bool(message.needs), f"{peer} says {refused}")
            continue
        def arrived():
            return in_posthorn(user, message.mark) or report_in_maildir(mailbox, message.mark.decode().split(": ")[1].strip()) and "bounced"
        try:
            found = await_that(message.name, arrived)
        except AssertionError as late:
            check(f"from {peer} {message.name}", False, str(late))
            continue
        if found == "bounced":
            check(f"from {peer} {message.name}", message.needs == "lines", f"{peer} sent it back")
        else:
            same(f"from {peer}", message, message.bytes(sender), found)
        if message.needs == "DSN" and found != "bounced":
            try:
                report = await_that("a report", lambda: report_in_maildir(mailbox, message.asked_for), 30)
                check(f"report to {peer}", b"delivered" in report.lower(), "names who was asked for first")
            except AssertionError as late:
                check(f"report to {peer}", False, str(late))


def main():
    peers = [peer for peer in PORTS if peer in sys.argv[1:] or len(sys.argv) == 1]
    certificate()
    start_posthorn(peers)
    for peer in peers:
        try:
            mailbox = {"postfix": start_postfix, "exim": start_exim, "opensmtpd": start_opensmtpd}[peer]()
        except (OSError, subprocess.CalledProcessError) as missing:
            print(f"{peer} is left out: {getattr(missing, 'stderr', '') or missing}")
            continue
        await_that(peer, lambda: listens(PORTS[peer]))
        print(peer)
        there(peer, mailbox)
        back(peer, mailbox)
    print(f"{len(failures)} failures" if failures else "All as it should be")
    return 1 if failures else 0


def stop():
    if (WORK / "postfix").exists():
        subprocess.run(["postfix", "-c", str(WORK / "postfix" / "etc"), "stop"], capture_output=True)
    for process in reversed(started):
        try:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass
    if os.environ.get("KEEP"):
        print("kept:", WORK)
    else:
        shutil.rmtree(WORK, ignore_errors=True)


if __name__ == "__main__":
    status = 1
    try:
        status = main()
    finally:
        stop()
    sys.exit(status)
