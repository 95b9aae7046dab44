package org.posthorn.mailet;

/// Makes mailets of one kind; found by `ServiceLoader` in a plugin's jar. `P` is the record of its
/// parameters ([Parameter]); [NoParameters] if it has none.
///
/// ```java
/// public final class Stamp implements MailetFactory<Stamp.Settings> {
///   record Settings(@Parameter("What the stamp says.") String text) {}
///
///   @Override
///   public String name() {
///     return "Stamp";
///   }
///
///   @Override
///   public String summary() {
///     return "Puts a stamp on top of the message.";
///   }
///
///   @Override
///   public Class<Settings> parameters() {
///     return Settings.class;
///   }
///
///   @Override
///   public Mailet create(Settings settings, Services services) {
///     return mail -> new Outcome.Continue(
///         mail.withMessage(mail.message().withHeader("X-Stamp", settings.text())));
///   }
/// }
/// ```
public non-sealed interface MailetFactory<P extends Record> extends PluginFactory<P> {
  /// A finished mailet. Throws [ParameterException] for parameters that make no sense together, and
  /// then the server does not start with it.
  Mailet create(P parameters, Services services);
}
