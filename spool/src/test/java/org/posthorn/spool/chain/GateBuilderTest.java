package org.posthorn.spool.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.GateFactory;
import org.posthorn.mailet.Parameter;
import org.posthorn.mailet.Services;
import org.posthorn.mailet.TestServices;
import org.posthorn.mailet.Visitor;
import org.posthorn.message.MailAddress;

class GateBuilderTest {
  /// Has one parameter.
  private static class Plain implements GateFactory<Plain.Settings> {
    record Settings(@Parameter(value = "So many.", otherwise = "1", max = 10) int limit) {}

    @Override
    public String name() {
      return "Plain";
    }

    @Override
    public String summary() {
      return "Lets everybody in.";
    }

    @Override
    public Class<Settings> parameters() {
      return Settings.class;
    }

    @Override
    public Gate create(Settings settings, Services services) {
      return new Gate() {};
    }
  }

  /// Knows what suits it.
  private static final class Slow extends Plain {
    @Override
    public String name() {
      return "Slow";
    }

    @Override
    public Duration timeLimit() {
      return Duration.ofMinutes(2);
    }

    @Override
    public boolean defersOnFailure() {
      return true;
    }
  }

  @Test
  void gatesKnowWhatSuitsThemWhereTheOperatorSaysNothing() {
    Map<String, String> told = Map.of("gate", "Slow", "time-limit", "3s", "on-failure", "pass");
    List<Guarded> mx =
        build(Map.of("mx", List.of(Map.of("gate", "Plain"), Map.of("gate", "Slow"), told)))
            .of("mx");
    assertThat(mx)
        .extracting(gate -> gate.timeLimit().toSeconds() + " " + gate.defersOnFailure())
        .containsExactly("20 false", "120 true", "3 false");
  }

  @Test
  void readsWhatTheOperatorSays() {
    Gates gates =
        build(
            Map.of(
                "mx",
                List.of(
                    Map.of("gate", "Plain", "limit", "3"),
                    Map.of(
                        "gate",
                        "Plain",
                        "except-logins",
                        "true",
                        "except-networks",
                        List.of("192.0.2.0/24"),
                        "time-limit",
                        "2s",
                        "on-failure",
                        "defer",
                        "dry-run",
                        "true"))));
    List<Guarded> mx = gates.of("mx");
    assertThat(mx).extracting(Guarded::label).containsExactly("Plain", "Plain-2");
    Guarded second = mx.getLast();
    assertThat(second.timeLimit()).isEqualTo(Duration.ofSeconds(2));
    assertThat(second.defersOnFailure()).isTrue();
    assertThat(second.dryRun()).isTrue();
    assertThat(second.isFor(visitor("192.0.2.7", Optional.empty()))).isFalse();
    assertThat(second.isFor(visitor("198.51.100.7", Optional.empty()))).isTrue();
    assertThat(second.isFor(visitor("198.51.100.7", Optional.of("ann@example.org")))).isFalse();
    assertThat(gates.of("lmtp")).isEmpty();
  }

  @Test
  void saysWhatIsWrong() {
    assertThatThrownBy(() -> build(Map.of("smtp", List.of())))
        .hasMessageContaining("there is no port smtp: there are lmtp, mx, submission");
    assertThatThrownBy(() -> build(Map.of("mx", List.of(Map.of("gate", "Plane")))))
        .hasMessageContaining("gates of mx, number 1: there is no gate Plane; there are Plain");
    assertThatThrownBy(() -> build(Map.of("mx", List.of(Map.of("gate", "Plain", "limits", "3")))))
        .hasMessageContaining("'limits' is not known");
    assertThatThrownBy(
            () -> build(Map.of("mx", List.of(Map.of("gate", "Plain", "on-failure", "x")))))
        .hasMessageContaining("should be pass or defer");
    assertThatThrownBy(() -> build(Map.of("mx", "Plain")))
        .hasMessage("the gates of mx are 'Plain', but should be a list of gates");
    assertThatThrownBy(() -> build(Map.of("mx", List.of("Plain"))))
        .hasMessage(
            "gates of mx, number 1 is 'Plain', but should be a block such as 'gate: DnsList'");
    assertThatThrownBy(() -> new GateBuilder(List.of(new Plain(), new Plain()), new TestServices()))
        .hasMessageContaining("Two gates are called Plain");
  }

  @Test
  void saysAllThatIsWrong() {
    Map<String, ?> wrong = Map.of("gate", "Plane");
    Map<String, ?> right = Map.of("gate", "Plain");
    assertThatThrownBy(() -> build(Map.of("mx", List.of(wrong, right, wrong))))
        .isInstanceOfSatisfying(ChainConfigException.class, e -> assertThat(e.faults()).hasSize(2))
        .hasMessageContainingAll("gates of mx, number 1: ", "gates of mx, number 3: ");
  }

  private static Gates build(Map<String, ?> tree) {
    return new GateBuilder(List.of(new Plain(), new Slow()), new TestServices())
        .build(ConfigTree.of(tree));
  }

  private static Visitor visitor(String remote, Optional<String> login) {
    return new Visitor(
        InetAddress.ofLiteral(remote),
        "mx",
        "c1",
        Optional.empty(),
        login.map(MailAddress::of),
        Optional.empty());
  }
}
