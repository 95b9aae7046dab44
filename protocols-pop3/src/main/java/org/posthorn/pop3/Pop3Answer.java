package org.posthorn.pop3;

import java.io.IOException;
import java.util.Optional;
import org.posthorn.net.WireOutput;

/// What a command is answered (RFC 1939 §3, RFC 2449 §3, §8).
sealed interface Pop3Answer {
  /// Why a command failed, for programs.
  enum Code {
    /// The maildrop is open in another session (RFC 2449 §8.1.2).
    IN_USE("IN-USE"),
    /// Too soon after the last login (RFC 2449 §8.1.1).
    LOGIN_DELAY("LOGIN-DELAY"),
    /// Name or password is wrong (RFC 3206 §3).
    AUTH("AUTH"),
    /// Trouble that will pass (RFC 3206 §3).
    SYS_TEMP("SYS/TEMP"),
    /// Trouble that somebody has to look at (RFC 3206 §3).
    SYS_PERM("SYS/PERM");

    private final String text;

    Code(String text) {
      this.text = text;
    }
  }

  /// Lines after the first, dot-stuffed, each with CRLF, without the last one.
  interface Body {
    void writeTo(WireOutput output) throws IOException;
  }

  record Ok(String text) implements Pop3Answer {}

  record Err(Optional<Code> code, String text) implements Pop3Answer {}

  record Multiline(String text, Body body) implements Pop3Answer {}

  static Err err(String text) {
    return new Err(Optional.empty(), text);
  }

  static Err err(Code code, String text) {
    return new Err(Optional.of(code), text);
  }

  default void writeTo(WireOutput output) throws IOException {
    switch (this) {
      case Ok(var text) -> output.write("+OK " + text + "\r\n");
      case Err(var code, var text) ->
          output.write("-ERR " + code.map(c -> "[" + c.text + "] ").orElse("") + text + "\r\n");
      case Multiline(var text, var body) -> {
        output.write("+OK " + text + "\r\n");
        body.writeTo(output);
        output.write(".\r\n");
      }
    }
  }
}
