package org.posthorn.app.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.FileSize;
import java.nio.file.Path;
import java.time.ZoneId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sets up Logback from [LogConfig], in code: there is no second configuration file.
public final class Logging {
  private Logging() {}

  /// From now on lines go where `config` says; `directory` is what a relative file name starts
  /// from, `colours` whether standard error is a terminal that shows them.
  public static void start(LogConfig config, Path directory, boolean colours) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    OutputStreamAppender<ILoggingEvent> appender =
        config
            .file()
            .map(name -> file(context, config, directory.resolve(name)))
            .orElseGet(Logging::standardError);
    appender.setContext(context);
    appender.setEncoder(encoder(context, config, colours && config.file().isEmpty()));
    appender.start();
    context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(appender);
    levels(config);
  }

  /// Changes how much is logged, not where to.
  public static void levels(LogConfig config) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context
        .getLoggerList()
        .forEach(logger -> logger.setLevel(isRoot(logger.getName()) ? Level.WARN : null));
    context.getLogger("org.posthorn").setLevel(level(config.level()));
    // Signatures that a stranger's zone got wrong are no error of this server, and what becomes of
    // the mail is in its story.
    context.getLogger("org.xbill.DNS.dnssec").setLevel(Level.OFF);
    config.levels().forEach((name, level) -> context.getLogger(name).setLevel(level(level)));
  }

  /// Writes what is still in buffers.
  public static void stop() {
    ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
  }

  private static OutputStreamAppender<ILoggingEvent> standardError() {
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setTarget("System.err");
    return appender;
  }

  private static OutputStreamAppender<ILoggingEvent> file(
      LoggerContext context, LogConfig config, Path file) {
    RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
    appender.setFile(file.toString());
    var full = new FixedWindowRollingPolicy();
    full.setContext(context);
    full.setParent(appender);
    full.setFileNamePattern(file + ".%i");
    full.setMinIndex(1);
    full.setMaxIndex(config.filesMax());
    full.start();
    SizeBasedTriggeringPolicy<ILoggingEvent> size = new SizeBasedTriggeringPolicy<>();
    size.setContext(context);
    size.setMaxFileSize(new FileSize(config.fileMaxBytes()));
    size.start();
    appender.setRollingPolicy(full);
    appender.setTriggeringPolicy(size);
    return appender;
  }

  private static Encoder<ILoggingEvent> encoder(
      LoggerContext context, LogConfig config, boolean colours) {
    if (config.json()) {
      var json = new JsonEncoder();
      json.setContext(context);
      json.setWithContext(false);
      json.setWithSequenceNumber(false);
      json.setWithNanoseconds(false);
      json.setWithFormattedMessage(false);
      json.start();
      return json;
    }
    var layout = new LineLayout(colours, ZoneId.systemDefault());
    layout.setContext(context);
    layout.start();
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setContext(context);
    encoder.setLayout(layout);
    encoder.start();
    return encoder;
  }

  private static boolean isRoot(String name) {
    return name.equals(Logger.ROOT_LOGGER_NAME);
  }

  private static Level level(LogConfig.Level level) {
    return Level.toLevel(level.name());
  }
}
