package org.posthorn.message.report;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// Words that an answer is known by, in lower case, and what it then means.
record KnownWords(Pattern words, KnownRefusal refusal) {
  private static final int TEXT_MAX = 1_000;

  static KnownWords known(String words, String meaning, String forSender, String forAdministrator) {
    return new KnownWords(
        Pattern.compile(words), new KnownRefusal(meaning, forSender, forAdministrator));
  }

  /// What is meant by the first of them that fit. Takes time in proportion to the answer's length,
  /// of which only the beginning counts.
  static Optional<KnownRefusal> first(List<KnownWords> entries, String answer) {
    String text = answer.substring(0, Math.min(answer.length(), TEXT_MAX)).toLowerCase(Locale.ROOT);
    return entries.stream()
        .filter(entry -> entry.words.matcher(text).find())
        .map(KnownWords::refusal)
        .findFirst();
  }
}
