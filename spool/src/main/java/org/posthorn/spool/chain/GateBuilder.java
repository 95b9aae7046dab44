package org.posthorn.spool.chain;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.posthorn.mailet.AddressRange;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.ParameterException;
import org.posthorn.mailet.ParameterReader;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.Written;
import org.posthorn.spool.plugin.Host;
import org.posthorn.spool.plugin.Plugin;
import org.posthorn.spool.plugin.PluginConfig;
import org.posthorn.spool.plugin.ShippedHost;

/// Makes [Gates] of their configuration, or fails with a message that names the place:
///
/// ```yaml
/// mx:
///   - gate: DnsList
///     zones: {zen.spamhaus.org: 10}
///     except-networks: [192.0.2.0/24]
/// ```
///
/// Every gate has the keys `gate`, `label`, `except-logins`, `except-networks`, `only-networks`,
/// `time-limit`, `on-failure` and `dry-run`; all others are its own. A gate whose own parameters
/// have one of those too hears of it. Safe for use by many threads.
public final class GateBuilder {
  private static final Set<String> PORTS = Set.of("mx", "submission", "lmtp");
  private static final Set<String> GENERAL =
      ParameterReader.describe(General.class).stream()
          .map(ParameterReader.Description::name)
          .collect(Collectors.toSet());
  private static final int CALLS_MAX = 1_000;
  private static final Pattern QUOTED = Pattern.compile("'([^']{1,100})'");

  private final Map<String, GateFactory<?>> factories = new TreeMap<>();
  private final Services services;
  private final Host shipped = new ShippedHost(PluginConfig.defaults());

  /// Throws [ChainConfigException] where two factories make gates of one name.
  public GateBuilder(Collection<GateFactory<?>> factories, Services services) {
    this.services = services;
    for (GateFactory<?> factory : factories) {
      @Nullable GateFactory<?> before = this.factories.put(factory.name(), factory);
      if (before != null) {
        throw new ChainConfigException(
            "Two gates are called %s: one from %s, one from %s. Remove one of them."
                .formatted(factory.name(), Plugin.originOf(before), Plugin.originOf(factory)));
      }
    }
  }

  /// Throws [ChainConfigException] that names every gate with a fault.
  public Gates build(ConfigTree tree) {
    Map<String, List<Guarded>> byPort = new HashMap<>();
    List<Pieces> made = new ArrayList<>();
    List<String> faults = new ArrayList<>();
    try {
      fill(byPort, tree, made, faults);
      if (!faults.isEmpty()) {
        throw new ChainConfigException(faults);
      }
    } catch (RuntimeException e) {
      made.forEach(Pieces::letGo);
      throw e;
    }
    return new Gates(
        byPort,
        made.stream().flatMap(pieces -> pieces.watches().stream()).toList(),
        made.stream().flatMap(pieces -> pieces.closings().stream()).toList());
  }

  private void fill(
      Map<String, List<Guarded>> byPort, ConfigTree tree, List<Pieces> made, List<String> faults) {
    if (!(tree instanceof ConfigTree.Block(Map<String, ConfigTree> ports, var _))) {
      throw new ChainConfigException(
          tree.where(), "the gates are %s, but should be a block of ports".formatted(tree.words()));
    }
    ports.forEach((port, gates) -> {
      if (!PORTS.contains(port)) {
        throw new ChainConfigException(
            gates.where(),
            "there is no port %s: there are %s"
                .formatted(port, String.join(", ", PORTS.stream().sorted().toList())));
      }
      byPort.put(port, gates(port, gates, made, faults));
    });
  }

  private List<Guarded> gates(
      String port, ConfigTree tree, List<Pieces> made, List<String> faults) {
    if (!(tree instanceof ConfigTree.Items(List<ConfigTree> items, var _))) {
      throw new ChainConfigException(
          tree.where(),
          "the gates of %s are %s, but should be a list of gates".formatted(port, tree.words()));
    }
    List<Guarded> gates = new ArrayList<>();
    Map<String, Integer> uses = new HashMap<>();
    int number = 0;
    for (ConfigTree item : items) {
      number++;
      String place = "gates of %s, number %d".formatted(port, number);
      if (!(item instanceof ConfigTree.Block(Map<String, ConfigTree> entries, var _))) {
        throw new ChainConfigException(
            item.where(),
            "%s is %s, but should be a block such as 'gate: DnsList'"
                .formatted(place, item.words()));
      }
      try {
        Guarded gate = gate(entries, made);
        int use = uses.merge(gate.label(), 1, Integer::sum);
        gates.add(use == 1 ? gate : labelled(gate, gate.label() + "-" + use));
      } catch (ParameterException e) {
        String message = String.valueOf(e.getMessage());
        String where = where(item, entries, message);
        faults.addAll(new ChainConfigException(where, place + ": " + message).faults());
      }
    }
    return gates;
  }

  /// The line of the parameter that the message names, or else of the gate.
  private static String where(ConfigTree item, Map<String, ConfigTree> entries, String message) {
    return QUOTED
        .matcher(message)
        .results()
        .map(match -> entries.get(match.group(1).replaceFirst("\\..*", "")))
        .filter(Objects::nonNull)
        .map(ConfigTree::where)
        .findFirst()
        .orElseGet(item::where);
  }

  /// What every gate has; all else is the gate's own.
  private record General(
      @Parameter("The gate.") String gate,
      @Parameter("What it is called in the log.") Optional<String> label,
      @Parameter(value = "Not for clients that have logged in.", otherwise = "false")
          boolean exceptLogins,
      @Parameter("Not for these addresses and networks.") List<AddressRange> exceptNetworks,
      @Parameter("Only for these addresses and networks.") List<AddressRange> onlyNetworks,
      @Parameter("How long it may take; without it, what the gate needs.")
          Optional<Duration> timeLimit,
      @Parameter("What becomes of mail when it fails; without it, what suits the gate.")
          Optional<OnFailure> onFailure,
      @Parameter(value = "What it thinks is only written down.", otherwise = "false")
          boolean dryRun) {}

  enum OnFailure {
    PASS,
    DEFER
  }

  private Guarded gate(Map<String, ConfigTree> entries, List<Pieces> made) {
    Map<String, Object> general = new LinkedHashMap<>();
    Map<String, Object> own = new LinkedHashMap<>();
    entries.forEach(
        (name, tree) -> (GENERAL.contains(name) ? general : own).put(name, tree.plain()));
    General settings = ParameterReader.read(General.class, written(general));
    GateFactory<?> factory = factories.get(settings.gate);
    if (factory == null) {
      throw new ParameterException(
          "there is no gate %s; there are %s"
              .formatted(settings.gate, String.join(", ", factories.keySet())));
    }
    for (ParameterReader.Description parameter : ParameterReader.describe(factory.parameters())) {
      Optional.ofNullable(general.get(parameter.name()))
          .ifPresent(value -> own.put(parameter.name(), value));
    }
    Duration timeLimit = settings.timeLimit.orElseGet(factory::timeLimit);
    var pieces = new Pieces(services, shipped, Optional.of(timeLimit));
    made.add(pieces);
    Gate gate = pieces.gate(factory, written(own));
    return new Guarded(
        settings.label.orElse(settings.gate),
        gate,
        settings.exceptLogins,
        settings.exceptNetworks,
        settings.onlyNetworks,
        timeLimit,
        settings.onFailure.map(OnFailure.DEFER::equals).orElseGet(factory::defersOnFailure),
        settings.dryRun,
        new GateCalls(CALLS_MAX));
  }

  private static Written written(Map<String, Object> named) {
    return new Written(named, List.of(), Set.of());
  }

  private static Guarded labelled(Guarded gate, String label) {
    return new Guarded(
        label,
        gate.gate(),
        gate.exceptLogins(),
        gate.exceptNetworks(),
        gate.onlyNetworks(),
        gate.timeLimit(),
        gate.defersOnFailure(),
        gate.dryRun(),
        gate.calls());
  }
}
