package org.posthorn.mailets.content;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.posthorn.message.mime.Envelope;
import org.posthorn.message.mime.Part;

/// Whether the structure of a message says everything about its parts. It has a budget, so of a
/// message with very many addresses or parts something may be left out of it; then it is no ground
/// for changing the message.
final class Whole {
  private static final int COST_MAX = 36_000;
  private static final int DEPTH_MAX = 90;
  private static final int PART = 64;

  private Whole() {}

  static boolean is(Part root) {
    return isShallow(root, 0) && cost(root) < COST_MAX;
  }

  private static boolean isShallow(Part part, int depth) {
    return depth < DEPTH_MAX
        && part.children().stream().allMatch(child -> isShallow(child, depth + 1));
  }

  /// What the budget was charged for it, or a little more.
  private static long cost(Part part) {
    return PART
        + bytes(part.type())
        + bytes(part.subtype())
        + bytes(part.parameters())
        + part.disposition().map(d -> bytes(d.kind()) + bytes(d.parameters())).orElse(0L)
        + bytes(part.id())
        + bytes(part.description())
        + bytes(part.encoding())
        + bytes(part.md5())
        + bytes(part.location())
        + part.languages().stream().mapToLong(Whole::bytes).sum()
        + part.envelope().map(Whole::cost).orElse(0L)
        + part.children().stream().mapToLong(Whole::cost).sum();
  }

  private static long cost(Envelope envelope) {
    return bytes(envelope.date())
        + bytes(envelope.subject())
        + bytes(envelope.inReplyTo())
        + bytes(envelope.messageId())
        + Stream.of(
                envelope.from(),
                envelope.sender(),
                envelope.replyTo(),
                envelope.to(),
                envelope.cc(),
                envelope.bcc())
            .flatMap(List::stream)
            .mapToLong(Whole::cost)
            .sum();
  }

  private static long cost(Envelope.Address address) {
    return 1
        + bytes(address.name())
        + bytes(address.route())
        + bytes(address.mailbox())
        + bytes(address.host());
  }

  private static long bytes(Map<String, String> texts) {
    return texts.entrySet().stream()
        .mapToLong(each -> bytes(each.getKey()) + bytes(each.getValue()))
        .sum();
  }

  private static long bytes(Optional<String> text) {
    return text.map(Whole::bytes).orElse(0L);
  }

  private static long bytes(String text) {
    return 3L + text.getBytes(StandardCharsets.UTF_8).length;
  }
}
