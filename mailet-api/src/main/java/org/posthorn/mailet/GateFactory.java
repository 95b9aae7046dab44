package org.posthorn.mailet;

/// Makes gates of one kind; found by `ServiceLoader` in a plugin's jar. `P` is the record of its
/// parameters, as for a [MailetFactory]; a [ProcessorName] makes no sense here.
public non-sealed interface GateFactory<P extends Record> extends PluginFactory<P> {
  /// A finished gate; see [MailetFactory#create].
  Gate create(P parameters, Services services);
}
