package org.posthorn.senderauth.dkim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.posthorn.mailet.TestDns;

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

  /// A message with many signatures is no hammer for the DNS. Who is asked for first waits for
  /// nobody.
  @Test
  void ofOneMessageFiveAreAskedForAtATime() {
    List<String> names = IntStream.range(0, 10).mapToObj(i -> i + ".example").toList();
    TestDns dns = Mails.dns();
    names.forEach(dns::hangsFor);
    var slow = new KeyQuestions(dns);
    names.forEach(slow::ask);
    until(() -> dns.asked().size() >= 5);
    assertThat(dns.asked()).containsExactlyInAnyOrderElementsOf(names.subList(0, 5));

    TestDns silent = Mails.dns();
    names.forEach(silent::silentFor);
    var quick = new KeyQuestions(silent);
    names.forEach(quick::ask);
    names.forEach(name -> assertThat(quick.answer(name)).isInstanceOf(KeyAnswer.Unknown.class));
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
