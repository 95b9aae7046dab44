package org.posthorn.message.mime;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How much more a structure may keep of a message, in bytes of memory, about; its stored form is
/// smaller. What does not fit is left out: a hostile message gets a poorer structure, not a larger
/// one.
final class Budget {
  /// For parts and what is said of them: four hundred attachments with names, two thousand parts
  /// that say nothing. Strangers decide how much of it is used, in each message that is coming in.
  static final int PARTS_BYTES = 320 << 10;

  /// For envelopes: a thousand addresses with names. A list of recipients takes no room from the
  /// parts.
  static final int ENVELOPES_BYTES = 192 << 10;

  /// No text of a part takes more: the longest field, each byte of it two in UTF-8.
  private static final int PART_TEXT_MAX = 40_000;

  private static final int PART = 160;
  private static final int DISPOSITION = 40;
  private static final int ADDRESS = 32;
  private static final int ENTRY = 48;
  private static final int TEXT = 56;

  private int leftBytes;

  Budget(int bytes) {
    leftBytes = bytes;
  }

  /// Whether a scan that gave this had room for all parts and for what is said of them.
  static boolean hadRoomFor(Part root) {
    return cost(root) < PARTS_BYTES - PART_TEXT_MAX;
  }

  boolean takePart() {
    return take(PART);
  }

  boolean takeType(String type, String subtype) {
    return take(cost(type) + cost(subtype));
  }

  Optional<String> keep(@Nullable String text) {
    return text != null && take(cost(text)) ? Optional.of(text) : Optional.empty();
  }

  List<String> keep(List<String> texts) {
    List<String> kept = new ArrayList<>();
    for (String text : texts) {
      if (take(cost(text))) {
        kept.add(text);
      }
    }
    return kept;
  }

  Map<String, String> keep(Map<String, String> texts) {
    if (texts.isEmpty()) {
      return texts;
    }
    Map<String, String> kept = new LinkedHashMap<>();
    texts.forEach((name, value) -> {
      if (take(cost(name, value))) {
        kept.put(name, value);
      }
    });
    return kept;
  }

  Optional<Part.Disposition> keep(ParameterizedValue disposition, String kind) {
    return take(DISPOSITION + cost(kind))
        ? Optional.of(new Part.Disposition(kind, keep(disposition.parameters())))
        : Optional.empty();
  }

  /// Of one line for each field. A group in which they end is closed.
  List<Envelope.Address> keepAddresses(@Nullable String field) {
    if (field == null) {
      return List.of();
    }
    List<Envelope.Address> kept = new ArrayList<>();
    for (String line : field.split("\n", -1)) {
      boolean inGroup = false;
      for (Envelope.Address address : AddressList.parse(line)) {
        if (!take(cost(address))) {
          if (inGroup) {
            kept.add(AddressList.END_OF_GROUP);
          }
          return kept;
        }
        kept.add(address);
        inGroup = address.host().isEmpty() ? address.mailbox().isPresent() : inGroup;
      }
    }
    return kept;
  }

  private boolean take(int bytes) {
    if (bytes > leftBytes) {
      return false;
    }
    leftBytes -= bytes;
    return true;
  }

  private static long cost(Part part) {
    long sum = PART;
    sum += cost(part.type()) + cost(part.subtype()) + cost(part.parameters());
    if (part.disposition().isPresent()) {
      Part.Disposition disposition = part.disposition().get();
      sum += DISPOSITION + cost(disposition.kind()) + cost(disposition.parameters());
    }
    sum += cost(part.encoding()) + cost(part.id()) + cost(part.description());
    sum += cost(part.md5()) + cost(part.location());
    for (String language : part.languages()) {
      sum += cost(language);
    }
    for (Part child : part.children()) {
      sum += cost(child);
    }
    return sum;
  }

  private static int cost(Map<String, String> texts) {
    int sum = 0;
    for (Map.Entry<String, String> entry : texts.entrySet()) {
      sum += cost(entry.getKey(), entry.getValue());
    }
    return sum;
  }

  private static int cost(String name, String value) {
    return ENTRY + cost(name) + cost(value);
  }

  private static int cost(Envelope.Address address) {
    return ADDRESS
        + cost(address.name())
        + cost(address.route())
        + cost(address.mailbox())
        + cost(address.host());
  }

  private static int cost(Optional<String> text) {
    return text.map(Budget::cost).orElse(0);
  }

  /// Never less than [StructureCodec] writes for it. In memory a text takes two bytes for each
  /// character where one of them is beyond Latin.
  private static int cost(String text) {
    int stored = 0;
    boolean wide = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      stored += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
      wide |= c > 0xFF;
    }
    return TEXT + (wide ? Math.max(stored, 2 * text.length()) : stored);
  }
}
