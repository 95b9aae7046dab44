package org.posthorn.mailets.gate;

import java.util.List;
import java.util.stream.Collectors;
import org.posthorn.mailet.Verdict;

/// What a milter says to a step.
sealed interface MilterAnswer {
  /// Nothing against it.
  record Continue() implements MilterAnswer {}

  /// Wants to hear no more: of this connection, or of this mail.
  record Accept() implements MilterAnswer {}

  /// The client hears that all is well, and nobody gets it.
  record Discard() implements MilterAnswer {}

  /// What the client is told.
  record Refusal(Verdict verdict) implements MilterAnswer {}

  MilterAnswer REJECT = new Refusal(Verdict.refuse("The mail is not wanted", "milter: reject"));
  MilterAnswer TEMPFAIL = new Refusal(Verdict.defer("Please try again later", "milter: tempfail"));
  MilterAnswer SHUT_DOWN =
      new Refusal(
          new Verdict.Defer(421, "4.7.0", "Please try again later", "milter: connection failure"));

  /// Such as `550 5.7.1 Go away`, also in several lines; a percent sign comes twice.
  static MilterAnswer reply(String text) {
    List<String> lines = text.replace("%%", "%").lines().filter(line -> !line.isBlank()).toList();
    String first = lines.isEmpty() ? "" : lines.getFirst();
    if (!first.matches("[45]\\d\\d([ -].*)?")) {
      return TEMPFAIL;
    }
    int code = Integer.parseInt(first.substring(0, 3));
    char kind = first.charAt(0);
    boolean hasStatus = first.matches("...[ -]" + kind + "\\.\\d{1,3}\\.\\d{1,3}( .*)?");
    String status = hasStatus ? first.substring(4).split(" ", 2)[0] : kind + ".7.1";
    String said =
        lines.stream()
            .map(line -> line.replaceFirst("^\\d{3}[ -]?([45]\\.\\d{1,3}\\.\\d{1,3})? ?", ""))
            .collect(Collectors.joining(" "));
    return new Refusal(
        kind == '5'
            ? new Verdict.Refuse(code, status, said, "milter: " + first)
            : new Verdict.Defer(code, status, said, "milter: " + first));
  }
}
