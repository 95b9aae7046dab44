package org.posthorn.spool.plugin;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;

/// Where watched code runs: in a plugin's own threads, or in those for what ships.
public sealed interface Host permits Plugin, ShippedHost {
  /// Runs code that makes or closes something, within a time limit. Throws [PluginFailure], and
  /// [org.posthorn.mailet.ParameterException] as it is.
  <T> T make(String what, Callable<T> code);

  /// Watches over something, such as `mailet Greet of hello.jar`.
  Watch watch(String what, Optional<Duration> limit, InstantSource clock);
}
