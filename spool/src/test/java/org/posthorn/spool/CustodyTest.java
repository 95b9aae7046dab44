package org.posthorn.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.posthorn.mailet.Origin;
import org.posthorn.mailet.Recipient;
import org.posthorn.message.ContentId;
import org.posthorn.message.MailAddress;
import org.posthorn.message.MailId;
import org.posthorn.storage.content.InMemoryContentStore;
import org.posthorn.storage.queue.MailForm;
import org.posthorn.storage.queue.QueuedMail;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;
import org.posthorn.storage.queue.RecipientState.Place;

final class CustodyTest {
  private static final MailAddress TEAM = MailAddress.of("team@example.org");
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");

  private final QueuedRecipient row = row(0);

  /// Where a step has put it is in the rows a moment before the step gives it back.
  @Test
  void restsOnlyWhenItIsGivenBackWhereverItIsByThen() throws Exception {
    Custody custody = custody();
    assertThat(custody.awaitRest(TEAM::equals, Duration.ZERO)).isTrue();
    custody.claimDue(NOW);
    assertThat(custody.awaitRest(TEAM::equals, Duration.ZERO)).isFalse();
    assertThat(custody.awaitRest(MailAddress.of("bob@example.org")::equals, Duration.ZERO))
        .isTrue();

    var parked = new RecipientState.Parked("held-posts", new Place("held-posts", ""), "kept");
    custody.apply(new Custody.Change(List.of(), Map.of(0, Optional.of(row.moved(parked, NOW)))));
    assertThat(custody.awaitRest(TEAM::equals, Duration.ZERO)).isFalse();

    custody.release(List.of(0));
    assertThat(custody.awaitRest(TEAM::equals, Duration.ZERO)).isTrue();
  }

  /// Else the row would come to the store after its form is gone from there.
  @Test
  void isNotFinishedWhileARowIsOnItsWayToTheStore() throws Exception {
    Custody custody = custody(row(0), row(1));
    Custody.Change one = change(Map.of(0, Optional.empty(), 2, Optional.of(row(2))));
    Custody.Change other = change(Map.of(1, Optional.empty()));

    var _ = custody.difference(one, custody.known());
    var _ = custody.difference(other, custody.known());
    assertThat(custody.isFinishedBy(other)).isFalse();

    custody.apply(other);
    custody.apply(one);
    Custody.Change last = change(Map.of(2, Optional.empty()));
    var _ = custody.difference(last, custody.known());
    assertThat(custody.isFinishedBy(last)).isTrue();
  }

  @Test
  void isNotFinishedByAChangeThatWasWithdrawn() throws Exception {
    Custody custody = custody(row(0), row(1));
    Custody.Change one = change(Map.of(0, Optional.empty(), 2, Optional.of(row(2))));
    Custody.Change other = change(Map.of(1, Optional.empty()));
    var _ = custody.difference(one, custody.known());
    custody.withdraw(one);

    var _ = custody.difference(other, custody.known());
    assertThat(custody.isFinishedBy(other)).isFalse();

    custody.apply(other);
    Custody.Change last = change(Map.of(0, Optional.empty()));
    var _ = custody.difference(last, custody.known());
    assertThat(custody.isFinishedBy(last)).isTrue();
    custody.withdraw(last);
    assertThat(custody.isFinishedBy(last)).isFalse();
  }

  private static Custody.Change change(Map<Integer, Optional<QueuedRecipient>> rows) {
    return new Custody.Change(List.of(), rows);
  }

  private static QueuedRecipient row(int number) {
    return Rows.row(
        number, 0, Recipient.of(TEAM), new RecipientState.Waiting(new Place("root", "")), NOW);
  }

  private Custody custody() throws IOException {
    return custody(row);
  }

  private static Custody custody(QueuedRecipient... rows) throws IOException {
    var contents = new InMemoryContentStore();
    ContentId content = contents.write(new ByteArrayInputStream(new byte[0])).id();
    var origin =
        new Origin(Optional.empty(), "client.example", Optional.empty(), "ESMTP", "c1", NOW);
    var form = new MailForm(0, Optional.empty(), content, "", List.of(), Map.of());
    return new Custody(
        new QueuedMail(
            new MailId("m1"),
            Rows.arrival(origin, NewMail.Options.NONE),
            List.of(form),
            List.of(rows),
            Set.of()),
        contents);
  }
}
