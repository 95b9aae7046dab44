package org.posthorn.smtp.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/// BDAT (RFC 3030 §2). Everything also arrives one byte at a time.
@ParameterizedClass
@ValueSource(ints = {8192, 1})
class ChunkingTest {
  private static final String BEGIN =
      """
      S: 220 mx.example.org ESMTP Posthorn
      C: EHLO client.example
      S: ...
      S: 250 HELP
      C: MAIL FROM:<bob@example.net>
      S: 250 2.1.0 Sender ok
      C: RCPT TO:<ann@example.org>
      S: 250 2.1.5 Recipient ok
      """;

  private final SmtpHouse house;

  ChunkingTest(int bufferBytes) {
    this.house = new SmtpHouse(bufferBytes);
  }

  @AfterEach
  void close() {
    house.close();
  }

  @Test
  void takesAMessageInChunks() {
    house.play(
        Role.MX,
        BEGIN
            + """
            C: BDAT 10
            C- Subject: a
            S: 250 2.0.0 Chunk taken
            C: NOOP
            S: 250 2.0.0 Done
            C: BDAT 0
            S: 250 2.0.0 Chunk taken
            C: BDAT 9 LAST
            C- \\r\\n\\r\\n.\\r\\n\\r\\n
            S: ~250 2\\.0\\.0 Accepted as .+
            C: BDAT 1 LAST
            C- x
            S: 503 5.5.1 No recipients
            C: QUIT
            S: 221 2.0.0 Bye
            """);
    assertThat(house.onlyMail().text()).isEqualTo("Subject: a\r\n\r\n.\r\n\r\n");
  }

  @Test
  void takesChunksThatComeTogether() {
    house.play(
        Role.MX,
        BEGIN
            + """
            C: BDAT 12
            C- Subject: a\\r\\nBDAT 2\\r\\n\\r\\nBDAT 3 LAST\\r\\nx\\r\\nRSET\\r\\nQUIT\\r\\n
            S: 250 2.0.0 Chunk taken
            S: 250 2.0.0 Chunk taken
            S: ~250 2\\.0\\.0 Accepted as .+
            S: 250 2.0.0 Forgotten
            S: 221 2.0.0 Bye
            """);
    assertThat(house.onlyMail().text()).isEqualTo("Subject: a\r\n\r\nx\r\n");
  }

  @Test
  void takesACommandInAChunkForText() {
    house.play(
        Role.MX,
        BEGIN
            + """
            C: BDAT 44 LAST
            C- Subject: a\\r\\n\\r\\n.\\r\\nMAIL FROM:<e@example.net>\\r\\n
            S: ~250 2\\.0\\.0 Accepted as .+
            """);
    assertThat(house.onlyMail().text())
        .isEqualTo("Subject: a\r\n\r\n.\r\nMAIL FROM:<e@example.net>\r\n");
  }

  @Test
  void refusesToMixItWithData() {
    house.play(
        Role.MX,
        BEGIN
            + """
            C: BDAT 4
            C- abcd
            S: 250 2.0.0 Chunk taken
            C: DATA
            S: 503 5.5.1 A message comes in chunks: go on with BDAT, or RSET
            C: MAIL FROM:<bob@example.net>
            S: 503 5.5.1 One at a time
            C: RCPT TO:<ann@example.org>
            S: 503 5.5.1 A message comes in chunks: go on with BDAT, or RSET
            C: RSET
            S: 250 2.0.0 Forgotten
            C: BDAT 4 LAST
            C- abcd
            S: 503 5.5.1 No recipients
            """);
    assertThat(house.mails()).isEmpty();
  }

  @Test
  void forgetsTheChunksWhenTheClientChangesItsMind() {
    for (String command : new String[] {"RSET", "EHLO again.example", "QUIT"}) {
      house.play(
          Role.MX,
          BEGIN
              + """
              C: BDAT 4
              C- abcd
              S: 250 2.0.0 Chunk taken
              C: %s
              S: ...
              """
                  .formatted(command));
    }
    assertThat(house.mails()).isEmpty();
  }

  @Test
  void readsARefusedChunkToItsEnd() {
    house.play(
        Role.MX,
        BEGIN
            + """
            C: BDAT 16
            C- a\\nQUIT\\r\\nRSET\\r\\nxx
            C: BDAT 6 LAST
            C- QUIT\\r\\n
            S: 550 5.6.11 Lines must end with CR LF, and neither may stand alone
            S: 503 5.5.1 No recipients
            C: NOOP
            S: 250 2.0.0 Done
            """);
    assertThat(house.mails()).isEmpty();
  }

  @Test
  void refusesAChunkThatIsTooBigWithoutMakingRoomForIt() {
    house.play(
        Role.MX,
        BEGIN
            + """
            C: BDAT 999999999999999999 LAST
            S: 552 5.3.4 Message is too big
            S: 421 4.7.0 Cannot tell your commands from your data
            -- closed
            """);
    assertThat(house.mails()).isEmpty();
  }

  /// What follows may be the text of a message, which must never be taken for commands.
  @Test
  void hangsUpAfterAChunkOfUnknownSize() {
    for (String size : new String[] {"18446744073709551617 LAST", "-1 LAST", "x", ""}) {
      house.play(
          Role.MX,
          BEGIN
              + """
              C: BDAT %s
              C: QUIT
              S: 501 5.5.4 Expected the size of the chunk
              S: 421 4.7.0 Cannot tell your commands from your data
              -- closed
              """
                  .formatted(size));
    }
  }

  @Test
  void readsAChunkThatNobodyAskedFor() {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: BDAT 6 LAST
        C- QUIT\\r\\n
        S: 503 5.5.1 No recipients
        C: NOOP
        S: 250 2.0.0 Done
        """);
  }

  /// RFC 3030 §2: a transaction with a chunk that was refused has failed, whatever comes behind.
  @Test
  void takesNoMessageWithoutAChunkThatCameTooEarly() {
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO client.example
        S: ...
        S: 250 HELP
        C: MAIL FROM:<bob@example.net>
        S: 250 2.1.0 Sender ok
        C: BDAT 10
        C- Subject: a
        S: 503 5.5.1 No recipients
        C: RCPT TO:<ann@example.org>
        S: 503 5.5.1 Send MAIL first
        C: BDAT 0 LAST
        S: 503 5.5.1 No recipients
        C: MAIL FROM:<bob@example.net>
        S: 250 2.1.0 Sender ok
        C: RCPT TO:<ann@example.org>
        S: 250 2.1.5 Recipient ok
        C: BDAT 3 LAST
        C- b\\r\\n
        S: ~250 2\\.0\\.0 Accepted as .+
        """);
    assertThat(house.onlyMail().text()).isEqualTo("b\r\n");
  }

  /// What is no command may be the rest of a chunk that was longer than its client said.
  @Test
  void takesNoMessageWithALineBetweenItsChunksThatIsNoCommand() {
    for (String line : new String[] {"and the rest", "\\xff", "x".repeat(20_000), "RCPT TO:ann"}) {
      house.play(
          Role.MX,
          BEGIN
              + """
              C: BDAT 10
              C- Subject: a
              S: 250 2.0.0 Chunk taken
              C: %s
              C: BDAT 2 LAST
              C- \\r\\n
              S: ~50[01] 5.+
              S: 503 5.5.1 No recipients
              """
                  .formatted(line));
    }
    assertThat(house.mails()).isEmpty();
  }
}
