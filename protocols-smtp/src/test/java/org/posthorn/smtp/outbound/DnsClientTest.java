package org.posthorn.smtp.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.posthorn.mailet.Dns.Answer;
import org.posthorn.smtp.outbound.ScriptedDns.Packet;
import org.posthorn.smtp.outbound.ScriptedDns.Script;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.Credibility;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/// The DNS client beside servers that are slow, dead, broken and lying.
@Timeout(120)
class DnsClientTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofSeconds(2);
  private static final Answer<String> RIGHT = new Answer.Records<>(List.of("right"));

  private static DnsClient client(Duration timeout, ScriptedDns... servers) {
    return new DnsClient(List.of(servers).stream().map(ScriptedDns::address).toList(), timeout);
  }

  private static Record txt(String name, long seconds, String... texts) throws IOException {
    return new TXTRecord(Name.fromString(name, Name.root), DClass.IN, seconds, List.of(texts));
  }

  private static List<Packet> right(Message query) throws IOException {
    return ScriptedDns.answer(query, txt(query.getQuestion().getName().toString(), 60, "right"));
  }

  /// Such as by DHCP, after the start.
  @Test
  void asksTheServersThatTheSystemHasNow() throws IOException {
    var wantsSignatures = new AtomicBoolean();
    try (ScriptedDns before = ScriptedDns.saying((query, _) -> right(query));
        ScriptedDns after =
            ScriptedDns.saying((query, _) -> {
              wantsSignatures.set((query.getOPT().getFlags() & ExtendedFlags.DO) != 0);
              return right(query);
            })) {
      var system = new AtomicReference<>(List.of(before.address()));
      var nanos = new AtomicLong(Long.MAX_VALUE - 5);
      var resolver =
          new SystemNameServers(system::get, nanos::get, now -> DnsClient.inTurn(now, LONG));
      resolver.setEDNS(0, 1_232, ExtendedFlags.DO);
      Message query =
          Message.newQuery(Record.newRecord(Name.fromString("a.example."), Type.TXT, DClass.IN));
      assertThat(resolver.send(query).getSection(Section.ANSWER)).hasSize(1);
      system.set(List.of(after.address()));
      assertThat(resolver.send(query).getSection(Section.ANSWER)).hasSize(1);
      assertThat(before.asked()).hasSize(2);
      nanos.addAndGet(Duration.ofSeconds(61).toNanos());
      assertThat(resolver.send(query).getSection(Section.ANSWER)).hasSize(1);
      assertThat(before.asked()).hasSize(2);
      assertThat(after.asked()).hasSize(1);
      assertThat(wantsSignatures).isTrue();
    }
  }

  @Test
  void asksTheServersThatTheSystemHadWhereItDoesNotTell() throws IOException {
    try (ScriptedDns server = ScriptedDns.saying((query, _) -> right(query))) {
      var tells = new AtomicBoolean(true);
      var nanos = new AtomicLong();
      var resolver =
          new SystemNameServers(
              () -> {
                if (!tells.get()) {
                  throw new IllegalStateException("The file is being written");
                }
                return List.of(server.address());
              },
              nanos::get,
              now -> DnsClient.inTurn(now, LONG));
      tells.set(false);
      nanos.addAndGet(Duration.ofSeconds(61).toNanos());
      Message query =
          Message.newQuery(Record.newRecord(Name.fromString("a.example."), Type.TXT, DClass.IN));
      assertThat(resolver.send(query).getSection(Section.ANSWER)).hasSize(1);
    }
  }

  @Test
  void anAnswerIsKeptAsLongAsItAllows() throws IOException {
    try (ScriptedDns server =
        ScriptedDns.saying((query, _) -> {
          String name = query.getQuestion().getName().toString();
          long seconds = name.startsWith("second") ? 1 : 86_400;
          return ScriptedDns.answer(query, txt(name, seconds, "x"));
        })) {
      DnsClient client = client(LONG, server);
      for (int i = 0; i < 5; i++) {
        assertThat(client.texts("DAY.example").found()).containsExactly("x");
        assertThat(client.texts("day.example").found()).containsExactly("x");
      }
      assertThat(server.asked()).containsExactly("udp DAY.example. TXT");
      while (server.asked().size() < 3) {
        assertThat(client.texts("second.example").found()).containsExactly("x");
      }
    }
  }

  @Test
  void thatThereIsNothingIsKeptAsLongAsTheZoneAllows() throws IOException {
    try (ScriptedDns server =
        ScriptedDns.saying((query, _) -> {
          String name = query.getQuestion().getName().toString();
          int rcode = name.contains("empty") ? Rcode.NOERROR : Rcode.NXDOMAIN;
          return name.startsWith("unsaid")
              ? ScriptedDns.packet(withRcode(ScriptedDns.reply(query), rcode))
              : ScriptedDns.nothing(query, rcode, name.startsWith("short") ? 1 : 3600);
        })) {
      DnsClient client = client(LONG, server);
      for (int i = 0; i < 3; i++) {
        assertThat(client.texts("gone.example")).isInstanceOf(Answer.NoSuchName.class);
        assertThat(client.texts("empty.example")).isEqualTo(new Answer.Records<>(List.of()));
      }
      assertThat(server.asked()).hasSize(2);
      for (int i = 0; i < 3; i++) {
        assertThat(client.texts("unsaid.example")).isInstanceOf(Answer.NoSuchName.class);
      }
      assertThat(server.asked()).as("without SOA nothing is kept (RFC 2308 §5)").hasSize(5);
      while (Collections.frequency(server.asked(), "udp short.example. TXT") < 2) {
        assertThat(client.texts("short.example")).isInstanceOf(Answer.NoSuchName.class);
      }
    }
  }

  private static Message withRcode(Message reply, int rcode) {
    reply.getHeader().setRcode(rcode);
    return reply;
  }

  @Test
  void failuresAreNotKept() throws IOException {
    var failing = new AtomicBoolean(true);
    try (ScriptedDns server =
        ScriptedDns.saying((query, _) ->
            failing.get()
                ? ScriptedDns.packet(withRcode(ScriptedDns.reply(query), Rcode.SERVFAIL))
                : right(query))) {
      DnsClient client = client(SHORT, server);
      assertThat(client.texts("a.example").isUnknown()).isTrue();
      failing.set(false);
      assertThat(client.texts("a.example")).isEqualTo(RIGHT);
    }
  }

  @Test
  void whatIsKeptHasABound() throws IOException {
    List<String> pieces = Collections.nCopies(200, "x".repeat(250));
    try (ScriptedDns server =
        ScriptedDns.saying((query, overTcp) -> {
          String name = query.getQuestion().getName().toString();
          if (name.startsWith("many")) {
            return overTcp ? ScriptedDns.answer(query, many(name)) : truncated(query);
          }
          if (name.startsWith("huge")) {
            return overTcp
                ? ScriptedDns.answer(query, txt(name, 3600, pieces.toArray(String[]::new)))
                : truncated(query);
          }
          return right(query);
        })) {
      DnsClient client = client(LONG, server);
      for (int i = 0; i < 2; i++) {
        assertThat(client.texts("huge.example").found()).containsExactly(String.join("", pieces));
      }
      assertThat(Collections.frequency(server.asked(), "tcp huge.example. TXT"))
          .as("50 KB are not kept")
          .isEqualTo(2);
      for (int i = 0; i < 2; i++) {
        assertThat(client.texts("many.example").found()).hasSize(1_000);
      }
      assertThat(Collections.frequency(server.asked(), "tcp many.example. TXT"))
          .as("a thousand records are not kept, small as they may be")
          .isEqualTo(2);
      for (int i = 0; i < KeptAnswers.NAMES_MAX + 100; i++) {
        assertThat(client.texts("n" + i + ".example")).isEqualTo(RIGHT);
      }
      int before = server.asked().size();
      assertThat(client.texts("n" + (KeptAnswers.NAMES_MAX + 99) + ".example")).isEqualTo(RIGHT);
      assertThat(client.texts("n0.example")).isEqualTo(RIGHT);
      assertThat(server.asked()).as("the oldest has gone").hasSize(before + 1);
    }
  }

  /// By a clock that was ahead what is kept would count until the day that it had shown.
  @Test
  void keepsNothingWhenTheClockIsSetBack() {
    var now = new AtomicReference<>(Instant.now());
    var kept = new KeptAnswers(now::get);
    Name name = Name.fromConstantString("mx.example.");
    kept.addRRset(
        new RRset(new ARecord(name, DClass.IN, 3_600, InetAddress.ofLiteral("192.0.2.1"))),
        Credibility.NORMAL);
    assertThat(kept.lookupRecords(name, Type.A, Credibility.NORMAL).isSuccessful()).isTrue();
    now.updateAndGet(time -> time.minusSeconds(30));
    assertThat(kept.lookupRecords(name, Type.A, Credibility.NORMAL).isSuccessful()).isTrue();
    now.updateAndGet(time -> time.minusSeconds(3_600));
    assertThat(kept.lookupRecords(name, Type.A, Credibility.NORMAL).isSuccessful()).isFalse();
  }

  private static Record[] many(String name) throws IOException {
    Record[] records = new Record[1_000];
    for (int i = 0; i < records.length; i++) {
      records[i] = txt(name, 3600, Integer.toString(i));
    }
    return records;
  }

  private static List<Packet> truncated(Message query) {
    Message reply = ScriptedDns.reply(query);
    reply.getHeader().setFlag(Flags.TC);
    return ScriptedDns.packet(reply);
  }

  @Test
  void whatIsTruncatedIsAskedForByTcp() throws IOException {
    try (ScriptedDns server =
        ScriptedDns.saying((query, overTcp) -> overTcp ? right(query) : truncated(query))) {
      assertThat(client(LONG, server).texts("a.example")).isEqualTo(RIGHT);
      assertThat(server.asked()).containsExactly("udp a.example. TXT", "tcp a.example. TXT");
    }
  }

  @Test
  void aServerThatRefusesEdnsIsAskedWithout() throws IOException {
    try (ScriptedDns server =
        ScriptedDns.saying((query, _) ->
            query.getOPT() == null
                ? right(query)
                : ScriptedDns.packet(withRcode(ScriptedDns.reply(query), Rcode.FORMERR)))) {
      assertThat(client(LONG, server).texts("a.example")).isEqualTo(RIGHT);
    }
  }

  /// A liar never gets his answer believed; whether the right one is still heard depends on what he
  /// did, but mail goes on either way.
  private static void believesNothingOf(Script liar) throws IOException {
    try (ScriptedDns server = ScriptedDns.saying(liar)) {
      Answer<String> answer = client(SHORT, server).texts("a.example");
      assertThat(answer.found()).doesNotContain("wrong");
      assertThat(answer).isNotInstanceOf(Answer.NoSuchName.class);
    }
    try (ScriptedDns lying = ScriptedDns.saying(liar);
        ScriptedDns honest = ScriptedDns.saying((query, _) -> right(query))) {
      assertThat(client(LONG, lying, honest).texts("a.example")).isEqualTo(RIGHT);
    }
  }

  private static List<Packet> wrong(Message query) throws IOException {
    return ScriptedDns.answer(query, txt("a.example", 60, "wrong"));
  }

  @Test
  void anAnswerOfAnotherIdIsNone() throws IOException {
    believesNothingOf((query, _) -> {
      Message reply = wrong(query).getFirst().message();
      reply.getHeader().setID((query.getHeader().getID() + 1) & 0xFFFF);
      return ScriptedDns.packet(reply);
    });
  }

  @Test
  void anAnswerToAnotherQuestionIsNone() throws IOException {
    for (Record other :
        List.of(
            Record.newRecord(Name.fromConstantString("b.example."), Type.TXT, DClass.IN),
            Record.newRecord(Name.fromConstantString("a.example."), Type.A, DClass.IN))) {
      believesNothingOf((query, _) -> {
        Message reply = wrong(query).getFirst().message();
        reply.removeAllRecords(Section.QUESTION);
        reply.addRecord(other, Section.QUESTION);
        return ScriptedDns.packet(reply);
      });
    }
  }

  @Test
  void anAnswerFromElsewhereIsNone() throws IOException {
    try (ScriptedDns server =
        ScriptedDns.saying((query, _) ->
            List.of(
                new Packet(wrong(query).getFirst().message(), /* fromElsewhere= */ true),
                right(query).getFirst()))) {
      assertThat(client(LONG, server).texts("a.example")).isEqualTo(RIGHT);
    }
  }

  @Test
  void recordsOfOtherNamesAreNeitherAnswersNorKept() throws IOException {
    try (ScriptedDns server =
        ScriptedDns.saying((query, _) -> {
          Message reply = right(query).getFirst().message();
          reply.addRecord(txt("victim.example", 86_400, "wrong"), Section.ANSWER);
          reply.addRecord(txt("victim.example", 86_400, "wrong"), Section.AUTHORITY);
          reply.addRecord(txt("victim.example", 86_400, "wrong"), Section.ADDITIONAL);
          return ScriptedDns.packet(
              query.getQuestion().getName().toString().startsWith("victim")
                  ? right(query).getFirst().message()
                  : reply);
        })) {
      DnsClient client = client(LONG, server);
      assertThat(client.texts("a.example").found()).doesNotContain("wrong");
      assertThat(client.texts("victim.example")).isEqualTo(RIGHT);
    }
  }

  @Test
  void aliasesThatLeadNowhereEnd() throws IOException {
    try (ScriptedDns server =
        ScriptedDns.saying((query, _) -> {
          Name name = query.getQuestion().getName();
          String next =
              switch (name.toString()) {
                case "a.loop." -> "b.loop.";
                case "b.loop." -> "a.loop.";
                case "self.loop." -> "self.loop.";
                default ->
                    "n" + (Integer.parseInt(name.getLabelString(0).substring(1)) + 1) + ".chain.";
              };
          return ScriptedDns.answer(
              query, new CNAMERecord(name, DClass.IN, 60, Name.fromString(next)));
        })) {
      DnsClient client = client(LONG, server);
      for (String name : List.of("a.loop", "self.loop", "n0.chain")) {
        assertThat(client.texts(name).found()).as(name).isEmpty();
        assertThat(client.texts(name).isUnknown()).as(name).isTrue();
      }
      assertThat(server.asked()).hasSizeLessThan(60);
    }
  }

  @Test
  void aDeadServerCostsTimeAndNoAnswer() throws IOException {
    try (ScriptedDns silent = ScriptedDns.saying((_, _) -> List.of());
        ScriptedDns alive = ScriptedDns.saying((query, _) -> right(query))) {
      assertThat(client(SHORT, silent).texts("a.example").isUnknown()).isTrue();
      assertThat(client(LONG, silent, alive).texts("a.example")).isEqualTo(RIGHT);
    }
    ScriptedDns gone = ScriptedDns.saying((query, _) -> right(query));
    InetSocketAddress nobody = gone.address();
    gone.close();
    assertThat(new DnsClient(List.of(nobody), SHORT).texts("a.example").isUnknown()).isTrue();
  }

  @Test
  void manyAskAtOnce() throws IOException, InterruptedException, ExecutionException {
    try (ScriptedDns server = ScriptedDns.saying((query, _) -> right(query))) {
      DnsClient client = client(LONG, server);
      List<FutureTask<Answer<String>>> questions = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        String name = "n" + i % 150 + ".example";
        var question = new FutureTask<>(() -> client.texts(name));
        Thread.ofVirtual().start(question);
        questions.add(question);
      }
      for (FutureTask<Answer<String>> question : questions) {
        assertThat(question.get()).isEqualTo(RIGHT);
      }
    }
  }
}
