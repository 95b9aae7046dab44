package org.posthorn.mailet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// What every matcher promises; see [MailetContract].
public interface MatcherContract {
  int MAILS = 150;

  /// The matcher, ready for work.
  Matcher matcher();

  /// A message of the kind that the matcher is given.
  default Message message(byte[] bytes) {
    return HeapMessage.of(bytes);
  }

  @Test
  default void choosesAmongTheRecipientsOfAnyMailAndAlwaysTheSame() {
    long seed = System.nanoTime();
    var mails = new RandomMails(seed, this::message);
    Matcher matcher = matcher();
    for (int i = 0; i < MAILS; i++) {
      Mail mail = mails.next();
      List<Recipient> chosen = matcher.match(mail);
      assertThat(mail.recipients()).as("seed %d, mail %d", seed, i).containsAll(chosen);
      assertThat(chosen).as("seed %d, mail %d", seed, i).doesNotHaveDuplicates();
      assertThat(matcher.match(mail)).as("seed %d, mail %d", seed, i).isEqualTo(chosen);
    }
  }

  @Test
  default void choosesNobodyAmongNobody() {
    var mails = new RandomMails(1, this::message);
    assertThat(matcher().match(mails.next().withRecipients(List.of()))).isEmpty();
  }

  @Test
  default void worksForManyThreadsAtOnce() throws InterruptedException, ExecutionException {
    Matcher matcher = matcher();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int thread = 0; thread < 8; thread++) {
        var mails = new RandomMails(thread, this::message);
        all.add(
            threads.submit(() -> {
              for (int i = 0; i < 20; i++) {
                Mail mail = mails.next();
                assertThat(mail.recipients()).containsAll(matcher.match(mail));
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
    Matcher matcher = matcher();
    var _ = matcher.match(new RandomMails(3, this::message).next());
    matcher.close();
    matcher.close();
  }
}
