"""A milter made with Debian's python3-milter (libmilter) that changes all that can be changed.

Usage: rewriting_milter.py SOCKET. What it does to a mail, its field X-Do says: words of
header, body, rcpt, from, quarantine, reject, tempfail, discard, progress, continue, everything.
"""

import sys

import Milter


connections = 0


class Rewriting(Milter.Base):
    @Milter.symlist("j", "{client_addr}")
    def connect(self, name, family, address):
        global connections
        connections += 1
        self.number = connections
        return Milter.CONTINUE

    @Milter.noreply
    def hello(self, name):
        self.name = name
        return Milter.CONTINUE

    def envfrom(self, sender, *parameters):
        self.sender = sender
        self.asked = list(parameters)
        self.login = self.getsymval("{auth_authen}") or "-"
        self.queue = self.getsymval("i")
        self.recipients = []
        self.words = []
        self.size = 0
        return Milter.CONTINUE

    def envrcpt(self, recipient, *parameters):
        if recipient.lower() == "<refused@example.org>":
            self.setreply("550", "5.1.1", "Not here,", "100%% sure")
            return Milter.REJECT
        self.recipients.append(recipient)
        self.asked += parameters
        return Milter.CONTINUE

    @Milter.noreply
    def header(self, name, value):
        if name.lower() == "x-do":
            self.words = value.split()
        return Milter.CONTINUE

    def eoh(self):
        return Milter.CONTINUE

    def body(self, chunk):
        self.size += len(chunk)
        return Milter.CONTINUE if self.wants("all") else Milter.SKIP

    def wants(self, word):
        return word in self.words or "everything" in self.words

    def eom(self):
        if self.wants("progress"):
            for _ in range(20):
                self.progress()
        if self.wants("header"):
            self.addheader("X-Added", "last\n\tfolded")
            self.addheader("X-Inserted", "first", 0)
            self.chgheader("Subject", 1, "changed")
            self.chgheader("X-Do", 1, None)
            self.addheader("X-Heard", "%d %s %s %s %s %s" % (
                self.number, self.name, self.sender, ",".join(self.recipients), self.login, self.queue))
            self.addheader("X-Asked", " ".join(self.asked) or "nothing")
        if self.wants("body"):
            self.replacebody(b"a new body\r\n" + b"0123456789abcdef" * 8192 + b"\r\nits end\r\n")
        if self.wants("rcpt"):
            self.addrcpt("<carl@example.org>")
            self.addrcpt("<dora@example.org>", "NOTIFY=NEVER")
            self.delrcpt("<bob@example.org>")
        if self.wants("from"):
            self.chgfrom("<changed@example.net>")
        if self.wants("quarantine"):
            self.quarantine("looks odd")
        for word, verdict in (("reject", Milter.REJECT), ("tempfail", Milter.TEMPFAIL),
                              ("discard", Milter.DISCARD)):
            if word in self.words:
                return verdict
        return Milter.CONTINUE if "continue" in self.words else Milter.ACCEPT


Milter.factory = Rewriting
Milter.set_flags(Milter.ADDHDRS + Milter.CHGHDRS + Milter.CHGBODY + Milter.ADDRCPT +
                 Milter.DELRCPT + Milter.QUARANTINE + Milter.CHGFROM + Milter.ADDRCPT_PAR +
                 Milter.SETSYMLIST)
Milter.runmilter("rewriting", sys.argv[1], 30)
