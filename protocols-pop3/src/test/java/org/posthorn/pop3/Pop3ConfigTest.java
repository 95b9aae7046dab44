package org.posthorn.pop3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.inject.Injector;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.posthorn.net.ListenerConfig;
import org.posthorn.net.PlainTextLogins;

class Pop3ConfigTest {
  /// RFC 1939 §3.
  @Test
  void neverEndsSilentSessionsBeforeTenMinutes() {
    assertThatThrownBy(() -> config(Duration.ofMinutes(3), Duration.ofMinutes(9), 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("pop3.idle-timeout must be 600s");
  }

  @Test
  void refusesOtherLimitsOutOfBounds() {
    Duration tenMinutes = Duration.ofMinutes(10);
    assertThatThrownBy(() -> config(Duration.ofSeconds(1), tenMinutes, 3))
        .hasMessageContaining("pop3.login-timeout");
    assertThatThrownBy(() -> config(Duration.ofMinutes(1), tenMinutes, 0))
        .hasMessageContaining("pop3.login-failures-max");
  }

  @Test
  void refusesListenersInTheWrongPlace() {
    Pop3Config good = Pop3Config.defaults();
    assertThatThrownBy(() -> withListeners(good.tls(), good.tls()))
        .hasMessageContaining("pop3.plain.tls must be false");
    assertThatThrownBy(() -> withListeners(good.plain(), good.plain()))
        .hasMessageContaining("pop3.tls.tls must be true");
  }

  @Test
  void theModuleMakesOneServer() {
    try (var house = new Pop3House()) {
      Injector injector = house.injector(new Pop3Module(Pop3Config.defaults()));
      assertThat(injector.getInstance(Pop3Server.class))
          .isSameAs(injector.getInstance(Pop3Server.class));
    }
  }

  private static Pop3Config config(Duration login, Duration idle, int failures) {
    return new Pop3Config(
        Optional.empty(),
        Optional.empty(),
        PlainTextLogins.NEVER,
        login,
        idle,
        failures,
        Duration.ZERO);
  }

  private static Pop3Config withListeners(
      Optional<ListenerConfig> plain, Optional<ListenerConfig> tls) {
    return new Pop3Config(
        plain,
        tls,
        PlainTextLogins.NEVER,
        Duration.ofMinutes(1),
        Duration.ofMinutes(10),
        3,
        Duration.ZERO);
  }
}
