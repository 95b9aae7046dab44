package org.posthorn.spool.plugin;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;

/// Runs steps of the server's own to which the operator gave a time limit. Safe for use by many
/// threads.
public final class ShippedHost implements Host {
  private final PluginConfig config;
  private final PluginThreads threads;

  public ShippedHost(PluginConfig config) {
    this.config = config;
    this.threads = new PluginThreads("steps", config.calls(), ShippedHost.class.getClassLoader());
  }

  @Override
  public <T> T make(String what, Callable<T> code) {
    return threads.call(what, config.timeLimit(), code);
  }

  @Override
  public Watch watch(String what, Optional<Duration> limit, InstantSource clock) {
    return new Watch(what, limit.orElse(config.timeLimit()), config, threads, clock);
  }
}
