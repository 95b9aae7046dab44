package org.posthorn.imap.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.posthorn.imap.wire.ImapWriter;
import org.posthorn.net.WireOutput;

/// RFC 9585.
class ProgressTest {
  private final ByteArrayOutputStream sink = new ByteArrayOutputStream();
  private final ImapWriter writer = new ImapWriter(WireOutput.of(sink));

  @Test
  void tellsHowFarItIs() throws Exception {
    var progress = new Progress("a1", writer, Duration.ZERO);
    progress.at(64, 1000);
    progress.at(65, 1000);
    progress.at(128, 1000);
    assertThat(sink.toString(StandardCharsets.US_ASCII))
        .isEqualTo(
            """
            * OK [INPROGRESS ("a1" 64 1000)] Still at it\r
            * OK [INPROGRESS ("a1" 128 1000)] Still at it\r
            """);
  }

  @Test
  void isSilentWhereNothingTakesLong() throws Exception {
    new Progress("a1", writer).at(64, 1000);
    writer.flush();
    assertThat(sink.size()).isZero();
  }
}
