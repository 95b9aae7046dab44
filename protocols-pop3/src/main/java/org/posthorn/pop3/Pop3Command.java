package org.posthorn.pop3;

import java.util.Optional;
import java.util.OptionalInt;

/// Every command, grouped by the state it is allowed in (RFC 1939 §3). Message numbers are as the
/// client sent them, from 0 up; one that does not fit is the highest `int`.
sealed interface Pop3Command {
  sealed interface AnyState extends Pop3Command {}

  sealed interface Authorization extends Pop3Command {}

  sealed interface Transaction extends Pop3Command {}

  /// RFC 2449 §5.
  record Capa() implements AnyState {}

  /// RFC 1939 §4, §6.
  record Quit() implements AnyState {}

  /// RFC 6856 §3; without a range, all languages are asked for.
  record Lang(Optional<String> range) implements AnyState {}

  /// RFC 1939 §7.
  record User(String name) implements Authorization {}

  /// RFC 1939 §7: the password is the rest of the line, with its spaces.
  record Pass(String password) implements Authorization {
    @Override
    public String toString() {
      return "Pass";
    }
  }

  /// RFC 5034 §4; the initial response is in Base64, or `=`.
  record Auth(String mechanism, Optional<String> initialResponse) implements Authorization {
    @Override
    public String toString() {
      return "Auth[" + mechanism + "]";
    }
  }

  /// `AUTH` alone asks for the mechanisms: no RFC has it, old clients do.
  record AuthList() implements Authorization {}

  /// RFC 2595 §4.
  record Stls() implements Authorization {}

  /// RFC 6856 §2.1.
  record Utf8() implements Authorization {}

  /// RFC 1939 §5.
  record Stat() implements Transaction {}

  /// RFC 1939 §5; without a number, all messages.
  record List(OptionalInt number) implements Transaction {}

  /// RFC 1939 §5.
  record Retr(int number) implements Transaction {}

  /// RFC 1939 §5.
  record Dele(int number) implements Transaction {}

  /// RFC 1939 §5.
  record Noop() implements Transaction {}

  /// RFC 1939 §5.
  record Rset() implements Transaction {}

  /// RFC 1939 §7: the header and so many lines of the body.
  record Top(int number, int lines) implements Transaction {}

  /// RFC 1939 §7; without a number, all messages.
  record Uidl(OptionalInt number) implements Transaction {}
}
