package org.posthorn.app.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.posthorn.app.FileTrouble;
import org.posthorn.app.StoppedServer;
import org.posthorn.message.Counted;
import org.posthorn.storage.system.Folders;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "key",
    description = "The master key of mail that is encrypted on the disk.",
    footer = {
      "",
      "Examples:  posthorn key create /etc/posthorn/master.key",
      "           posthorn key rotate --new-key-file /etc/posthorn/master-2.key"
    })
final class KeyCommand {
  private static final int KEY_BYTES = 32;
  private static final int TOLD_EVERY = 100;
  private static final String SETTING = "storage.encryption.master-key-file";

  @Command(
      name = "create",
      description = {
        "Make a new master key in a file that only you can read. A file that is there is never written over.",
        "Keep a copy of it in another place: without it the mail is lost."
      },
      footer = {"", "Example:  posthorn key create /etc/posthorn/master.key"})
  int create(
      @Mixin ClientOptions options,
      @Parameters(paramLabel = "FILE", description = "The new file.") Path file) {
    Path at = file.toAbsolutePath().normalize();
    try {
      write(at);
    } catch (FileAlreadyExistsException _) {
      throw new CommandFailed(
          ExitCode.NOT_POSSIBLE, at + " is there already, and may be in use: name a new file");
    } catch (IOException e) {
      throw new CommandFailed(ExitCode.FAILED, "Cannot write the key: " + FileTrouble.unwritten(e));
    }
    options.done(
        options.mapper().valueToTree(Map.of("file", at.toString())),
        """
        A new master key is in %s. Keep a copy of it in another place.
        To encrypt the mail that comes in from now on, let the user that runs Posthorn read it, put this into posthorn.yaml, and restart:
          storage:
            encryption:
              master-key-file: %s
        Where mail is encrypted with another key already, that one is replaced first, with the server stopped:
          posthorn key rotate --new-key-file %s\
        """
            .formatted(at, at, at));
    return ExitCode.OK;
  }

  @Command(
      name = "rotate",
      description = {
        "Replace the master key by another one. The messages are not written anew: only the keys of accounts are, which takes seconds.",
        "The server must not run. May be interrupted and repeated; until it is done both files are needed.",
        "Copies of the data directory from before need the old file for ever."
      },
      footer = {
        "",
        "Example:  posthorn key create /etc/posthorn/master-2.key",
        "          posthorn key rotate --new-key-file /etc/posthorn/master-2.key"
      })
  int rotate(
      @Mixin ClientOptions options,
      @Mixin ConfigOptions config,
      @Option(
              names = "--new-key-file",
              required = true,
              paramLabel = "FILE",
              description = "The file with the new master key, made with  posthorn key create.")
          Path file) {
    Path at = file.toAbsolutePath().normalize();
    if (!Files.exists(at)) {
      throw new CommandFailed(
          ExitCode.NOT_POSSIBLE, "There is no %s: make it with  posthorn key create".formatted(at));
    }
    Output out = options.output();
    try {
      long wrapped =
          StoppedServer.rotateKey(
              options.data(),
              config.source(options.data()),
              at,
              accounts -> {
                if (!options.json() && accounts % TOLD_EVERY == 0) {
                  out.progress(Counted.of(accounts, "account"));
                }
              });
      out.endProgress();
      options.done(
          options.mapper().valueToTree(Map.of("file", at.toString(), "accountKeys", wrapped)),
          """
          The %s of %s %s wrapped with the new master key.
          Before you start the server, change this line of the configuration (%s):
            master-key-file: %s\
          """
              .formatted(
                  Counted.noun(wrapped, "key"),
                  Counted.of(wrapped, "account"),
                  wrapped == 1 ? "is" : "are",
                  SETTING,
                  at));
      return ExitCode.OK;
    } catch (IOException e) {
      out.endProgress();
      throw new CommandFailed(ExitCode.FAILED, String.valueOf(e.getMessage()));
    }
  }

  /// All of it or nothing: half a key would keep the whole one from being written to that place.
  static void write(Path file) throws IOException {
    byte[] key = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(key);
    byte[] line =
        (Base64.getEncoder().encodeToString(key) + "\n").getBytes(StandardCharsets.US_ASCII);
    FileChannel made =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    boolean whole = false;
    try (FileChannel channel = made) {
      ByteBuffer bytes = ByteBuffer.wrap(line);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
      whole = true;
    } finally {
      if (!whole) {
        Files.delete(file);
      }
    }
    Folders.sync(Objects.requireNonNull(file.getParent()));
  }
}
