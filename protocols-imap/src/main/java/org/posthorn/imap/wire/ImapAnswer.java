package org.posthorn.imap.wire;

import java.io.IOException;
import java.util.Optional;

/// How a command ended, as told to the client in the tagged response (RFC 3501 §7.1). The text is
/// ours: nothing that a client sent, no path and no cause gets into it.
public sealed interface ImapAnswer {
  Optional<ResponseCode> code();

  String text();

  record Ok(Optional<ResponseCode> code, String text) implements ImapAnswer {}

  /// Understood and declined.
  record No(Optional<ResponseCode> code, String text) implements ImapAnswer {}

  /// The client got the grammar or the state wrong.
  record Bad(Optional<ResponseCode> code, String text) implements ImapAnswer {}

  /// The server hangs up: untagged, and the last that is sent.
  record Bye(Optional<ResponseCode> code, String text) implements ImapAnswer {}

  static Ok ok(String text) {
    return new Ok(Optional.empty(), text);
  }

  static Ok ok(ResponseCode code, String text) {
    return new Ok(Optional.of(code), text);
  }

  static No no(String text) {
    return new No(Optional.empty(), text);
  }

  static No no(ResponseCode code, String text) {
    return new No(Optional.of(code), text);
  }

  static Bad bad(String text) {
    return new Bad(Optional.empty(), text);
  }

  static Bad bad(ResponseCode code, String text) {
    return new Bad(Optional.of(code), text);
  }

  static Bye bye(String text) {
    return new Bye(Optional.empty(), text);
  }

  static Bye bye(ResponseCode code, String text) {
    return new Bye(Optional.of(code), text);
  }

  /// Writes it as the end of the command `tag`.
  default void write(String tag, ImapWriter writer) throws IOException {
    switch (this) {
      case Ok _ -> line(tag, " OK ", writer);
      case No _ -> line(tag, " NO ", writer);
      case Bad _ -> line(tag, " BAD ", writer);
      case Bye _ -> line("*", " BYE ", writer);
    }
  }

  private void line(String tag, String word, ImapWriter writer) throws IOException {
    writer.text(tag).text(word);
    code().ifPresent(code -> writer.text("[").text(code.text()).text("] "));
    writer.words(text()).endLine();
  }
}
