package org.posthorn.message.report;

import java.util.Optional;

/// What an enhanced status code (RFC 3463) means to the person who wrote the mail, and what there
/// is to do.
record PlainWords(String cause, String advice) {
  private static final String ASK_OTHERWISE = "Ask the recipient in another way, such as by phone.";
  private static final String SEND_LATER = "Send it again later.";
  private static final String ASK_POSTMASTER =
      "If it should be taken, write to the postmaster of this mail system: answer this report.";

  static PlainWords of(RecipientReport report) {
    return switch (report.action()) {
      case DELIVERED -> new PlainWords("It was delivered.", "");
      case RELAYED ->
          new PlainWords(
              "It was handed to the next server, which does not send reports of its own.", "");
      case DELAYED ->
          new PlainWords(
              known(report).map(KnownRefusal::meaning).orElseGet(() -> cause(report)), "");
      case FAILED ->
          known(report)
              .map(PlainWords::meaningOf)
              .orElseGet(() -> new PlainWords(cause(report), advice(report)));
    };
  }

  /// Words of our own about no server need no interpretation.
  private static Optional<KnownRefusal> known(RecipientReport report) {
    return report.remote().isEmpty() ? Optional.empty() : KnownRefusal.in(report.answer());
  }

  private static PlainWords meaningOf(KnownRefusal known) {
    return new PlainWords(
        known.meaning(), known.forSender().isEmpty() ? SEND_LATER : known.forSender());
  }

  /// The class (4 or 5) does not change what went wrong, only for how long.
  private static String cause(RecipientReport report) {
    String status = report.status();
    boolean ours = report.remote().isEmpty();
    return switch (status.substring(2)) {
      case "1.1", "1.0", "1.6" -> "There is no such address.";
      case "1.2", "4.4" -> "The part after the @ is not a domain that can be found.";
      case "1.3" -> "The address is not written correctly.";
      case "1.7", "1.8" -> "Your own address was not accepted.";
      case "1.10" -> "The domain does not accept any mail.";
      case "2.1" -> "The mailbox is closed.";
      case "2.2" -> "The mailbox is full.";
      case "2.3", "3.4" -> "The message is too large.";
      case "3.1" -> ours ? "This mail system has no room." : "The other server has no room.";
      case "4.1", "4.2" ->
          ours ? "The other server could not be reached." : "The other server did not accept it.";
      case "4.3" -> "The address of the other server could not be found out.";
      case "4.6" -> "The message went round in a circle.";
      case "4.7" -> "The other server did not take it in all the time that was allowed.";
      case "6.3" -> "The other server cannot handle the letters of this message.";
      case "6.7", "6.9" -> "The other server cannot handle international addresses.";
      case "7.10", "7.30" -> "It was to travel encrypted only, and that was not possible.";
      default ->
          switch (status.charAt(2)) {
            case '1' -> "The address was not accepted.";
            case '2' -> "The mailbox did not accept it.";
            case '3' -> ours ? "This mail system has trouble." : "The other server has trouble.";
            case '4' -> "It could not be brought to the other server.";
            case '5' -> "The two servers did not understand each other.";
            case '6' -> "The content of the message was not accepted.";
            case '7' ->
                ours
                    ? "This mail system does not take it, by its own rules."
                    : "The other server refused it by its rules.";
            default -> ours ? "It was given up." : "The other server did not accept it.";
          };
    };
  }

  private static String advice(RecipientReport report) {
    return switch (report.status().substring(2)) {
      case "1.0", "1.1", "1.2", "1.3", "1.6", "1.10", "4.4" ->
          "Check the address for mistakes and send it again.";
      case "2.2" -> SEND_LATER + " " + ASK_OTHERWISE;
      case "2.1" -> ASK_OTHERWISE;
      case "2.3", "3.4" ->
          "Send it in smaller parts, or put large files where they can be fetched.";
      case "3.1", "4.1", "4.2", "4.3", "4.7" -> SEND_LATER + " " + ASK_OTHERWISE;
      case "4.6" -> "Tell your administrator: this is a mistake in how servers are set up.";
      case "6.7", "6.9" ->
          "Use an address of the recipient in plain ASCII letters, if there is one.";
      default -> {
        if (report.remote().isEmpty() && report.status().charAt(2) == '7') {
          yield ASK_POSTMASTER;
        }
        yield report.remote().isEmpty() || !RecipientReport.isReply(report.answer())
            ? "Ask your administrator if you want to know more."
            : "Read what the other server said; if that does not help, show it to your administrator.";
      }
    };
  }
}
