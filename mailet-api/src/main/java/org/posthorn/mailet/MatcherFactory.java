package org.posthorn.mailet;

/// Makes matchers of one kind; found by `ServiceLoader` in a plugin's jar. `P` is the record of its
/// parameters, as for a [MailetFactory].
public interface MatcherFactory<P extends Record> {
  /// The name in the configuration, such as `SenderIs`.
  String name();

  /// Which recipients it chooses, in one sentence.
  String summary();

  Class<P> parameters();

  /// A finished matcher; see [MailetFactory#create].
  Matcher create(P parameters, Services services);
}
