package org.posthorn.mailet;

/// Makes matchers of one kind; found by `ServiceLoader` in a plugin's jar.
public interface MatcherFactory {
  /// The name in the configuration, such as `SenderIs`.
  String name();

  /// A finished matcher; see [MailetFactory#create].
  Matcher create(Parameters parameters, Services services);
}
