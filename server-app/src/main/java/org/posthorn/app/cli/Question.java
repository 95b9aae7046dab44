package org.posthorn.app.cli;

import java.io.Console;
import java.util.Locale;
import java.util.Optional;

/// Asks before something is lost.
final class Question {
  private Question() {}

  /// False also when there is nobody to ask.
  static boolean agreed(String question) {
    return console()
        .map(console -> console.readLine("%s", question))
        .filter(answer -> answer.strip().toLowerCase(Locale.ROOT).startsWith("y"))
        .isPresent();
  }

  /// Where to ask, if somebody sits there.
  static Optional<Console> console() {
    return Optional.ofNullable(System.console()).filter(Console::isTerminal);
  }
}
