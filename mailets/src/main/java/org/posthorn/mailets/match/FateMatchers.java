package org.posthorn.mailets.match;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.Recipient;

/// Matchers that look at what became of a recipient and at what the sender wants to hear of it.
final class FateMatchers {
  private FateMatchers() {}

  static List<MatcherFactory<?>> all() {
    return List.of(recipientFailed(), wantsNotice());
  }

  enum Kind {
    ANY,
    PERMANENT,
    TEMPORARY
  }

  record Failed(
      @Parameter(
              value =
                  "Of which kind: permanent (the status begins with 5), temporary (with 4: it was"
                      + " tried until time was up) or any.",
              otherwise = "any",
              example = "permanent")
          Kind kind,
      @Parameter(value = "How the status (RFC 3463) begins: 5, 5.1 or 5.1.1.", example = "5.1")
          Optional<String> status,
      @Parameter(value = "The code that the other server answered.", min = 400, max = 599)
          Optional<Integer> code) {
    Failed {
      if (status.filter(text -> !text.matches("[245](\\.\\d{1,3}){0,2}")).isPresent()) {
        throw new ParameterException(
            "parameter 'status' is '%s', but should be such as 5, 5.1 or 5.1.1"
                .formatted(status.orElseThrow()));
      }
    }
  }

  /// Recipients that cannot be reached, in the processor `bounces`: `RecipientFailed`,
  /// `RecipientFailed(permanent)`, `RecipientFailed(any, 5.1)` or `RecipientFailed(code=552)`.
  private static MatcherFactory<?> recipientFailed() {
    return Shipped.ofRecipients(
        "RecipientFailed",
        "Recipients that cannot be reached, by the kind of failure.",
        Failed.class,
        settings -> {
          Predicate<Recipient.Failure> fits = fits(settings);
          return recipient -> recipient.failure().filter(fits).isPresent();
        });
  }

  private static Predicate<Recipient.Failure> fits(Failed settings) {
    return failure ->
        isOf(settings.kind, failure.status())
            && settings.status.map(part -> startsWith(failure.status(), part)).orElse(true)
            && settings.code.map(code -> answered(failure, code)).orElse(true);
  }

  private static boolean isOf(Kind kind, String status) {
    return switch (kind) {
      case ANY -> true;
      case PERMANENT -> status.startsWith("5");
      case TEMPORARY -> status.startsWith("4");
    };
  }

  private static boolean startsWith(String status, String part) {
    return status.equals(part) || status.startsWith(part + ".");
  }

  private static boolean answered(Recipient.Failure failure, int code) {
    return failure.remote().isPresent() && failure.text().startsWith(String.valueOf(code));
  }

  record Notice(@Parameter(value = "Of what.", example = "success") Recipient.Notify of) {}

  /// Recipients of whose success, failure or delay the sender wants to hear (RFC 3461):
  /// `WantsNotice(success)`. Who asked for nothing wants to hear of failure and delay.
  private static MatcherFactory<?> wantsNotice() {
    return Shipped.ofRecipients(
        "WantsNotice",
        "Recipients of whose success, failure or delay the sender wants to hear.",
        Notice.class,
        settings -> recipient -> recipient.wants(settings.of));
  }
}
