package org.posthorn.storage.directory;

import java.util.Optional;

/// An identity provider that is asked about tokens. Safe for use by many threads.
public interface TokenCheck {
  /// Whose token that is. May wait for the provider.
  Answer check(String token);

  /// The scope that tokens must have.
  Optional<String> scope();

  /// Where clients read how to get a token.
  String discoveryUrl();

  /// What is known of a token.
  sealed interface Answer {
    /// It is good, for this login.
    record Good(String login) implements Answer {}

    /// It is not good here.
    record Bad() implements Answer {}

    /// The provider does not answer.
    record Unknown() implements Answer {}
  }
}
