package org.posthorn.app.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.posthorn.spool.DestinationState;
import org.posthorn.storage.queue.QueuedRecipient;

final class QueueViewsTest {
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
    var state =
        new DestinationState(
            "b.example",
            1,
            0,
            Optional.empty(),
            Optional.empty(),
            0,
            20,
            0,
            Optional.empty(),
            Optional.of(answer),
            Optional.empty());
    QueueViews.DestinationView view = QueueViews.DestinationView.of(state);
    assertThat(view.meaning() + " " + view.advice()).contains(meaning);
    assertThat(view.advice().orElseThrow()).contains(advice);
  }
}
