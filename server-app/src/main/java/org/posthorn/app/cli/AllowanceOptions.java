package org.posthorn.app.cli;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// What a user or the users of a domain may keep, as options, and how it is shown.
final class AllowanceOptions {
  private static final String DEFAULT = "default";
  private static final String NONE = "none";
  private static final long NOTHING_SAID = -1;

  @Option(
      names = "--quota",
      paramLabel = "SIZE",
      description = "Room for mail, such as 5GB; none: no limit; default: what else counts.")
  private @Nullable String quota;

  @Option(
      names = "--quota-messages",
      paramLabel = "N",
      description = "How many messages, such as 100000; none: no limit; default: what else counts.")
  private @Nullable String messages;

  void into(Map<String, Object> body) {
    if (quota != null) {
      body.put("quotaBytes", isWord(quota) ? word(quota) : Sizes.bytes(quota));
    }
    if (messages != null) {
      body.put("quotaMessages", isWord(messages) ? word(messages) : number(messages));
    }
  }

  private static boolean isWord(String text) {
    return text.equals(NONE) || text.equals(DEFAULT);
  }

  private static long word(String text) {
    return text.equals(NONE) ? 0 : NOTHING_SAID;
  }

  private static long number(String text) {
    try {
      long number = Long.parseLong(text.replace("_", ""));
      if (number > 0) {
        return number;
      }
    } catch (NumberFormatException _) {
      // Said below.
    }
    throw new CommandFailed(
        ExitCode.USAGE, "\"" + text + "\" is not a number of messages; write for example 100000");
  }

  /// In a table: `5.0 GB`, `none`, or nothing.
  static String quota(JsonNode from) {
    JsonNode bytes = from.path("quotaBytes");
    return bytes.isNumber() ? size(bytes.asLong()) : "";
  }

  static String messages(JsonNode from) {
    JsonNode messages = from.path("quotaMessages");
    return messages.isNumber() ? count(messages.asLong()) : "";
  }

  static String size(long bytes) {
    return bytes == 0 ? NONE : Output.size(bytes);
  }

  static String count(long messages) {
    return messages == 0 ? NONE : Long.toString(messages);
  }
}
