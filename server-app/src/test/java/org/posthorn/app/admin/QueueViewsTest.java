package org.posthorn.app.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;
import org.posthorn.spool.Carrier;
import org.posthorn.spool.DestinationState;
import org.posthorn.storage.queue.QueuedRecipient;
import org.posthorn.storage.queue.RecipientState;

final class QueueViewsTest {
  private static final RecipientState ELSEWHERE =
      new RecipientState.Outgoing(Domain.of("b.example"), Optional.empty());

  /// Our own words are explained as those of servers are; where none was asked, the ways out of it
  /// are said too.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          4.7.5 | smart.example | TLS failed: its certificate has expired; the operator requires it of this server | not prove | renew
          4.4.2 | '' | Lost the connection to smart.example [192.0.2.1]:465 at the greeting: it said nothing for 300 s | broke off | tls: implicit
          4.4.2 | '' | Lost the connection to smart.example [192.0.2.1]:465 at the greeting: it said nothing for 300 s | broke off | queue reroute
          4.7.5 | '' | The MTA-STS policy of b.example does not name its mail server mx.c.example | MTA-STS | queue reroute
          4.4.1 | '' | Could not connect to smart.example [192.0.2.1]:25: Connection refused | No server | queue reroute
          4.4.3 | '' | no DNS server answered for b.example | outbound.dns.servers | queue reroute
          5.7.1 | '' | That firm is closed | back to its sender | queue route
          """)
  void saysWhatToDo(String status, String remote, String text, String meaning, String advice) {
    var answer =
        new QueuedRecipient.Answer(
            status,
            Optional.of(remote).filter(host -> !host.isEmpty()),
            text,
            Instant.EPOCH,
            status.startsWith("5"),
            Optional.empty());
    QueueViews.DestinationView view = view(answer, Optional.empty(), List.of());
    assertThat(view.meaning() + " " + view.advice()).contains(meaning);
    assertThat(view.advice().orElseThrow()).contains(advice);
    assertThat(recipient(answer, ELSEWHERE)).isEqualTo(List.of(view.meaning(), view.advice()));
  }

  /// Nothing is tried, whatever was said before.
  @Test
  void saysOfWhatIsHeldThatNothingIsTried() {
    var answer =
        new QueuedRecipient.Answer(
            "4.4.3", Optional.empty(), "no DNS server answered", Instant.EPOCH, false);
    List<Optional<String>> said = recipient(answer, new RecipientState.Held(ELSEWHERE));
    assertThat(said.getFirst().orElse("")).doesNotContain("tried again by itself");
    assertThat(said.getLast().orElseThrow())
        .contains("posthorn queue release")
        .doesNotContain("reroute");
  }

  /// What is said of a recipient that is on its way there, or was.
  private static List<Optional<String>> recipient(
      QueuedRecipient.Answer answer, RecipientState state) {
    var row =
        new QueuedRecipient(
            0,
            0,
            MailAddress.of("x@b.example"),
            Optional.empty(),
            Set.of(),
            state,
            0,
            Instant.EPOCH,
            Optional.of(answer),
            false);
    var way =
        new Carrier.Way(
            "b.example", "b.example", "", Carrier.Pace.USUAL, false, 0, Optional.empty());
    var view = QueueViews.RecipientView.explained(row, Optional.of(way));
    return List.of(view.meaning(), view.advice());
  }

  /// It is there, and lets nobody in.
  @Test
  void saysThatALoginIsRefusedAndHowToGoOn() {
    var answer =
        new QueuedRecipient.Answer(
            "4.7.8",
            Optional.of("smart.example"),
            "Login failed: 535 5.7.8 Wrong",
            Instant.EPOCH,
            false);
    var ann = door("ann", Optional.of(Instant.EPOCH), Optional.of(answer));
    QueueViews.DestinationView view = view(answer, Optional.of(Instant.EPOCH), List.of(ann));
    assertThat(view.state()).isEqualTo("shut out");
    assertThat(view.meaning().orElseThrow()).contains("does not let this server in");
    assertThat(view.advice().orElseThrow())
        .contains("outbound.credentials", "posthorn reload", "posthorn queue flush");
    var ben = door("ben", Optional.empty(), Optional.empty());
    view = view(answer, Optional.empty(), List.of(ann, ben));
    assertThat(view.state()).isEqualTo("shut out in part");
    assertThat(view.doors().getFirst().state()).isEqualTo("shut out");
    assertThat(view.doors().getFirst().advice().orElseThrow()).contains("outbound.credentials");
    assertThat(view.doors().getLast().state()).isEqualTo("open");
    assertThat(view.doors().getLast().advice()).isEmpty();
    var usual =
        new DestinationState.Door(Optional.empty(), 1, 1, ann.leftAloneUntil(), ann.answer());
    view = view(answer, Optional.of(Instant.EPOCH), List.of(usual));
    assertThat(view.state()).isEqualTo("unproven");
    assertThat(view.doors().getFirst().as()).isEqualTo("usual mail");
  }

  private static DestinationState.Door door(
      String name, Optional<Instant> leftAloneUntil, Optional<QueuedRecipient.Answer> answer) {
    return new DestinationState.Door(
        Optional.of(name), 1, answer.isPresent() ? 1 : 0, leftAloneUntil, answer);
  }

  private static QueueViews.DestinationView view(
      QueuedRecipient.Answer answer,
      Optional<Instant> leftAloneUntil,
      List<DestinationState.Door> doors) {
    return QueueViews.DestinationView.of(
        new DestinationState(
            "b.example",
            1,
            0,
            Optional.empty(),
            Optional.empty(),
            0,
            20,
            0,
            leftAloneUntil,
            Optional.of(answer),
            Optional.empty(),
            doors));
  }
}
