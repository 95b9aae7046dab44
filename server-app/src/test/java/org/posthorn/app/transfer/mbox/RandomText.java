package org.posthorn.app.transfer.mbox;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Text that mbox and Maildir readers stumble over.
final class RandomText {
  private static final List<String> LINES =
      List.of(
          "",
          "From ",
          "From ann Fri Nov 27 07:33:07 2026",
          ">From here",
          ">>From there",
          ">",
          "> From",
          "Fro",
          ">Fro",
          "Content-Length: 12",
          "Subject: again",
          " folded",
          "Status: RO",
          "caf\u00e9",
          "x".repeat(3_000));
  private static final List<String> FLAGS =
      List.of(
          "\\Seen",
          "\\Answered",
          "\\Flagged",
          "\\Deleted",
          "\\Draft",
          "$Forwarded",
          "work",
          "$label1");

  private RandomText() {}

  /// A body, behind the empty line that ends a header.
  static String lines(Random random, int most) {
    var text = new StringBuilder("\n");
    int count = random.nextInt(most);
    for (int i = 0; i < count; i++) {
      text.append(LINES.get(random.nextInt(LINES.size()))).append('\n');
    }
    return text.toString();
  }

  static List<String> flags(Random random) {
    var flags = new ArrayList<String>();
    for (String flag : FLAGS) {
      if (random.nextInt(3) == 0) {
        flags.add(flag);
      }
    }
    return flags;
  }

  static String rubbish(Random random) {
    var text = new StringBuilder();
    int count = random.nextInt(40);
    for (int i = 0; i < count; i++) {
      switch (random.nextInt(4)) {
        case 0 -> text.append((char) random.nextInt(256));
        case 1 -> text.append("\r\n\r\r\n".charAt(random.nextInt(5)));
        case 2 -> text.append("From ");
        default -> text.append(LINES.get(random.nextInt(LINES.size())));
      }
      if (random.nextInt(2) == 0) {
        text.append('\n');
      }
    }
    return text.toString();
  }
}
