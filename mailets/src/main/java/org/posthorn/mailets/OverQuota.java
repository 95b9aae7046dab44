package org.posthorn.mailets;

import java.util.Locale;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Parameters;
import org.posthorn.mailet.Recipient;

/// What becomes of mail for a full mailbox: `over-quota: bounce` (if nothing is said) or `retry`.
enum OverQuota {
  BOUNCE,
  RETRY;

  static final String RETRY_REASON = "the mailbox is full";

  static OverQuota of(Parameters parameters) {
    String word = parameters.optionalText("over-quota").orElse("bounce");
    return switch (word.toLowerCase(Locale.ROOT)) {
      case "bounce" -> BOUNCE;
      case "retry" -> RETRY;
      default ->
          throw new ParameterException(
              "parameter 'over-quota' is '" + word + "', but should be bounce or retry");
    };
  }

  void apply(Recipient recipient, Fates fates) {
    switch (this) {
      case BOUNCE -> fates.failed(recipient, "5.2.2", "The mailbox is full");
      case RETRY -> fates.later(recipient);
    }
  }
}
