package org.posthorn.app.transfer.maildir;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The name of a file in a Maildir: `1732690000.M1P2.host,S=500:2,FSa`. `unique` is what never
/// changes, `letters` the flags behind `:2,`.
record MaildirName(String unique, String letters) {
  /// A file that is this much younger than its name says was copied without its time.
  private static final long COPIED_MILLIS = 60_000;

  private static final long SECONDS_MAX = 1L << 40;

  static MaildirName parse(String name) {
    int info = name.lastIndexOf("2,");
    boolean separated = info > 0 && ":;!-".indexOf(name.charAt(info - 1)) >= 0;
    return separated
        ? new MaildirName(name.substring(0, info - 1), name.substring(info + 2))
        : new MaildirName(name.endsWith(":") ? name.substring(0, name.length() - 1) : name, "");
  }

  /// The time in the name, seconds since 1970; 0 where it has none.
  static long seconds(String name) {
    long seconds = 0;
    int i = 0;
    while (i < name.length() && Character.digit(name.charAt(i), 10) >= 0) {
      seconds = Math.min(SECONDS_MAX, seconds * 10 + Character.digit(name.charAt(i), 10));
      i++;
    }
    return i >= 8 && i < name.length() && name.charAt(i) == '.' && seconds < SECONDS_MAX
        ? seconds
        : 0;
  }

  /// Flags as IMAP names them; `unknown` runs for a letter that `keywords` do not have.
  List<String> flags(Map<Character, String> keywords, Runnable unknown) {
    var flags = new ArrayList<String>();
    for (int i = 0; i < letters.length(); i++) {
      char letter = letters.charAt(i);
      switch (letter) {
        case 'S' -> flags.add("\\Seen");
        case 'R' -> flags.add("\\Answered");
        case 'F' -> flags.add("\\Flagged");
        case 'T' -> flags.add("\\Deleted");
        case 'D' -> flags.add("\\Draft");
        case 'P' -> flags.add("$Forwarded");
        default -> {
          String keyword = keywords.get(letter);
          if (keyword != null) {
            flags.add(keyword);
          } else if (letter >= 'a' && letter <= 'z') {
            unknown.run();
          }
        }
      }
    }
    return flags;
  }

  /// When the message came: the file's time, as Dovecot has it; where the file is younger than its
  /// name, it was copied, and the name is right.
  long internalMillis(long fileMillis) {
    long named = seconds(unique) * 1_000;
    return named > 0 && fileMillis > named + COPIED_MILLIS ? named : fileMillis;
  }
}
