package org.posthorn.smtp.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.posthorn.mailet.Gate;
import org.posthorn.mailet.IncomingMail;
import org.posthorn.mailet.Message;
import org.posthorn.mailet.Verdict;
import org.posthorn.mailet.Visitor;
import org.posthorn.spool.chain.GateCalls;
import org.posthorn.spool.chain.Gates;
import org.posthorn.spool.chain.Guarded;
import org.posthorn.storage.content.SegmentContentStore;

/// What is refused after DATA leaves no file behind, whatever was made of it on its way.
final class RefusedContentsTest {
  private static final int LARGE_BYTES = 20_000;

  private static final String BEGIN =
      """
      S: 220 mx.example.org ESMTP Posthorn
      C: EHLO client.example
      S: ...
      S: 250 HELP
      C: MAIL FROM:<bob@example.net>MORE
      S: 250 2.1.0 Sender ok
      C: RCPT TO:<ann@example.org>
      S: 250 2.1.5 Recipient ok
      """;

  private static final String REFUSED = "S: 550 5.7.1 No\n";
  private static final String TEXT =
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n%s\r\n"
          + ("x".repeat(70) + "\r\n").repeat(1_000)
          + "--b--\r\n";

  @TempDir private Path directory;

  private final SmtpHouse house = new SmtpHouse(8192);
  private SegmentContentStore contents;

  @FunctionalInterface
  private interface Content {
    Verdict judge(IncomingMail mail, Message message);
  }

  @BeforeEach
  void open() {
    contents =
        SegmentContentStore.openIn(
            directory,
            new SegmentContentStore.Settings(1 << 20, LARGE_BYTES, 8 << 20, 1 << 20),
            InstantSource.system());
  }

  @AfterEach
  void close() {
    house.close();
    contents.close();
  }

  @Test
  void aTextThatCameInLines() {
    play("", TEXT.formatted(""), REFUSED, this::refused);
    assertThat(large()).isEmpty();
  }

  @Test
  void aTextThatCameAsBytesAndIsInLines() {
    play(" BODY=BINARYMIME", TEXT.formatted(""), REFUSED, this::refused);
    assertThat(large()).isEmpty();
  }

  @Test
  void aTextThatCameAsBytesAndWasPutIntoLines() {
    String binary = TEXT.formatted("Content-Transfer-Encoding: binary\r\n\r\n\0");
    play(" BODY=BINARYMIME", binary, REFUSED, this::refused);
    assertThat(large()).isEmpty();
  }

  @Test
  void whatGatesMadeOfIt() {
    play(
        "",
        TEXT.formatted(""),
        REFUSED,
        (mail, message) -> changed(mail, message, "a"),
        (mail, message) -> changed(mail, message, "b"),
        this::refused);
    assertThat(large()).isEmpty();
  }

  @Test
  void whatAGateLeavesToNobody() {
    play(
        "",
        TEXT.formatted(""),
        "S: ~250 2\\.0\\.0 Accepted as .+\n",
        (mail, message) -> changed(mail.withRecipients(List.of()), message, "a"));
    assertThat(large()).isEmpty();
  }

  private Verdict refused(IncomingMail mail, Message message) {
    assertThat(large()).isNotEmpty();
    return new Verdict.Refuse(550, "5.7.1", "No", "as always");
  }

  private static Verdict changed(IncomingMail mail, Message message, String text) {
    byte[] bytes = ("X: y\r\n\r\n" + text.repeat(50_000)).getBytes(StandardCharsets.UTF_8);
    try {
      return new Verdict.Change(mail, message.withBytes(new ByteArrayInputStream(bytes)), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void play(String mailParameters, String text, String answer, Content... gates) {
    String bytes = text.replace("\0", "\\x00").replace("\r\n", "\\x0d\\x0a");
    house
        .withContents(contents)
        .withGates(
            new Gates(Map.of("mx", Stream.of(gates).map(RefusedContentsTest::guarded).toList())))
        .play(
            Role.MX,
            BEGIN.replace("MORE", mailParameters)
                + "C: BDAT "
                + text.length()
                + " LAST\nC- "
                + bytes
                + "\n"
                + answer);
  }

  private static Guarded guarded(Content content) {
    return new Guarded(
        "test",
        new Gate() {
          @Override
          public Verdict content(Visitor visitor, IncomingMail mail, Message message) {
            return content.judge(mail, message);
          }
        },
        /* exceptLogins= */ false,
        List.of(),
        List.of(),
        Duration.ofSeconds(5),
        /* defersOnFailure= */ true,
        /* dryRun= */ false,
        new GateCalls(16));
  }

  private List<Path> large() {
    try (var files = Files.list(directory.resolve("large"))) {
      return files.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
