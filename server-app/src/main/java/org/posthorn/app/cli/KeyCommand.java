package org.posthorn.app.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
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
      throw CommandFailed.stopped(e);
    }
  }

  /// All of it or nothing, also when this program is killed: half a key would keep the whole one
  /// from being written to that place. What is left of one beside it is nobody's key.
  static void write(Path file) throws IOException {
    var random = new SecureRandom();
    byte[] key = new byte[KEY_BYTES];
    random.nextBytes(key);
    byte[] line =
        (Base64.getEncoder().encodeToString(key) + "\n").getBytes(StandardCharsets.US_ASCII);
    // No other one that makes a key there at the same time writes this one.
    Path part =
        file.resolveSibling(".%s.%08x.part".formatted(file.getFileName(), random.nextInt()));
    try {
      FileChannel made;
      try {
        made =
            FileChannel.open(
                part,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      } catch (NoSuchFileException _) {
        throw new NoSuchFileException(file.toString());
      } catch (AccessDeniedException _) {
        throw new AccessDeniedException(file.toString());
      }
      try (FileChannel channel = made) {
        ByteBuffer bytes = ByteBuffer.wrap(line);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      name(part, file);
    } finally {
      Files.deleteIfExists(part);
    }
    Folders.sync(Objects.requireNonNull(file.getParent()));
  }

  /// Unlike a move, a second name never takes the place of a file that is there.
  private static void name(Path part, Path file) throws IOException {
    try {
      Files.createLink(file, part);
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (UnsupportedOperationException | FileSystemException _) {
      // Not every file system knows files with two names.
      Files.move(part, file);
    }
  }
}
