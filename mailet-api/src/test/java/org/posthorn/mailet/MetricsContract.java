package org.posthorn.mailet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What every [Metrics] promises.
public interface MetricsContract {
  /// The figures, the same each time.
  Metrics metrics();

  /// What a counter or gauge shows, or how often a timing was added to.
  long shown(String name);

  @Test
  default void theSameNameIsTheSameFigure() {
    metrics().counter("acme.tagged").increment();
    metrics().counter("acme.tagged").add(2);
    assertThat(shown("acme.tagged")).isEqualTo(3);
    metrics().gauge("acme.waiting").set(7);
    metrics().gauge("acme.waiting").set(5);
    assertThat(shown("acme.waiting")).isEqualTo(5);
  }

  @Test
  default void whatThrowsIsTimedToo() {
    Metrics.Timing timing = metrics().timing("acme.scan");
    timing.add(Duration.ofMillis(3));
    assertThat(timing.<String>of(() -> "clean")).isEqualTo("clean");
    assertThatIllegalStateException()
        .isThrownBy(() ->
            timing.<String>of(() -> {
              throw new IllegalStateException();
            }));
    assertThat(shown("acme.scan")).isEqualTo(3);
  }

  @Test
  default void namesAreNamesOfOneKind() {
    var _ = metrics().counter("acme.tagged");
    assertThatIllegalArgumentException().isThrownBy(() -> metrics().gauge("acme.tagged"));
    assertThatIllegalArgumentException().isThrownBy(() -> metrics().timing("acme.tagged"));
    for (String name : List.of("", "Acme", "a b", "ann@example.org", "x".repeat(81))) {
      assertThatIllegalArgumentException().isThrownBy(() -> metrics().counter(name));
    }
  }

  @Test
  default void thereIsRoomForAThousand() {
    for (int i = 0; i < 1_000; i++) {
      metrics().counter("acme." + i).increment();
    }
    assertThatIllegalArgumentException().isThrownBy(() -> metrics().counter("acme.more"));
    metrics().counter("acme.7").increment();
    assertThat(shown("acme.7")).isEqualTo(2);
  }
}
