package org.posthorn.storage.story;

import java.time.Instant;
import java.util.Locale;
import java.util.function.Consumer;

/// One thing that happened; `mail` is its id, empty for what never became a mail.
public record StoryEntry(Instant at, String mail, StoryEvent event) {
  /// No address and no id is like this.
  static final String MISSING_KEY = "*missing*";

  /// Whoever looks for this means every entry.
  static final String EVERY_KEY = "*every*";

  /// By which this is found: ids of mails, Message-IDs and addresses, as [#key] writes them.
  void keys(Consumer<String> each) {
    Consumer<String> some =
        key -> {
          if (!key.isEmpty()) {
            each.accept(key(key));
          }
        };
    some.accept(mail);
    event.addresses(some);
    if (event instanceof StoryEvent.Missing) {
      each.accept(MISSING_KEY);
    }
    some.accept(event.messageId());
    if (event instanceof StoryEvent.Accepted accepted) {
      some.accept(accepted.onBehalfOf());
    }
  }

  /// Without brackets around it, whatever the case.
  static String key(String text) {
    String bare =
        text.startsWith("<") && text.endsWith(">") && text.length() > 2
            ? text.substring(1, text.length() - 1)
            : text;
    for (int i = 0; i < bare.length(); i++) {
      char c = bare.charAt(i);
      if ((c >= 'A' && c <= 'Z') || c >= 128) {
        return bare.toLowerCase(Locale.ROOT);
      }
    }
    return bare;
  }
}
