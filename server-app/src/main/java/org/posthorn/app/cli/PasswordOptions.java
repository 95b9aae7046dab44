package org.posthorn.app.cli;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where a password comes from. Never an argument: those are seen by everybody on the machine and
/// kept by shells.
final class PasswordOptions {
  /// Some editors begin a file with it; nobody types it.
  private static final String BYTE_ORDER_MARK = "\ufeff";

  @Option(
      names = "--password-stdin",
      description = "Read the password from standard input, its first line.")
  private boolean fromStandardInput;

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description = "Read the password from the first line of a file.")
  private @Nullable Path file;

  String read(String login) {
    String password = line(login);
    if (password.isEmpty()) {
      throw new CommandFailed(ExitCode.USAGE, "The password is empty; nothing was changed");
    }
    return password;
  }

  private String line(String login) {
    if (fromStandardInput && file != null) {
      throw new CommandFailed(ExitCode.USAGE, "Give --password-stdin or --password-file, not both");
    }
    try {
      if (file != null) {
        try (BufferedReader reader = Files.newBufferedReader(file)) {
          return firstLine(reader);
        }
      }
      if (fromStandardInput) {
        return firstLine(
            new BufferedReader(
                new InputStreamReader(System.in, StandardCharsets.UTF_8.newDecoder())));
      }
    } catch (CharacterCodingException _) {
      throw new CommandFailed(
          ExitCode.FAILED,
          "The password is not UTF-8; nothing was changed. Convert it first, for example with  iconv -f latin1 -t utf-8");
    } catch (IOException e) {
      throw CommandFailed.unread("the password", file == null ? Path.of("/dev/stdin") : file, e);
    }
    return prompt(login);
  }

  private static String firstLine(BufferedReader reader) throws IOException {
    String line = reader.readLine();
    return line == null ? "" : line.startsWith(BYTE_ORDER_MARK) ? line.substring(1) : line;
  }

  private static String prompt(String login) {
    Console console =
        Question.console()
            .orElseThrow(() ->
                new CommandFailed(
                    ExitCode.USAGE,
                    "There is no terminal to ask for a password on: pipe it in with --password-stdin, or name a file with --password-file"));
    char[] first = console.readPassword("Password for %s: ", login);
    char[] second = console.readPassword("The same again: ");
    if (first == null || !Arrays.equals(first, second)) {
      throw new CommandFailed(
          ExitCode.USAGE, "The two passwords differ; nothing was changed. Try again");
    }
    return new String(first);
  }
}
