package org.posthorn.mailet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.posthorn.message.HeaderField;

/// What every mailet promises. Implement it in the test of your mailet:
///
/// ```java
/// final class StampTest implements MailetContract {
///   @Override
///   public Mailet mailet() {
///     return new Stamp("X-Stamp");
///   }
/// }
/// ```
public interface MailetContract {
  int MAILS = 150;

  /// The mailet, ready for work.
  Mailet mailet();

  /// A message of the kind that the mailet is given.
  default Message message(byte[] bytes) {
    return HeapMessage.of(bytes);
  }

  @Test
  default void decidesSomethingSoundAboutEveryRecipientOfAnyMail() {
    long seed = System.nanoTime();
    var mails = new RandomMails(seed, this::message);
    Mailet mailet = mailet();
    for (int i = 0; i < MAILS; i++) {
      Mail mail = mails.next();
      Outcome outcome = mailet.service(mail);
      assertThat(outcome).as("seed %d, mail %d", seed, i).isNotNull();
      assertThat(Fates.problems(mail, outcome)).as("seed %d, mail %d", seed, i).isEmpty();
    }
  }

  @Test
  default void decidesNothingBadAboutNobody() {
    var mails = new RandomMails(1, this::message);
    Mail nobody = mails.next().withRecipients(List.of());
    Outcome outcome = mailet().service(nobody);
    assertThat(Fates.problems(nobody, outcome)).isEmpty();
  }

  @Test
  default void leavesTheMessageThatItWasGivenAsItIs() {
    long seed = System.nanoTime();
    var mails = new RandomMails(seed, this::message);
    Mailet mailet = mailet();
    for (int i = 0; i < MAILS / 3; i++) {
      Mail mail = mails.next();
      byte[] before = bytes(mail.message());
      mailet.service(mail);
      assertThat(Arrays.equals(bytes(mail.message()), before))
          .as("seed %d, mail %d", seed, i)
          .isTrue();
    }
  }

  @Test
  default void makesMessagesThatCanBeRead() {
    long seed = System.nanoTime();
    var mails = new RandomMails(seed, this::message);
    Mailet mailet = mailet();
    for (int i = 0; i < MAILS / 3; i++) {
      if (mailet.service(mails.next()) instanceof Outcome.Continue(Mail mail)) {
        Message message = mail.message();
        assertThat(bytes(message).length)
            .as("seed %d, mail %d", seed, i)
            .isEqualTo((int) message.sizeBytes());
        assertThat(message.structure().sizeBytes())
            .as("seed %d, mail %d", seed, i)
            .isEqualTo(message.sizeBytes());
      }
    }
  }

  /// RFC 2045 §4: without it, nobody need look at what the other fields say.
  @Test
  default void saysThatItIsMimeWhereItWritesSo() {
    long seed = System.nanoTime();
    var mails = new RandomMails(seed, this::message);
    Mailet mailet = mailet();
    for (int i = 0; i < MAILS / 3; i++) {
      Mail before = mails.next();
      boolean hasHeader = !before.message().headers().isEmpty(); // Or its text would become one.
      if (hasHeader
          && mailet.service(before) instanceof Outcome.Continue(Mail after)
          && !contentFields(before).containsAll(contentFields(after))) {
        assertThat(after.message().headers())
            .as(
                "seed %d, mail %d: it writes a Content-Type or Content-Transfer-Encoding, and there is no MIME-Version",
                seed, i)
            .anyMatch(field -> field.is("MIME-Version"));
      }
    }
  }

  private static Set<HeaderField> contentFields(Mail mail) {
    return mail.message().headers().stream()
        .filter(field -> field.is("Content-Type") || field.is("Content-Transfer-Encoding"))
        .collect(Collectors.toSet());
  }

  @Test
  default void worksForManyThreadsAtOnce() throws InterruptedException, ExecutionException {
    Mailet mailet = mailet();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int thread = 0; thread < 8; thread++) {
        var mails = new RandomMails(thread, this::message);
        all.add(
            threads.submit(() -> {
              for (int i = 0; i < 20; i++) {
                Mail mail = mails.next();
                Outcome outcome = mailet.service(mail);
                assertThat(Fates.problems(mail, outcome)).isEmpty();
              }
            }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
  }

  @Test
  default void closingTwiceIsNoHarm() {
    Mailet mailet = mailet();
    var _ = mailet.service(new RandomMails(3, this::message).next());
    mailet.close();
    mailet.close();
  }

  private static byte[] bytes(Message message) {
    try (InputStream in = message.open()) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
