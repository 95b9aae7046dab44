package org.posthorn.app.transfer.file;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.posthorn.imap.wire.MailboxNameText;

/// Names of mailboxes as names of files. Maildir++ writes IMAP's modified UTF-7 and separates
/// levels by dots; a dot within a level, which it cannot have, is written in its shifted form. What
/// is too long for a file is cut, and ends with a mark of the whole name.
public final class DiskNames {
  private static final String DOT = "&AC4-";

  /// File systems take 255: what formats add to a name has its room too.
  private static final int NAME_MAX_BYTES = 230;

  private static final int MARK_BYTES = 8;
  private static final Pattern DOTS = Pattern.compile(Pattern.quote(DOT));

  private DiskNames() {}

  /// `Work.2026`: its levels.
  public static List<String> maildirLevels(String name) {
    var levels = new ArrayList<String>();
    for (String level : name.split("\\.", -1)) {
      levels.add(decoded(level));
    }
    return levels;
  }

  /// `Work/2026`: as Maildir++ writes it, without the first dot.
  public static String maildir(String name) {
    return fitting(
        name,
        whole ->
            Stream.of(whole.split("/", -1))
                .map(DiskNames::encoded)
                .collect(Collectors.joining(".")));
  }

  /// One level as it is.
  public static String level(String name) {
    return fitting(name, UnaryOperator.identity());
  }

  /// As `written` writes the name, or as much of its beginning as there is room for.
  private static String fitting(String name, UnaryOperator<String> written) {
    String whole = written.apply(name);
    if (isFitting(whole)) {
      return whole;
    }
    String mark = "~" + mark(name);
    int end = Math.min(name.length(), NAME_MAX_BYTES);
    String cut = written.apply(name.substring(0, end) + mark);
    while (!isFitting(cut)) {
      end = name.offsetByCodePoints(end, -1);
      cut = written.apply(name.substring(0, end) + mark);
    }
    return cut;
  }

  private static boolean isFitting(String name) {
    return name.getBytes(StandardCharsets.UTF_8).length <= NAME_MAX_BYTES;
  }

  /// Two long names that begin alike have two marks.
  private static String mark(String name) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, MARK_BYTES);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /// A level out of modified UTF-7; one that is not in it stays.
  public static String decoded(String level) {
    return Stream.of(DOTS.split(level, -1))
        .map(part -> MailboxNameText.decode(part).orElse(part))
        .collect(Collectors.joining("."));
  }

  private static String encoded(String level) {
    return Stream.of(level.split("\\.", -1))
        .map(MailboxNameText::encode)
        .collect(Collectors.joining(DOT));
  }
}
