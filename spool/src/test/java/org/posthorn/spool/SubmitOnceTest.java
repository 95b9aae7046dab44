package org.posthorn.spool;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.Futures;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.posthorn.mailet.Outcome;
import org.posthorn.mailet.Recipient;
import org.posthorn.mailet.Submission;
import org.posthorn.mailet.TestServices;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;

/// Steps with different recipients of one mail that make a mail for the same purpose.
@Timeout(20)
final class SubmitOnceTest {
  private static final String CHAIN =
      """
      root -> drop
        Effect
        Keep
      bounces -> drop
        Bounce
      dead-letters -> keep
      """;

  private final Rig rig = new Rig(CHAIN);
  private final CountDownLatch reading = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);

  @Test
  void twoAtOnceMakeOneMail() {
    rig.mailets.put(
        "Effect",
        mail -> {
          if (!mail.origin().protocol().equals("local")) {
            bothAtOnce(mail.id());
          }
          return new Outcome.Continue(mail);
        });
    rig.accept("ann@example.org", "x@one.example", "y@two.example");
    rig.drain();
    assertThat(rig.delivered).hasSize(2 + 1);
    rig.assertEmpty();
  }

  private void bothAtOnce(MailId mail) {
    var first = new FutureTask<>(() -> submit(mail, new Slow()));
    Thread.ofVirtual().start(first);
    Rig.await("the first one is at it", () -> reading.getCount() == 0 || first.isDone());
    var second = new FutureTask<>(() -> submit(mail, new Slow()));
    Thread other = Thread.ofVirtual().start(second);
    Rig.await(
        "the second one waits for the first, or for the end of its message",
        () -> other.getState() != Thread.State.RUNNABLE || second.isDone());
    goOn.countDown();
    assertThat(Futures.getUnchecked(second)).isEqualTo(Futures.getUnchecked(first));
  }

  private MailId submit(MailId onBehalfOf, Slow message) {
    return submission()
        .submit(
            onBehalfOf,
            "digest",
            Optional.empty(),
            List.of(Recipient.of(MailAddress.of("ann@example.org"))),
            message);
  }

  private Submission submission() {
    var rest = new TestServices();
    return rig.spool
        .services(
            rest.dns(),
            rest.http(),
            rest.directory(),
            rest.metrics(),
            new SpoolServices.Kept(rest::memory, rest::store))
        .submission();
  }

  /// A message that comes when it is told to.
  private final class Slow extends FilterInputStream {
    Slow() {
      super(new ByteArrayInputStream("Subject: all\r\n\r\nx\r\n".getBytes(US_ASCII)));
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      reading.countDown();
      try {
        goOn.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      return super.read(into, offset, length);
    }
  }
}
