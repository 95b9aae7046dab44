package org.posthorn.smtp.inbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.storage.StorageUnavailable;
import org.posthorn.storage.content.ContentStore;
import org.posthorn.storage.content.ForwardingContents;
import org.posthorn.storage.content.StoredContent;
import org.posthorn.storage.memory.InMemoryEngine;
import org.posthorn.storage.remember.Memories;
import org.posthorn.storage.story.StoryEntry;
import org.posthorn.storage.story.StoryEvent;

/// What clients hear when the store fails: nothing was taken, and they may come again. Everything
/// also arrives one byte at a time.
@ParameterizedClass
@ValueSource(ints = {8192, 1})
class TroubleTest {
  private final SmtpHouse house;

  TroubleTest(int bufferBytes) {
    this.house = new SmtpHouse(bufferBytes);
  }

  @AfterEach
  void close() {
    house.close();
  }

  @Test
  void takesNoMailWhileMemoryIsShort() {
    house.memoryIsShort(true);
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO client.example
        S: ...
        S: 250 HELP
        C: MAIL FROM:<bob@example.net>
        S: 451 4.3.1 The server is short of memory, try again later
        C: QUIT
        S: 221 2.0.0 Bye
        """);
    house.memoryIsShort(false);
    house.play(
        Role.MX,
        """
        S: 220 mx.example.org ESMTP Posthorn
        C: EHLO client.example
        S: ...
        S: 250 HELP
        C: MAIL FROM:<bob@example.net>
        S: 250 2.1.0 Sender ok
        C: QUIT
        S: 221 2.0.0 Bye
        """);
  }

  @Test
  void readsAMessageToItsEndThatCannotBeStored() {
    for (int failsAfter : new int[] {0, 1, 1_000_000}) {
      house
          .withContents(new FailingOnce(house.rooms().contents(), failsAfter))
          .play(
              Role.LMTP,
              """
              S: 220 mx.example.org LMTP Posthorn
              C: LHLO client.example
              C: MAIL FROM:<bob@example.net>
              C: RCPT TO:<ann@example.org>
              C: RCPT TO:<bob@example.org>
              C: DATA
              S: ...
              S: 354 Go ahead, and end with a dot on a line of its own
              C: Subject: x
              C:
              C: QUIT
              C: .
              S: ~451 4\\.3\\.0 Trouble here, try again later \\([0-9a-z]+\\)
              S: ~451 4\\.3\\.0 Trouble here, try again later \\([0-9a-z]+\\)
              C: NOOP
              S: 250 2.0.0 Done
              """);
    }
    assertThat(house.mails()).isEmpty();
  }

  /// Its sender has the answer of another server to show, and asks why.
  @Test
  void tellsInTheStoryWhichMessageCouldNotBeStored() {
    house
        .withContents(new FailingOnce(house.rooms().contents(), 1_000_000))
        .play(
            Role.MX,
            """
            S: 220 mx.example.org ESMTP Posthorn
            C: EHLO client.example
            C: MAIL FROM:<joe@example.net>
            C: RCPT TO:<bob@example.org>
            C: DATA
            S: ...
            S: 354 Go ahead, and end with a dot on a line of its own
            C: Message-ID: <1@x.example>
            C:
            C: .
            S: ~451 4\\.3\\.0 Trouble here, .*
            """);
    assertThat(house.story("1@x.example").refused())
        .extracting(StoryEntry::event)
        .satisfiesExactly(event ->
            assertThat(event)
                .isInstanceOfSatisfying(
                    StoryEvent.Refused.class,
                    refused -> {
                      assertThat(refused.sender()).isEqualTo("joe@example.net");
                      assertThat(refused.to())
                          .isEqualTo(StoryEvent.Addresses.one("bob@example.org"));
                      assertThat(refused.reply()).startsWith("451 4.3.0 Trouble here");
                    }));
  }

  /// Who hears that a mail was not taken sends it again.
  @Test
  void takesAMailThatCannotBeCounted() {
    var memories = new Memories(new InMemoryEngine(), InstantSource.system());
    InstantSource failing =
        () -> {
          throw new StorageUnavailable("The disk is full");
        };
    house
        .withReceivedTls(new ReceivedTls(memories, failing))
        .play(
            Role.MX,
            """
            S: 220 mx.example.org ESMTP Posthorn
            C: EHLO client.example
            C: MAIL FROM:<bob@example.net>
            C: RCPT TO:<ann@example.org>
            C: DATA
            S: ...
            S: 354 Go ahead, and end with a dot on a line of its own
            C: Subject: x
            C:
            C: .
            S: ~250 2\\.0\\.0 Accepted as .+
            """);
    house.onlyMail();
  }

  @Test
  void takesTheNextTry() {
    house
        .withContents(new FailingOnce(house.rooms().contents(), 1))
        .play(
            Role.MX,
            """
            S: 220 mx.example.org ESMTP Posthorn
            C: EHLO client.example
            C: MAIL FROM:<bob@example.net>
            C: RCPT TO:<ann@example.org>
            C: BDAT 9
            C- a: b\\r\\nRSE
            C: BDAT 11 LAST
            C- T\\r\\nbody\\r\\nxx
            C: MAIL FROM:<bob@example.net>
            C: RCPT TO:<ann@example.org>
            C: BDAT 6 LAST
            C- a: b\\r\\n
            S: ...
            S: ~451 4\\.3\\.0 .+
            S: 503 5.5.1 No recipients
            S: 250 2.1.0 Sender ok
            S: 250 2.1.5 Recipient ok
            S: ~250 2\\.0\\.0 Accepted as .+
            """);
    assertThat(house.onlyMail().text()).isEqualTo("a: b\r\n");
  }

  /// Reads so many bytes of the first message (or all, when they are fewer) and then fails.
  private static final class FailingOnce extends ForwardingContents {
    private final int failsAfterBytes;
    private boolean failed;

    FailingOnce(ContentStore store, int failsAfterBytes) {
      super(store);
      this.failsAfterBytes = failsAfterBytes;
    }

    @Override
    public StoredContent write(InputStream bytes) throws IOException {
      if (!failed) {
        failed = true;
        bytes.readNBytes(failsAfterBytes);
        throw new StorageUnavailable("The disk is full");
      }
      return below.write(bytes);
    }
  }
}
