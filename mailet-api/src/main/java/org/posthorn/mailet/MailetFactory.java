package org.posthorn.mailet;

/// Makes mailets of one kind; found by `ServiceLoader` in a plugin's jar.
public interface MailetFactory {
  /// The name in the configuration, such as `AddHeader`.
  String name();

  /// A finished mailet. Throws [ParameterException] for parameters that make no sense, and then the
  /// server does not start; parameters that were not read are an error too.
  Mailet create(Parameters parameters, Services services);
}
