package org.posthorn.spool.chain;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.Mailet;
import org.posthorn.mailet.MailetFactory;
import org.posthorn.mailet.Matcher;
import org.posthorn.mailet.MatcherFactory;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.ParameterReader;
import org.posthorn.mailet.PluginFactory;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Written;
import org.posthorn.spool.plugin.Fence;
import org.posthorn.spool.plugin.Host;
import org.posthorn.spool.plugin.Plugin;
import org.posthorn.spool.plugin.PluginFailure;
import org.posthorn.spool.plugin.Watch;
import org.posthorn.spool.plugin.WatchedGate;
import org.posthorn.spool.plugin.WatchedMailet;
import org.posthorn.spool.plugin.WatchedMatcher;

/// Makes the mailets, matchers and gates of one step. What plugins make is watched; what ships runs
/// as it is, unless the step has a time limit. Keeps who watches, and what is to be closed in the
/// end. Used by one thread.
final class Pieces {
  private final Services services;
  private final Host shipped;
  private final Optional<Duration> timeLimit;
  private final List<Watch> watches = new ArrayList<>();
  private final List<Runnable> closings = new ArrayList<>();

  Pieces(Services services, Host shipped, Optional<Duration> timeLimit) {
    this.services = services;
    this.shipped = shipped;
    this.timeLimit = timeLimit;
  }

  /// `use` is what is asked of it.
  <P extends Record> Mailet mailet(
      MailetFactory<P> factory, Written written, UnaryOperator<Mailet> use) {
    Mailet made = made("mailet", factory, given -> factory.create(read(factory, written), given));
    Optional<Watch> watch = watch("mailet", factory);
    if (watch.isEmpty()) {
      return use.apply(made);
    }
    Mailet used = use.apply(made);
    boolean repeatable = host(factory).make(name("mailet", factory), used::repeatable);
    return new WatchedMailet(used, repeatable, watch.get());
  }

  <P extends Record> Matcher matcher(MatcherFactory<P> factory, Written written) {
    Matcher made = made("matcher", factory, given -> factory.create(read(factory, written), given));
    return watch("matcher", factory)
        .<Matcher>map(watch -> new WatchedMatcher(made, watch))
        .orElse(made);
  }

  <P extends Record> Gate gate(GateFactory<P> factory, Written written) {
    Gate made = made("gate", factory, given -> factory.create(read(factory, written), given));
    return Plugin.of(factory).isEmpty()
        ? made
        : watch("gate", factory).<Gate>map(watch -> new WatchedGate(made, watch)).orElse(made);
  }

  List<Watch> watches() {
    return List.copyOf(watches);
  }

  List<Runnable> closings() {
    return List.copyOf(closings);
  }

  /// Lets go of what it made, since no chain comes of it.
  void letGo() {
    for (Runnable closing : closings) {
      try {
        closing.run();
      } catch (RuntimeException | Error _) {
        // Why there is no chain is what the operator should read.
      }
    }
  }

  /// Makes something with the services that it is given.
  private interface Making<T> {
    T of(Services services) throws Exception;
  }

  private <T> T made(String kind, PluginFactory<?> factory, Making<T> making) {
    boolean isOurs = Plugin.of(factory).isEmpty();
    T made;
    try {
      made =
          isOurs
              ? making.of(services)
              : host(factory).make(name(kind, factory), () -> making.of(Fence.around(services)));
    } catch (RuntimeException e) {
      throw e instanceof PluginFailure ? new ParameterException("it cannot be made: " + e) : e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    if (made == null) {
      throw new ParameterException("its factory made null");
    }
    if (made instanceof AutoCloseable closeable) {
      closings.add(() -> close(kind, factory, closeable));
    }
    return made;
  }

  private void close(String kind, PluginFactory<?> factory, AutoCloseable made) {
    Callable<Boolean> closing =
        () -> {
          made.close();
          return true;
        };
    var _ = host(factory).make(name(kind, factory), closing);
  }

  private Optional<Watch> watch(String kind, PluginFactory<?> factory) {
    if (Plugin.of(factory).isEmpty() && timeLimit.isEmpty()) {
      return Optional.empty();
    }
    Watch watch = host(factory).watch(name(kind, factory), timeLimit, services.clock());
    watches.add(watch);
    return Optional.of(watch);
  }

  private Host host(PluginFactory<?> factory) {
    return Plugin.of(factory).<Host>map(plugin -> plugin).orElse(shipped);
  }

  private static String name(String kind, PluginFactory<?> factory) {
    String from = Plugin.fileOf(factory);
    return from.equals(Plugin.SHIPPED)
        ? "%s %s".formatted(kind, factory.name())
        : "%s %s of %s".formatted(kind, factory.name(), from);
  }

  private static <P extends Record> P read(PluginFactory<P> factory, Written written) {
    return ParameterReader.read(factory.parameters(), written);
  }
}
