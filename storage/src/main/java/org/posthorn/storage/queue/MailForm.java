package org.posthorn.storage.queue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.posthorn.message.ContentId;
import org.posthorn.message.MailAddress;

/// One form of a mail: the chain may change it for some recipients and not for others, and each
/// recipient names the form that it gets. Form 0 is the mail as it came.
///
/// The message is `prefix` (header lines with CRLF) and then the bytes of `content` without `cuts`,
/// which are ascending and do not overlap.
public record MailForm(
    int number,
    Optional<MailAddress> sender,
    ContentId content,
    String prefix,
    List<Cut> cuts,
    Map<String, String> attributes) {
  /// Bytes from `start` (inclusive) to `end` (exclusive).
  public record Cut(long start, long end) {
    public Cut {
      if (start < 0 || end <= start) {
        throw new IllegalArgumentException("Not a range of bytes: " + start + " to " + end);
      }
    }
  }

  public MailForm {
    cuts = List.copyOf(cuts);
    attributes = Map.copyOf(attributes);
    for (int i = 1; i < cuts.size(); i++) {
      if (cuts.get(i).start() < cuts.get(i - 1).end()) {
        throw new IllegalArgumentException("Cuts overlap or are out of order: " + cuts);
      }
    }
  }

  public MailForm numbered(int other) {
    return new MailForm(other, sender, content, prefix, cuts, attributes);
  }
}
