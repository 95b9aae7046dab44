package org.posthorn.mailet;

/// Makes gates of one kind; found by `ServiceLoader` in a plugin's jar.
public interface GateFactory {
  /// The name in the configuration, such as `DnsList`.
  String name();

  /// A finished gate; see [MailetFactory#create]. [Parameters#processor] makes no sense here.
  Gate create(Parameters parameters, Services services);
}
