package org.posthorn.app.transfer.file;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.posthorn.imap.wire.MailboxNameText;

/// Names of mailboxes as names of files. Maildir++ writes IMAP's modified UTF-7 and separates
/// levels by dots; a dot within a level, which it cannot have, is written in its shifted form.
public final class DiskNames {
  private static final String DOT = "&AC4-";
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
    return Stream.of(name.split("/", -1)).map(DiskNames::encoded).collect(Collectors.joining("."));
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
