package org.posthorn.app.bench;

import picocli.CommandLine.Command;

@Command(
    name = "bench",
    description = {
      "Measure a mail server: this one or any other, with the same drivers.",
      "The server must have the users already; they receive, hold and lose mail."
    },
    subcommands = {SmtpInCommand.class, ImapCommand.class, Pop3Command.class, IdleCommand.class},
    footer = {
      "",
      "Example:  posthorn bench smtp-in --smtp-port 2525 --imap-port 2143 --password-file pw.txt \\",
      "              --connections 20 --messages 5000 --size 10240 --pid 4711"
    })
public final class BenchCommand {}
