package org.posthorn.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// What is done for a connection while it waits is in the log as that connection's.
@Timeout(60)
class IdlingLogTest {
  private record Line(String text, String connection) {}

  @TempDir private Path data;
  private final Queue<Line> lines = new ConcurrentLinkedQueue<>();

  private final AppenderBase<ILoggingEvent> log =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          Object command =
              event.getKeyValuePairs() == null ? "" : event.getKeyValuePairs().getFirst().value;
          lines.add(
              new Line(
                  event.getFormattedMessage() + " " + command,
                  event.getMDCPropertyMap().getOrDefault("connection", "")));
        }
      };

  @BeforeEach
  void listen() {
    log.start();
    logger().setLevel(Level.DEBUG);
    logger().addAppender(log);
  }

  @AfterEach
  void detach() {
    logger().detachAppender(log);
    logger().setLevel(null);
  }

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger("org.posthorn.imap.session");
  }

  @Test
  void whoIsShownOutWhileIdlingCanBeFollowed() throws IOException {
    try (TestServer server = TestServer.start(data).withUsers("ann");
        WireClient idle = server.imap("ann");
        WireClient other = server.imap("ann")) {
      idle.imap("CREATE Box");
      idle.imap("SELECT Box");
      idle.send("i IDLE");
      assertThat(idle.line()).isEqualTo("+ Idling");
      other.imap("DELETE Box");
      assertThat(idle.rest()).last().asString().startsWith("* BYE The mailbox was deleted");
      List<String> idling = connections("command Idle");
      assertThat(idling).hasSize(1).doesNotContain("");
      assertThat(connections("shown out ")).isEqualTo(idling);
    }
  }

  private List<String> connections(String text) {
    return lines.stream().filter(line -> line.text.startsWith(text)).map(Line::connection).toList();
  }
}
