package org.posthorn.mailet;

/// What the server asks of every factory of a plugin. `P` is the record of what an operator can say
/// ([Parameter]); [NoParameters] if there is nothing to say.
public sealed interface PluginFactory<P extends Record>
    permits MailetFactory, MatcherFactory, GateFactory {
  /// The name in the configuration, such as `AddHeader`.
  String name();

  /// What it does or chooses, in one sentence, for who looks for something.
  String summary();

  /// The record's class; it may be private to the package.
  Class<P> parameters();
}
