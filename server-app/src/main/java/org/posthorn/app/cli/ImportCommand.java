package org.posthorn.app.cli;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.transfer.eml.EmlSource;
import org.posthorn.app.transfer.imap.ImapIntake;
import org.posthorn.app.transfer.imap.ImapServerAddress;
import org.posthorn.app.transfer.intake.Intake;
import org.posthorn.app.transfer.intake.MailSource;
import org.posthorn.app.transfer.intake.Oddities;
import org.posthorn.app.transfer.maildir.MaildirSource;
import org.posthorn.app.transfer.mbox.MboxSource;
import org.posthorn.app.transfer.mbox.MboxVariant;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "import",
    description = {
      "Take mail from elsewhere into a user's account: flags, keywords, dates and folders are kept.",
      "What was imported is known: repeat the command after an interruption, or as often as you like; nothing is there twice."
    },
    footer = {
      "",
      "Example:  posthorn import maildir /home/ann/Maildir --user ann@example.org",
      "The exit status is 1 when something was left out; it is listed then."
    })
final class ImportCommand {
  private static final String PATH = "PATH";

  @Command(
      name = "maildir",
      description = {
        "Import a Maildir with all its folders, as Dovecot, Courier and others keep it.",
        "Repeated, it also takes over flags that changed since."
      },
      footer = {
        "",
        "Examples:  posthorn import maildir /var/mail/vhosts/example.org/ann \\",
        "               --user ann@example.org",
        "           posthorn import maildir old --user ann@example.org --into Old \\",
        "               --dry-run"
      })
  int maildir(
      @Mixin ClientOptions options,
      @Mixin ImportOptions wanted,
      @Parameters(paramLabel = PATH, description = "The directory that has cur, new and tmp.")
          Path path,
      @Option(
              names = "--layout",
              paramLabel = "LAYOUT",
              defaultValue = "AUTO",
              description = {
                "How folders lie: maildirpp (.Work.2026 beside cur), fs (Work/2026), or auto: by what is there.",
                "Default: auto"
              })
          MaildirSource.Layout layout) {
    var oddities = new Oddities();
    return wanted.run(
        options,
        oddities,
        (receiver, choice, report) -> {
          try (MailSource source = new MaildirSource(there(path), layout, oddities)) {
            new Intake(source, receiver, oddities, choice, report).run();
          }
        });
  }

  @Command(
      name = "mbox",
      description = {
        "Import an mbox, or a directory with mboxes: of mutt, Dovecot, Thunderbird, Apple Mail, Gmail's Takeout."
      },
      footer = {
        "",
        "Examples:  posthorn import mbox /var/mail/ann --user ann@example.org",
        "           posthorn import mbox \\",
        "               ~/.thunderbird/x.default/ImapMail/mail.example.org \\",
        "               --user ann@example.org",
        "           posthorn import mbox list.mbox --user ann@example.org \\",
        "               --into Lists/old"
      })
  int mbox(
      @Mixin ClientOptions options,
      @Mixin ImportOptions wanted,
      @Parameters(paramLabel = PATH, description = "The file, or the directory.") Path path,
      @Option(
              names = "--variant",
              paramLabel = "VARIANT",
              defaultValue = "MBOXRD",
              description = {
                "What was done to lines that begin with \"From \": mboxrd, mboxo, or mboxcl2 (nothing).",
                "A right Content-Length is believed in any case. Default: mboxrd"
              })
          MboxVariant variant) {
    var oddities = new Oddities();
    boolean inbox =
        wanted.into().isPresent()
            || wanted.login().startsWith(path.toAbsolutePath().getFileName() + "@");
    return wanted.run(
        options,
        oddities,
        (receiver, choice, report) -> {
          try (MailSource source = new MboxSource(there(path), variant, inbox, oddities)) {
            new Intake(source, receiver, oddities, choice, report).run();
          }
        });
  }

  @Command(
      name = "eml",
      description = {
        "Import a message from a file, or all .eml files of a directory or a zip, with its folders.",
        "A zip that  posthorn export zip  wrote has flags and dates too."
      },
      footer = {
        "",
        "Examples:  posthorn import eml saved --user ann@example.org",
        "           posthorn import eml ann.zip --user ann@example.org"
      })
  int eml(
      @Mixin ClientOptions options,
      @Mixin ImportOptions wanted,
      @Parameters(paramLabel = PATH, description = "The file, the directory or the zip.")
          Path path) {
    var oddities = new Oddities();
    return wanted.run(
        options,
        oddities,
        (receiver, choice, report) -> {
          there(path);
          if (!path.toString().toLowerCase(Locale.ROOT).endsWith(".zip")) {
            try (var source = new EmlSource(path, oddities)) {
              new Intake(source, receiver, oddities, choice, report).run();
            }
            return;
          }
          try (FileSystem zip = FileSystems.newFileSystem(path);
              var source = new EmlSource(zip.getPath("/"), oddities)) {
            new Intake(source, receiver, oddities, choice, report).run();
          }
        });
  }

  @Command(
      name = "imap",
      description = {
        "Take a whole account from another server by IMAP.",
        "Repeat it until the switch: new messages come, and flags that changed there change here.",
        "Name the server the same way each time: --from and --login are part of what messages are known by."
      },
      footer = {
        "",
        "Examples:  posthorn import imap --from mail.old.example --login ann \\",
        "               --password-file old.txt --user ann@example.org",
        "           posthorn import imap --from localhost --plain-on-loopback \\",
        "               --login ann --user ann@example.org --delete"
      })
  int imap(
      @Mixin ClientOptions options,
      @Mixin ImportOptions wanted,
      @Mixin PasswordOptions password,
      @Option(
              names = "--from",
              required = true,
              paramLabel = "HOST[:PORT]",
              description = "The server. Default port: 993; without TLS at first: 143.")
          String from,
      @Option(
              names = "--login",
              required = true,
              paramLabel = "LOGIN",
              description = "Who to log in as there.")
          String login,
      @Option(
              names = "--connections",
              paramLabel = "N",
              defaultValue = "3",
              description = "Connections at a time, 1 to 20. Default: 3")
          int connections,
      @ArgGroup @Nullable Security security,
      @Option(
              names = "--insecure",
              description = "Take any certificate: then who sits on the line can read along.")
          boolean insecure,
      @Option(
              names = "--delete",
              description = {
                "Remove messages here that were imported and are gone there now.",
                "Mailboxes that are gone there stay, and are named."
              })
          boolean delete,
      @Option(
              names = "--shared",
              description =
                  "Take mailboxes of other users too that this one may see there, and shared ones.")
          boolean shared) {
    if (connections < 1 || connections > 20) {
      throw new CommandFailed(ExitCode.USAGE, "--connections is 1 to 20");
    }
    ImapServerAddress address;
    try {
      address =
          ImapServerAddress.parse(
              from,
              security == null ? ImapServerAddress.Security.TLS : security.chosen(),
              insecure);
    } catch (IllegalArgumentException e) {
      throw new CommandFailed(ExitCode.USAGE, String.valueOf(e.getMessage()));
    }
    var account =
        new ImapIntake.From(address, login, password.read(login), connections, delete, shared);
    var oddities = new Oddities();
    return wanted.run(
        options,
        oddities,
        (receiver, choice, report) ->
            new ImapIntake(account, receiver, oddities, choice, report).run());
  }

  /// How the connection to another server is protected; TLS from its beginning when nobody says.
  static final class Security {
    @Option(names = "--tls", description = "TLS from the beginning. This is the default.")
    private boolean tls;

    @Option(names = "--starttls", description = "TLS after STARTTLS.")
    private boolean startTls;

    @Option(
        names = "--plain-on-loopback",
        description = "No TLS: only for a server on this machine.")
    private boolean plain;

    ImapServerAddress.Security chosen() {
      if (plain) {
        return ImapServerAddress.Security.PLAIN;
      }
      return startTls && !tls
          ? ImapServerAddress.Security.STARTTLS
          : ImapServerAddress.Security.TLS;
    }
  }

  private static Path there(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new CommandFailed(ExitCode.NOT_POSSIBLE, "There is no " + path);
    }
    if (!Files.isReadable(path)) {
      throw new IOException("You may not read " + path + ": run this as a user who may");
    }
    return path;
  }
}
