package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Outcome;
import org.posthorn.message.MailId;
import org.posthorn.spool.QueueAdministration.Condition;
import org.posthorn.spool.QueueAdministration.Done;
import org.posthorn.spool.QueueAdministration.Entry;
import org.posthorn.spool.QueueAdministration.EntryPage;
import org.posthorn.spool.QueueAdministration.Filter;
import org.posthorn.storage.queue.QueueCounts;

final class QueueAdministrationTest {
  private final Rig rig =
      new Rig(
          """
          root -> drop
            Relay if To(.example)
            Chance
            Keep
          bounces -> drop
            Bounce
          dead-letters -> keep
          """);
  private final QueueAdministration queue = rig.spool.administration();
  private final MailId early;
  private final MailId late;

  QueueAdministrationTest() {
    rig.carrier.answer(ScriptedCarrier.deferred());
    rig.mailets.put("Chance", _ -> new Outcome.Retry("not now"));
    early = rig.accept("ann@example.org", "x@one.example", "y@two.example", "bob@example.org");
    rig.clock.pass(Duration.ofMinutes(1));
    late = rig.accept("", "Z@one.example");
  }

  @Test
  void counts() {
    assertThat(queue.count()).isEqualTo(new QueueCounts(2, 1, 3, 0, 0));
  }

  @Test
  void findsBySenderRecipientDestinationStateAndAge() {
    assertThat(found(Filter.ALL)).containsExactly("x", "y", "bob", "Z");
    assertThat(found(filter("ANN@", "", "", null, null))).containsExactly("x", "y", "bob");
    assertThat(found(filter("<>", "", "", null, null))).containsExactly("Z");
    assertThat(found(filter("", "z@", "", null, null))).containsExactly("Z");
    assertThat(found(filter("", "", "ONE.example", null, null))).containsExactly("x", "Z");
    assertThat(found(filter("", "", "", Condition.WAITING, null))).containsExactly("bob");
    assertThat(found(filter("", "", "", null, Duration.ofSeconds(30))))
        .containsExactly("x", "y", "bob");
    assertThat(found(filter("ann", "x@", "two.example", null, null))).isEmpty();
  }

  @Test
  void listsInPages() {
    EntryPage first = queue.list(Filter.ALL, Optional.empty(), 1);
    assertThat(first.entries()).hasSize(1);
    EntryPage second = queue.list(Filter.ALL, first.next(), 1);
    assertThat(second.entries().stream().map(Entry::id)).containsExactly(late);
    EntryPage third = queue.list(Filter.ALL, second.next(), 1);
    assertThat(third.entries()).isEmpty();
    assertThat(third.next()).isEmpty();
  }

  @Test
  void triesAgainNow() {
    int loads = rig.carrier.loads().size();
    assertThat(queue.retry(early, filter("", "", "one.example", null, null)))
        .isEqualTo(new Done(1, 0));
    rig.drain();
    assertThat(rig.carrier.loads()).hasSize(loads + 1);
    assertThat(rig.carrier.loads().getLast().domain().ascii()).isEqualTo("one.example");
  }

  @Test
  void whatIsHeldStaysUntilItIsReleased() {
    assertThat(queue.hold(early, Filter.ALL)).isEqualTo(new Done(3, 0));
    assertThat(queue.hold(early, Filter.ALL)).isEqualTo(new Done(0, 0));
    assertThat(queue.count()).isEqualTo(new QueueCounts(2, 0, 1, 3, 0));
    int loads = rig.carrier.loads().size();
    rig.clock.pass(Duration.ofMinutes(2));
    rig.restart();
    rig.drain();
    assertThat(rig.carrier.loads()).hasSize(loads);
    assertThat(rig.spool.administration().release(early, Filter.ALL)).isEqualTo(new Done(3, 0));
    rig.carrier.answer((_, _) -> new Carrier.Answer.Delivered("mx", "250", true));
    rig.mailets.put("Chance", Outcome.Continue::new);
    rig.drain();
    assertThat(rig.deliveredTo()).containsExactly("bob@example.org");
    assertThat(rig.queue.find(early)).isEmpty();
    rig.assertSound();
  }

  @Test
  void whatIsDroppedIsGoneAndNobodyIsTold() {
    assertThat(queue.drop(early, filter("", "bob", "", null, null))).isEqualTo(new Done(1, 0));
    assertThat(found(Filter.ALL)).containsExactly("x", "y", "Z");
    assertThat(queue.drop(early, Filter.ALL)).isEqualTo(new Done(2, 0));
    assertThat(queue.drop(early, Filter.ALL)).isEqualTo(new Done(0, 0));
    assertThat(queue.drop(late, Filter.ALL)).isEqualTo(new Done(1, 0));
    rig.drain();
    assertThat(rig.delivered).isEmpty();
    rig.assertEmpty();
  }

  @Test
  void showsAllThatIsKnown() {
    assertThat(queue.show(early).orElseThrow().recipients()).hasSize(3);
    assertThat(queue.show(new MailId("nobody"))).isEmpty();
  }

  private List<String> found(Filter filter) {
    List<String> names = new ArrayList<>();
    queue
        .list(filter, Optional.empty(), 100)
        .entries()
        .forEach(entry -> entry.recipients().forEach(row -> names.add(row.address().localPart())));
    return names;
  }

  private static Filter filter(
      String sender,
      String recipient,
      String destination,
      @Nullable Condition condition,
      @Nullable Duration age) {
    return new Filter(
        optional(sender),
        optional(recipient),
        optional(destination),
        Optional.ofNullable(condition),
        Optional.ofNullable(age));
  }

  private static Optional<String> optional(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }
}
