package org.posthorn.mailet;

/// Makes matchers of one kind; found by `ServiceLoader` in a plugin's jar. `P` is the record of its
/// parameters, as for a [MailetFactory].
public non-sealed interface MatcherFactory<P extends Record> extends PluginFactory<P> {
  /// A finished matcher; see [MailetFactory#create].
  Matcher create(P parameters, Services services);
}
