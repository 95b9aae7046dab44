package org.posthorn.senderauth.dkim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 20, unit = TimeUnit.SECONDS)
class KeyQuestionsTest {
  /// Names that nobody answers for take a port each: there are no more of them at a time than that.
  @Test
  void questionsBeyondTheLimitWaitForTheirTurn() {
    var underway = new Semaphore(2);
    var slow = new KeyQuestions(Mails.dns().hangsFor("a.example").hangsFor("b.example"), underway);
    slow.ask("a.example");
    slow.ask("b.example");
    until(() -> underway.availablePermits() == 0);

    var quick = new KeyQuestions(Mails.dns(), underway);
    quick.ask("r1._domainkey.example.org");
    until(underway::hasQueuedThreads);
    underway.release();

    assertThat(quick.answer("r1._domainkey.example.org")).isInstanceOf(KeyAnswer.Found.class);
    assertThat(quick.answer("e1._domainkey.example.org")).isInstanceOf(KeyAnswer.Found.class);
    assertThat(underway.availablePermits()).isEqualTo(1);
  }

  private static void until(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        fail("it takes too long");
      }
      Thread.onSpinWait();
    }
  }
}
