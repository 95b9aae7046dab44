package org.posthorn.app.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LoggingTest {
  private static final String VERIFIER = "org.xbill.DNS.dnssec.DnsSecVerifier";

  private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
  private final Map<Logger, Optional<Level>> before = new HashMap<>();

  @BeforeEach
  void keepLevels() {
    context
        .getLoggerList()
        .forEach(logger -> before.put(logger, Optional.ofNullable(logger.getLevel())));
  }

  @AfterEach
  void restoreLevels() {
    context.getLoggerList().forEach(logger -> logger.setLevel(levelBefore(logger)));
  }

  private @Nullable Level levelBefore(Logger logger) {
    return before.getOrDefault(logger, Optional.empty()).orElse(null);
  }

  @Test
  void whatZonesOfOthersGetWrongIsNoErrorOfThisServer() {
    Logging.levels(LogConfig.defaults());

    assertThat(LoggerFactory.getLogger(VERIFIER).isErrorEnabled()).isFalse();
    assertThat(LoggerFactory.getLogger("org.xbill.DNS.Lookup").isWarnEnabled()).isTrue();
    assertThat(LoggerFactory.getLogger("org.posthorn.app").isInfoEnabled()).isTrue();
  }

  @Test
  void whoLooksForTroubleWithSignaturesMaySeeIt() {
    LogConfig quiet = LogConfig.defaults();

    Logging.levels(
        new LogConfig(
            quiet.level(),
            Map.of("org.xbill.DNS.dnssec", LogConfig.Level.DEBUG),
            quiet.json(),
            quiet.file(),
            quiet.fileMaxBytes(),
            quiet.filesMax()));

    assertThat(LoggerFactory.getLogger(VERIFIER).isDebugEnabled()).isTrue();
  }
}
