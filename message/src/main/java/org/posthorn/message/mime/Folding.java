package org.posthorn.message.mime;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Makes a structure smaller, a little at a time: first the deepest parts are closed, then the
/// later half of the root's parts becomes part of the one before, then texts and lists are cut.
final class Folding {
  private static final int TEXT_MAX = 256;
  private static final int LIST_MAX = 16;

  private Folding() {}

  static MessageStructure smaller(MessageStructure structure) {
    Part root = structure.root();
    int depth = depth(root);
    Part folded;
    if (depth > 1) {
      folded = closedBelow(root, depth - 1);
    } else if (root.children().size() > 1) {
      folded = root.withChildren(firstHalf(root.children()));
    } else {
      return poorest(structure);
    }
    return new MessageStructure(
        structure.sizeBytes(),
        folded,
        structure.preview(),
        structure.hasAttachment(),
        structure.references());
  }

  private static int depth(Part part) {
    int deepest = 0;
    for (Part child : part.children()) {
      deepest = Math.max(deepest, depth(child) + 1);
    }
    return deepest;
  }

  private static Part closedBelow(Part part, int levels) {
    if (levels == 0) {
      return part.withChildren(List.of());
    }
    List<Part> children = new ArrayList<>(part.children().size());
    for (Part child : part.children()) {
      children.add(closedBelow(child, levels - 1));
    }
    return part.withChildren(children);
  }

  private static List<Part> firstHalf(List<Part> children) {
    List<Part> kept = new ArrayList<>(children.subList(0, children.size() / 2));
    kept.add(kept.removeLast().withBodyEnd(children.getLast().bodyEnd()));
    return kept;
  }

  private static MessageStructure poorest(MessageStructure structure) {
    Part root = structure.root();
    Part small =
        new Part(
            root.headerStart(),
            root.bodyStart(),
            root.bodyEnd(),
            root.bodyLines(),
            cut(root.type()),
            cut(root.subtype()),
            cut(root.parameters()),
            root.id().map(Folding::cut),
            root.description().map(Folding::cut),
            root.encoding().map(Folding::cut),
            root.md5().map(Folding::cut),
            root.disposition().map(d -> new Part.Disposition(cut(d.kind()), cut(d.parameters()))),
            cut(root.languages()),
            root.location().map(Folding::cut),
            root.envelope().map(Folding::cut),
            List.of());
    return new MessageStructure(
        structure.sizeBytes(),
        small,
        cut(structure.preview()),
        structure.hasAttachment(),
        cut(structure.references()));
  }

  private static Envelope cut(Envelope envelope) {
    return new Envelope(
        envelope.date().map(Folding::cut),
        envelope.subject().map(Folding::cut),
        cutAddresses(envelope.from()),
        cutAddresses(envelope.sender()),
        cutAddresses(envelope.replyTo()),
        cutAddresses(envelope.to()),
        cutAddresses(envelope.cc()),
        cutAddresses(envelope.bcc()),
        envelope.inReplyTo().map(Folding::cut),
        envelope.messageId().map(Folding::cut));
  }

  private static String cut(String text) {
    return text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX);
  }

  private static List<String> cut(List<String> texts) {
    return texts.stream().limit(LIST_MAX).map(Folding::cut).toList();
  }

  private static Map<String, String> cut(Map<String, String> texts) {
    Map<String, String> kept = new LinkedHashMap<>();
    texts.entrySet().stream()
        .limit(LIST_MAX)
        .forEach(entry -> kept.put(cut(entry.getKey()), cut(entry.getValue())));
    return kept;
  }

  private static List<Envelope.Address> cutAddresses(List<Envelope.Address> addresses) {
    return addresses.stream()
        .limit(LIST_MAX / 4)
        .map(a ->
            new Envelope.Address(
                a.name().map(Folding::cut),
                Optional.empty(),
                a.mailbox().map(Folding::cut),
                a.host().map(Folding::cut)))
        .toList();
  }
}
