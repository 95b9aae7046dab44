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

  private final QueuedRecipient row =
      Rows.row(0, 0, Recipient.of(TEAM), new RecipientState.Waiting(new Place("root", "")), NOW);

  /// Where a step has put it is in the rows a moment before the step gives it back.
  @Test
  void restsOnlyWhenItIsGivenBackWhereverItIsByThen() throws Exception {
    Custody custody = custody();
    assertThat(custody.awaitRest(TEAM, Duration.ZERO)).isTrue();
    custody.claimDue(NOW);
    assertThat(custody.awaitRest(TEAM, Duration.ZERO)).isFalse();
    assertThat(custody.awaitRest(MailAddress.of("bob@example.org"), Duration.ZERO)).isTrue();

    var parked = new RecipientState.Parked("held-posts", new Place("held-posts", ""), "kept");
    custody.apply(new Custody.Change(List.of(), Map.of(0, Optional.of(row.moved(parked, NOW)))));
    assertThat(custody.awaitRest(TEAM, Duration.ZERO)).isFalse();

    custody.release(List.of(0));
    assertThat(custody.awaitRest(TEAM, Duration.ZERO)).isTrue();
  }

  private Custody custody() throws IOException {
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
            List.of(row),
            Set.of()),
        contents);
  }
}
