package org.posthorn.app.cli;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.posthorn.app.FileTrouble;
import org.posthorn.app.admin.AdminClient;
import org.posthorn.app.admin.MailExchange;
import org.posthorn.app.transfer.eml.ZipTarget;
import org.posthorn.app.transfer.file.ExportTarget;
import org.posthorn.app.transfer.frame.Frame;
import org.posthorn.app.transfer.frame.FrameReader;
import org.posthorn.app.transfer.intake.Oddities;
import org.posthorn.app.transfer.intake.Oddity;
import org.posthorn.app.transfer.maildir.MaildirTarget;
import org.posthorn.app.transfer.mbox.MboxTarget;
import org.posthorn.message.Counted;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "export",
    description =
        "Write a user's mail to files that other programs read, with folders, flags, keywords and dates.",
    footer = {
      "",
      "Example:  posthorn export maildir ann@example.org /tmp/ann",
      "The exit status is 1 when something was left out; it is listed then."
    })
final class ExportCommand {
  private static final String USER = "LOGIN";
  private static final String USER_TEXT = "The user.";
  private static final String MAILBOX_TEXT = "Only this mailbox. Default: all.";

  @Command(
      name = "maildir",
      description = {
        "Write a Maildir++, as Dovecot, Courier, mutt and others read it.",
        "Repeated into the same directory, it adds what is new and changes flags."
      },
      footer = {"", "Example:  posthorn export maildir ann@example.org /tmp/ann"})
  int maildir(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = USER, description = USER_TEXT) String login,
      @Parameters(paramLabel = "PATH", description = "The directory; it is made.") Path path,
      @Option(names = "--mailbox", paramLabel = "NAME", description = MAILBOX_TEXT)
          @Nullable String mailbox) {
    var oddities = new Oddities();
    return export(options, login, mailbox, oddities, new MaildirTarget(path, oddities));
  }

  @Command(
      name = "mbox",
      description = {
        "Write a directory with an mbox for each mailbox (mboxrd), as mutt, Thunderbird and others read them."
      },
      footer = {"", "Example:  posthorn export mbox ann@example.org /tmp/ann --mailbox INBOX"})
  int mbox(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = USER, description = USER_TEXT) String login,
      @Parameters(paramLabel = "PATH", description = "The directory; it is made.") Path path,
      @Option(names = "--mailbox", paramLabel = "NAME", description = MAILBOX_TEXT)
          @Nullable String mailbox) {
    var oddities = new Oddities();
    return export(options, login, mailbox, oddities, new MboxTarget(path, oddities));
  }

  @Command(
      name = "zip",
      description = {
        "Write a zip with folders of .eml files, and a manifest.json that has flags and dates.",
        "More than 200,000 messages go on in a second file: ann.2.zip."
      },
      footer = {"", "Example:  posthorn export zip ann@example.org ann.zip"})
  int zip(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = USER, description = USER_TEXT) String login,
      @Parameters(paramLabel = "FILE", description = "The zip; it must not be there yet.")
          Path path,
      @Option(names = "--mailbox", paramLabel = "NAME", description = MAILBOX_TEXT)
          @Nullable String mailbox) {
    return export(options, login, mailbox, new Oddities(), new ZipTarget(path));
  }

  private static int export(
      ClientOptions options,
      String login,
      @Nullable String mailbox,
      Oddities oddities,
      ExportTarget target) {
    var report = new TransferReport(options, oddities);
    String path =
        AdminClient.path("users", login, "export")
            + (mailbox == null ? "" : "?mailbox=" + AdminClient.encode(mailbox));
    try (target;
        MailExchange exchange = options.client().mail("GET", path)) {
      var export = new Export(new FrameReader(exchange.answer()), target, oddities, report);
      export.run();
      target.finish();
      Map<String, Object> counts = new LinkedHashMap<>();
      counts.put("exported", export.messages);
      counts.put("bytes", export.bytes);
      return report.end(
          counts,
          "%s exported: %s"
              .formatted(Counted.of(export.messages, "message"), Output.size(export.bytes)));
    } catch (EOFException _) {
      throw new CommandFailed(
          ExitCode.FAILED, "The server went away before all was exported: repeat the command");
    } catch (FileAlreadyExistsException e) {
      throw new CommandFailed(ExitCode.NOT_POSSIBLE, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw new CommandFailed(
          ExitCode.FAILED, "Cannot write the export: " + FileTrouble.unwritten(e));
    }
  }

  /// One run. Used by one thread.
  private static final class Export {
    private final FrameReader frames;
    private final ExportTarget target;
    private final Oddities oddities;
    private final TransferReport report;
    private final Map<Integer, Frame.Folder> folders = new LinkedHashMap<>();
    private final List<String> subscriptions = new ArrayList<>();
    private boolean begun;
    private long messages;
    private long bytes;

    Export(FrameReader frames, ExportTarget target, Oddities oddities, TransferReport report) {
      this.frames = frames;
      this.target = target;
      this.oddities = oddities;
      this.report = report;
    }

    void run() throws IOException {
      boolean more = true;
      while (more) {
        more = take(frames.next());
      }
    }

    private boolean take(Frame frame) throws IOException {
      switch (frame) {
        case Frame.Folder folder -> {
          folders.put(folder.number(), folder);
          report.begins(folder.messages(), folder.bytes());
        }
        case Frame.Subscription(var name) -> subscriptions.add(name);
        case Frame.Message message -> {
          begin();
          write(message);
        }
        case Frame.Problem(var kind, var label) -> oddities.add(Oddity.of(kind), label);
        case Frame.Flagged _, Frame.Removed _, Frame.Mark _ ->
            throw new IOException("the server sent what belongs to an import");
        case Frame.End _ -> {
          begin();
          return false;
        }
      }
      return true;
    }

    private void begin() throws IOException {
      if (!begun) {
        begun = true;
        target.begin(List.copyOf(folders.values()), subscriptions);
      }
    }

    private void write(Frame.Message message) throws IOException {
      Frame.Folder folder = folders.get(message.folder());
      if (folder == null) {
        throw new IOException("the server sent a message of a mailbox that it did not name");
      }
      InputStream contents = frames.contents();
      var counted = new CountedInput(contents);
      try {
        target.message(folder, message, counted);
        contents.transferTo(OutputStream.nullOutputStream());
        messages++;
        bytes += counted.bytes;
      } catch (FrameReader.Abandoned _) {
        // The server names it in the next frame.
      }
      report.done(1, counted.bytes, 0, 0);
    }
  }

  private static final class CountedInput extends java.io.FilterInputStream {
    private long bytes;

    CountedInput(InputStream source) {
      super(source);
    }

    @Override
    public int read() throws IOException {
      int next = in.read();
      bytes += next < 0 ? 0 : 1;
      return next;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int count = in.read(into, offset, length);
      bytes += Math.max(0, count);
      return count;
    }
  }
}
