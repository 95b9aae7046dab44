package org.posthorn.message.mime;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// How much more of a message's header values a structure may keep, in bytes of its stored form.
/// What does not fit is left out: a hostile message gets a poorer structure, not a larger one.
final class Budget {
  private int leftBytes;

  Budget(int bytes) {
    leftBytes = bytes;
  }

  boolean take(int bytes) {
    if (bytes > leftBytes) {
      return false;
    }
    leftBytes -= bytes;
    return true;
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
      if (take(cost(name) + cost(value))) {
        kept.put(name, value);
      }
    });
    return kept;
  }

  /// Of one line for each field.
  List<Envelope.Address> keepAddresses(@Nullable String field) {
    if (field == null) {
      return List.of();
    }
    List<Envelope.Address> all =
        Stream.of(field.split("\n", -1)).flatMap(line -> AddressList.parse(line).stream()).toList();
    int count = 0;
    for (Envelope.Address address : all) {
      if (!take(cost(address))) {
        break;
      }
      count++;
    }
    return all.subList(0, count);
  }

  private static int cost(Envelope.Address address) {
    return 1
        + cost(address.name())
        + cost(address.route())
        + cost(address.mailbox())
        + cost(address.host());
  }

  private static int cost(Optional<String> text) {
    return text.map(Budget::cost).orElse(0);
  }

  /// At least what [StructureCodec] writes for it.
  private static int cost(String text) {
    int bytes = 3;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
    }
    return bytes;
  }
}
