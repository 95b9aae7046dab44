package org.posthorn.imap.session;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Capabilities that some clients or users are not shown, nor can enable.
public record HideRule(
    /// Which programs, by the name and version that they tell with ID, such as `OldMail 1.*`: `*`
    /// stands for any text, case does not matter. All, when it is not said.
    Optional<String> client,
    /// Whose logins, such as `ann@example.org` or `*@example.org`. All, when it is not said.
    Optional<String> login,
    /// What is hidden, such as `CONDSTORE`, as CAPABILITY names it.
    List<String> capabilities) {
  private static final Pattern STARS = Pattern.compile("\\*+");

  public HideRule {
    capabilities = capabilities.stream().map(name -> name.toUpperCase(Locale.ROOT)).toList();
    if (capabilities.isEmpty()) {
      throw new IllegalArgumentException("imap.hide: a rule without capabilities hides nothing");
    }
    if (client.isEmpty() && login.isEmpty()) {
      throw new IllegalArgumentException("imap.hide: a rule needs a client or a login");
    }
  }

  /// What is hidden from a client, in upper case. Empty texts are not known yet.
  static Set<String> hidden(List<HideRule> rules, String client, String login) {
    return rules.stream()
        .filter(rule -> matches(rule.client, client) && matches(rule.login, login))
        .flatMap(rule -> rule.capabilities.stream())
        .collect(Collectors.toUnmodifiableSet());
  }

  private static boolean matches(Optional<String> pattern, String text) {
    return pattern.isEmpty() || (!text.isEmpty() && matches(pattern.get(), text));
  }

  private static boolean matches(String pattern, String text) {
    String regex =
        STARS.splitAsStream(pattern + " ").map(Pattern::quote).collect(Collectors.joining(".*"));
    return Pattern.compile(regex, Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE)
        .matcher(text + " ")
        .matches();
  }
}
