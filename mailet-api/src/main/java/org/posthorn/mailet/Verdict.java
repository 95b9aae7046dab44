package org.posthorn.mailet;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.posthorn.message.HeaderField;

/// What a gate thinks. `reason` is for the log and for the mail's attributes, where the operator
/// finds it; `text` is what the client is told: one line, ASCII, nothing that helps a spammer. What
/// is not printable ASCII in it is replaced.
///
/// ```java
/// return Verdict.pass();
/// return Verdict.tag("acme.score", "7", "seven points").withHeader("X-Score", "7");
/// return Verdict.refuse("We do not want this", "score 12 of 10");
/// return Verdict.defer("Please come again", "the service is down");
/// return new Verdict.Refuse(552, "5.3.4", "Too large", "60 MB");
/// ```
public sealed interface Verdict {
  /// Nothing to say against it.
  record Pass() implements Verdict {}

  /// Goes on, with notes for the chain: `attributes` of the mail, named as `vendor.thing`, and
  /// `headers` that are put on top of the message, the first on top of all; a value is unfolded
  /// text. Notes about a connection count for all its mails. At the content there is no later
  /// chance to see them but in the chain.
  record Tag(Map<String, String> attributes, List<HeaderField> headers, String reason)
      implements Verdict {
    public Tag {
      requireNonNull(reason, "reason");
      attributes = Map.copyOf(attributes);
      headers = List.copyOf(headers);
    }

    /// With one note more, in place of one of that name.
    public Tag withAttribute(String name, String value) {
      var more = new HashMap<>(attributes);
      more.put(name, value);
      return new Tag(more, headers, reason);
    }

    /// With one field more, below the others.
    public Tag withHeader(String name, String value) {
      var more = new ArrayList<>(headers);
      more.add(new HeaderField(name, value));
      return new Tag(attributes, more, reason);
    }
  }

  /// Wanted: no other gate is asked as long as what was judged lasts. A connection or its greeting:
  /// until it ends; a sender: this mail; a recipient: this one; a content: this mail.
  record Accept(String reason) implements Verdict {
    public Accept {
      requireNonNull(reason, "reason");
    }
  }

  /// Goes on as another, only of a content: the sender, the recipients and the attributes of
  /// `mail`, and `message`, are what the next gates see and what becomes ours. Make them of what
  /// the gate was given ([IncomingMail#withSender], [Message#withBytes] and the like). Without
  /// recipients the client hears that all is well, and nobody gets anything.
  record Change(IncomingMail mail, Message message, String reason) implements Verdict {
    public Change {
      requireNonNull(mail, "mail");
      requireNonNull(message, "message");
      requireNonNull(reason, "reason");
    }
  }

  /// Not wanted, ever. `code` is 500 to 599; `status` an enhanced status code that begins with 5
  /// (RFC 3463). A refused connection is closed.
  record Refuse(int code, String status, String text, String reason) implements Verdict {
    public Refuse {
      check(code, status, '5');
      requireNonNull(text, "text");
      requireNonNull(reason, "reason");
    }
  }

  /// Not now: the client should come again. `code` is 400 to 499, where 421 ends the connection;
  /// `status` begins with 4.
  record Defer(int code, String status, String text, String reason) implements Verdict {
    public Defer {
      check(code, status, '4');
      requireNonNull(text, "text");
      requireNonNull(reason, "reason");
    }
  }

  static Verdict pass() {
    return new Pass();
  }

  static Tag tag(String attribute, String value, String reason) {
    return new Tag(Map.of(attribute, value), List.of(), reason);
  }

  static Verdict accept(String reason) {
    return new Accept(reason);
  }

  /// Of a content: the client hears that all is well, and nobody gets it.
  static Verdict discard(IncomingMail mail, Message message, String reason) {
    return new Change(mail.withRecipients(List.of()), message, reason);
  }

  /// For reasons of policy.
  static Verdict refuse(String text, String reason) {
    return new Refuse(550, "5.7.1", text, reason);
  }

  /// For reasons of policy.
  static Verdict defer(String text, String reason) {
    return new Defer(451, "4.7.1", text, reason);
  }

  private static void check(int code, String status, char kind) {
    if (code / 100 != kind - '0' || !status.matches(kind + "\\.\\d{1,3}\\.\\d{1,3}")) {
      throw new IllegalArgumentException(
          "A reply such as %1$c50 %1$c.7.1 is expected, not %2$d %3$s"
              .formatted(kind, code, status));
    }
  }
}
