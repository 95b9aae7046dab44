package org.posthorn.mailet;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The parameters of one step in the configuration, taken as they are read: what nobody took is an
/// error at start-up. Each method throws [ParameterException] when the value does not fit, naming
/// the parameter.
///
/// What a matcher is given without a name, as in `HasHeader(X-Spam, yes)`, fills its parameters in
/// the order in which the factory reads them; [#texts] takes all that is left.
public interface Parameters {
  String text(String name);

  Optional<String> optionalText(String name);

  /// A list, or a single value as a list of one; empty when absent.
  List<String> texts(String name);

  boolean flag(String name, boolean otherwise);

  int number(String name, int otherwise, int min, int max);

  /// Such as `50MB`; K, M, G are powers of 1024.
  long bytes(String name, long otherwise);

  /// Such as `30m`, `5d`.
  Duration duration(String name, Duration otherwise);

  /// The name of a processor of the same chain.
  String processor(String name);

  /// The same, where it may be left out.
  Optional<String> optionalProcessor(String name);

  /// A block of names and texts, in the order of the file.
  Map<String, String> map(String name);
}
