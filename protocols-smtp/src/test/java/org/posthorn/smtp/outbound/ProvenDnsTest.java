package org.posthorn.smtp.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/// What is kept of proven answers.
@Timeout(60)
class ProvenDnsTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  private static ScriptedDns saying(Record... records) throws IOException {
    return ScriptedDns.saying((query, overTcp) -> {
      Message reply = ScriptedDns.answer(query, records).getFirst().message();
      reply.getHeader().setFlag(Flags.AD);
      if (!overTcp && reply.numBytes() == 0 && reply.toWire().length > 1_200) {
        reply = ScriptedDns.reply(query);
        reply.getHeader().setFlag(Flags.TC);
      }
      return ScriptedDns.packet(reply);
    });
  }

  private static Record text(String... pieces) throws IOException {
    return new TXTRecord(Name.fromString("a.example."), DClass.IN, 3_600, List.of(pieces));
  }

  private static long timesAsked(Record... records) throws IOException {
    try (ScriptedDns server = saying(records)) {
      ProvenDns dns =
          ProvenDns.byServers(DnsClient.resolver(List.of(server.address()), LONG), LONG);
      for (int i = 0; i < 3; i++) {
        assertThat(dns.ask("a.example", Type.TXT))
            .isEqualTo(new ProvenDns.Answer.Secure("a.example", List.of(records)));
      }
      return server.asked().stream().filter(question -> question.startsWith("udp")).count();
    }
  }

  @Test
  void anAnswerIsKept() throws IOException {
    assertThat(timesAsked(text("x"), text("y"))).isEqualTo(1);
  }

  /// Anybody can have a signed domain, and mail sent to it.
  @Test
  void largeAnswersAreNotKept() throws IOException {
    String[] pieces = Collections.nCopies(200, "x".repeat(250)).toArray(String[]::new);
    assertThat(timesAsked(text(pieces))).as("of 50 KB").isEqualTo(3);
    Record[] small =
        IntStream.range(0, 1_000)
            .mapToObj(i -> {
              try {
                return text(Integer.toString(i));
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            })
            .toArray(Record[]::new);
    assertThat(timesAsked(small)).as("of many records").isEqualTo(3);
  }
}
