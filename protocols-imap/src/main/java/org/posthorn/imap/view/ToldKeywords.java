package org.posthorn.imap.view;

import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.storage.account.Flags;
import org.posthorn.storage.account.MailboxView;
import org.posthorn.storage.account.Rights;
import org.posthorn.storage.account.Rights.Right;

/// The keywords that messages of the selected mailbox have had, of which the client hears before a
/// message is told to have one (RFC 3501 §7.2.6). Used by one thread at a time.
final class ToldKeywords {
  private static final String SYSTEM_FLAGS = "\\Answered \\Flagged \\Deleted \\Seen \\Draft";

  /// As they were first spelled.
  private final Set<String> keywords = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

  /// Whether there is a new one among them, which the client is to be told.
  boolean note(Flags flags) {
    boolean isNew = false;
    for (String keyword : flags.keywords()) {
      isNew |= keywords.add(keyword);
    }
    return isNew;
  }

  /// The same for all messages from an index on.
  boolean noteFrom(int first, MailboxView view) {
    boolean isNew = false;
    for (int i = first; i < view.size(); i++) {
      isNew |= note(view.flags(i));
    }
    return isNew;
  }

  /// With such rights as the client has to change flags.
  void tell(Rights rights, ImapWriter writer) throws IOException {
    String more = keywords.isEmpty() ? "" : " " + String.join(" ", keywords);
    writer.text("* FLAGS (").text(SYSTEM_FLAGS + more).raw(')').endLine();
    writer.text("* OK [PERMANENTFLAGS (").text(permanent(rights, more));
    writer.text(")] ").words("Flags that are kept").endLine();
  }

  private static String permanent(Rights rights, String keywords) {
    return Stream.of(
            rights.has(Right.WRITE) ? "\\Answered \\Flagged" : "",
            rights.has(Right.DELETE) ? "\\Deleted" : "",
            rights.has(Right.SEEN) ? "\\Seen" : "",
            rights.has(Right.WRITE) ? "\\Draft" + keywords + " \\*" : "")
        .filter(flags -> !flags.isEmpty())
        .collect(Collectors.joining(" "));
  }
}
