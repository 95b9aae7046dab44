package org.posthorn.mailet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

final class ParameterReaderTest {
  private enum Where {
    TOP,
    BOTTOM_UP
  }

  private record Every(
      @Parameter("A.") String text,
      @Parameter(value = "B.", otherwise = "yes") boolean flag,
      @Parameter(value = "C.", otherwise = "7", min = 1, max = 10) int count,
      @Parameter(value = "D.", otherwise = "1MB", max = 5 << 20) long limitBytes,
      @Parameter(value = "E.", otherwise = "90s") Duration longWait,
      @Parameter(value = "F.", otherwise = "0.5") double share,
      @Parameter(value = "G.", otherwise = "bottom-up") Where where,
      @Parameter("H.") Optional<MailAddress> to,
      @Parameter("I.") Optional<AddressPattern> who,
      @Parameter("J.") Optional<Domain> domain,
      @Parameter("K.") Optional<AddressRange> network,
      @Parameter("L.") Optional<URI> hook,
      @Parameter("M.") Optional<Pattern> like,
      @Parameter("N.") Optional<ZoneId> zone,
      @Parameter("O.") Optional<ProcessorName> above,
      @Parameter(value = "P.", otherwise = "a, b") List<String> names,
      @Parameter("Q.") Map<String, Integer> weights) {}

  private record Sender(
      @Parameter("Who.") String who, @Parameter(value = "Whom.", min = 1) List<String> whom) {
    Sender {
      if (whom.contains(who)) {
        throw new IllegalArgumentException("nobody writes to himself");
      }
    }
  }

  private record Deadlines(
      @Parameter(value = "What is late.", min = 1) List<Deadline> deadlines,
      @Parameter("By name.") Map<String, Deadline> named,
      @Parameter("Another.") Optional<Deadline> other) {}

  private record Deadline(
      @Parameter("Whose mail.") List<AddressPattern> senders,
      @Parameter(value = "After which time.", min = 1_000) Duration after) {}

  private record Impossible(@Parameter("Lists.") List<List<String>> lists) {}

  @Test
  void aBlockIsARecordAgain() {
    Deadlines read =
        read(
            Deadlines.class,
            Map.of(
                "deadlines",
                List.of(
                    Map.of("senders", List.of("@example.org", "a@example.net"), "after", "2h"),
                    Map.of("after", "5d")),
                "named",
                Map.of("short", Map.of("after", "1m")),
                "other",
                Map.of("senders", "b@example.org", "after", "3m")));
    assertThat(read.deadlines()).hasSize(2);
    assertThat(read.deadlines().getFirst().senders()).hasSize(2);
    assertThat(read.deadlines().getLast()).isEqualTo(new Deadline(List.of(), Duration.ofDays(5)));
    assertThat(read.named()).containsEntry("short", new Deadline(List.of(), Duration.ofMinutes(1)));
    assertThat(read.other().orElseThrow().after()).isEqualTo(Duration.ofMinutes(3));
    assertThat(read(Deadlines.class, Map.of("deadlines", Map.of("after", "1h"))).deadlines())
        .hasSize(1);
  }

  @Test
  void whatIsWrongInABlockIsNamedWithItsPlace() {
    assertThatThrownBy(() ->
            read(
                Deadlines.class,
                Map.of("deadlines", List.of(Map.of("after", "2h"), Map.of("after", "soon")))))
        .hasMessage(
            "in 'deadlines.2': parameter 'after' is 'soon', but should be a time such as 30m or 5d, at least 1s");
    assertThatThrownBy(
            () -> read(Deadlines.class, Map.of("deadlines", List.of(Map.of("aftr", "2h")))))
        .hasMessage("in 'deadlines.1': parameter 'aftr' is not known: it has senders, after");
    assertThatThrownBy(() -> read(Deadlines.class, Map.of("deadlines", List.of("2h"))))
        .hasMessage(
            "parameter 'deadlines.1' is '2h', but should be a block with senders (an address, or @ with a domain, or several), after (a time such as 30m or 5d, at least 1s)");
    assertThatThrownBy(() -> read(Deadlines.class, Map.of()))
        .hasMessageContaining("It should be one or several of a block with senders");
    assertThatThrownBy(() -> ParameterReader.describe(Impossible.class))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("The component lists of " + Impossible.class.getName())
        .hasMessageContaining("a record whose components have @Parameter");
  }

  @Test
  void readsEveryKind() {
    Every every =
        read(
            Every.class,
            Map.ofEntries(
                Map.entry("text", "x"),
                Map.entry("flag", "off"),
                Map.entry("count", "10"),
                Map.entry("limit", "3 KB"),
                Map.entry("long-wait", "5d"),
                Map.entry("share", "0.25"),
                Map.entry("where", "Top"),
                Map.entry("to", "ann@example.org"),
                Map.entry("who", "@Example.net"),
                Map.entry("domain", "example.com"),
                Map.entry("network", "192.0.2.0/24"),
                Map.entry("hook", "https://example.org/hook"),
                Map.entry("like", "a.*b"),
                Map.entry("zone", "Europe/Berlin"),
                Map.entry("above", "junk"),
                Map.entry("names", List.of("c", "d")),
                Map.entry("weights", Map.of("subject", "2"))));
    assertThat(every.flag).isFalse();
    assertThat(every.count).isEqualTo(10);
    assertThat(every.limitBytes).isEqualTo(3 << 10);
    assertThat(every.longWait).isEqualTo(Duration.ofDays(5));
    assertThat(every.share).isEqualTo(0.25);
    assertThat(every.where).isEqualTo(Where.TOP);
    assertThat(every.to).contains(MailAddress.of("ann@example.org"));
    assertThat(every.who.orElseThrow().fits(MailAddress.of("Bob@EXAMPLE.net"))).isTrue();
    assertThat(every.who.orElseThrow().fits(MailAddress.of("bob@sub.example.net"))).isFalse();
    assertThat(every.network.orElseThrow()).hasToString("192.0.2.0/24");
    assertThat(every.hook).contains(URI.create("https://example.org/hook"));
    assertThat(every.like.orElseThrow().matcher("axxb").matches()).isTrue();
    assertThat(every.above).contains(new ProcessorName("junk"));
    assertThat(every.names).containsExactly("c", "d");
    assertThat(every.weights).containsExactly(Map.entry("subject", 2));
  }

  @Test
  void whatIsNotWrittenIsAsTheRecordSays() {
    Every every = read(Every.class, Map.of("text", "x"));
    assertThat(every.flag).isTrue();
    assertThat(every.count).isEqualTo(7);
    assertThat(every.limitBytes).isEqualTo(1 << 20);
    assertThat(every.longWait).isEqualTo(Duration.ofSeconds(90));
    assertThat(every.where).isEqualTo(Where.BOTTOM_UP);
    assertThat(every.to).isEmpty();
    assertThat(every.names).containsExactly("a", "b");
    assertThat(every.weights).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          count     | 11          | a number from 1 to 10
          count     | many        | a number from 1 to 10
          limit     | 6MB         | a size such as 500KB or 50MB, at most 5MB
          limit     | 9999999999G | a size such as 500KB or 50MB, at most 5MB
          long-wait | 5 parsecs   | a time such as 30m or 5d
          where     | left        | top or bottom-up
          flag      | perhaps     | true or false
          to        | nobody      | an address such as ann@example.org
          who       | @           | an address, or @ with a domain
          network   | 192.0.2.0/99| an IP address or a network such as 192.0.2.0/24
          hook      | hook        | an address such as https://example.org/hook
          like      | a(          | a regular expression
          zone      | Mars/North  | a time zone such as Europe/Berlin
          """)
  void saysWhatIsExpected(String name, String text, String expected) {
    refuses(
        Every.class,
        Map.of("text", "x", name, text),
        "parameter '%s' is '%s', but should be %s".formatted(name, text, expected));
  }

  @Test
  void saysWhatIsMissingUnknownOrTooMuch() {
    refuses(Every.class, Map.of(), "parameter 'text' is missing: A. It should be a text");
    refuses(
        Sender.class,
        Map.of("who", "a"),
        "parameter 'whom' is missing: Whom. It should be a text, or several");
    refuses(
        Sender.class,
        Map.of("who", "a", "whom", "b", "why", "c"),
        "parameter 'why' is not known: it has who, whom");
    refuses(
        Sender.class,
        Map.of("who", List.of("a"), "whom", "b"),
        "parameter 'who' is a list, but should be a text");
    refuses(
        Sender.class,
        Map.of("who", "a", "whom", List.of("b", Map.of("c", "d"))),
        "parameter 'whom' is a block of names and values, but should be a text");
    refuses(
        Every.class,
        Map.of("text", "x", "weights", "heavy"),
        "parameter 'weights' is 'heavy', but should be names, each with a number");
    refuses(
        Office.class,
        Map.of("desks", List.of("Ann")),
        "parameter 'desks.1' is 'Ann', but should be a block with opens (a time of day such as"
            + " 08:00), who (a text), others (an address such as ann@example.org, or several)");
    refuses(
        Every.class,
        Map.of("text", "x", "weights", Map.of("body", "heavy")),
        "parameter 'weights.body' is 'heavy', but should be a number");
    refuses(
        Every.class,
        Map.of("text", "x", "above", "jnuk"),
        "parameter 'above' names the processor jnuk, but there are only junk, root");
    refuses(Sender.class, Map.of("who", "a", "whom", "a"), "nobody writes to himself");
  }

  @Test
  void whatHasNoNameFillsTheComponentsInTheirOrder() {
    Sender sender =
        ParameterReader.read(Sender.class, new Written(Map.of(), List.of("a", "b", "c"), Set.of()));
    assertThat(sender).isEqualTo(new Sender("a", List.of("b", "c")));
    assertThatThrownBy(() ->
            ParameterReader.read(NoParameters.class, new Written(Map.of(), List.of("a"), Set.of())))
        .isInstanceOf(ParameterException.class)
        .hasMessage("it has no use for the argument 'a'");
  }

  @Test
  void tellsWhatThereIs() {
    assertThat(ParameterReader.describe(Sender.class))
        .containsExactly(
            new ParameterReader.Description("who", "a text", false, true, "", "", "Who."),
            new ParameterReader.Description(
                "whom", "a text, or several", false, true, "", "", "Whom."));
    assertThat(ParameterReader.describe(Every.class))
        .hasSize(17)
        .contains(
            new ParameterReader.Description(
                "limit",
                "a size such as 500KB or 50MB, at most 5MB",
                false,
                false,
                "1MB",
                "",
                "D."));
  }

  record Unreadable(@Parameter(value = "A.", otherwise = "many") int limit) {}

  record TooMany(@Parameter(value = "A.", otherwise = "11", max = 10) int limit) {}

  record Nobody(@Parameter(value = "A.", otherwise = "a@example.org, b") List<MailAddress> all) {}

  record Inside(@Parameter("A.") Optional<Unreadable> block) {}

  record Block(@Parameter(value = "A.", otherwise = "Ann") Desk desk) {}

  /// Otherwise who leaves it out would be told of something that he did not write.
  @ParameterizedTest
  @ValueSource(classes = {Unreadable.class, TooMany.class, Nobody.class, Inside.class, Block.class})
  void whatCountsOtherwiseHasToFitToo(Class<? extends Record> type) {
    assertThatThrownBy(() -> ParameterReader.describe(type))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("The component ")
        .hasMessageContaining("otherwise, but that should be ");
  }

  record Picky(@Parameter("A.") String name) {
    Picky {
      if (name.isEmpty()) {
        throw new UnsupportedOperationException("empty");
      }
    }
  }

  @Test
  void whatTheRecordThrowsIsSaid() {
    assertThatThrownBy(() -> read(Picky.class, Map.of("name", "")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "Cannot make a %s: java.lang.UnsupportedOperationException: empty"
                .formatted(Picky.class.getName()));
  }

  private record Reading(
      @Parameter(value = "Fields.", otherwise = "To, Cc", min = 1) List<String> fields) {}

  @Test
  void aListThatIsNeverEmptyMayBeLeftOutWhereItHasADefault() throws ParameterException {
    assertThat(read(Reading.class, Map.of()).fields()).containsExactly("To", "Cc");
    assertThat(ParameterReader.describe(Reading.class).getFirst().required()).isFalse();
  }

  record Office(
      @Parameter(value = "Which.", min = 1) List<Desk> desks,
      @Parameter("The one at night.") Optional<Desk> night) {}

  record Desk(
      @Parameter(value = "When it opens.", example = "08:00") LocalTime opens,
      @Parameter("Who sits there.") String who,
      @Parameter("Whom they stand in for.") List<MailAddress> others) {}

  @Test
  void whatABlockHasIsDescribedPartByPart() {
    ParameterReader.Description desks = ParameterReader.describe(Office.class).getFirst();
    assertThat(desks.parts())
        .extracting(ParameterReader.Description::name)
        .containsExactly("opens", "who", "others");
    assertThat(desks.example()).isEqualTo("[{opens: 08:00, who: …}]");
    assertThat(ParameterReader.describe(Office.class).getLast().example())
        .isEqualTo("{opens: 08:00, who: …}");
    assertThat(desks.parts().getFirst().parts()).isEmpty();
  }

  @Test
  void aTimeOfDay() {
    Map<String, Object> desk = Map.of("opens", "22:30", "who", "Ann");
    assertThat(read(Office.class, Map.of("desks", List.of(desk))).desks())
        .containsExactly(new Desk(LocalTime.of(22, 30), "Ann", List.of()));
    refuses(
        Office.class,
        Map.of("desks", List.of(Map.of("opens", "24:00", "who", "Ann"))),
        "in 'desks.1': parameter 'opens' is '24:00', but should be a time of day such as 08:00");
  }

  /// Whatever is written, either it is read or the operator is told what is wrong.
  @Test
  void refusesAnyNonsenseWithAMessage() {
    long seed = System.nanoTime();
    var random = new Random(seed);
    List<String> names =
        ParameterReader.describe(Every.class).stream()
            .map(ParameterReader.Description::name)
            .filter(name -> !name.equals("text"))
            .toList();
    String[] pieces = {"0", "9", "k", "MB", "@", "a", ".", "/", ":", "(", "[", " ", "-", "ä", "\\"};
    for (int i = 0; i < 5_000; i++) {
      var text = new StringBuilder();
      for (int length = random.nextInt(10); length > 0; length--) {
        text.append(pieces[random.nextInt(pieces.length)]);
      }
      String name = names.get(random.nextInt(names.size()));
      try {
        var _ = read(Every.class, Map.of("text", "x", name, text.toString()));
      } catch (ParameterException e) {
        assertThat(e).as("seed " + seed).hasMessageStartingWith("parameter '");
      }
    }
  }

  private static void refuses(Class<? extends Record> type, Map<String, ?> named, String why) {
    assertThatThrownBy(() -> read(type, named))
        .isInstanceOf(ParameterException.class)
        .hasMessage(why);
  }

  private static <P extends Record> P read(Class<P> type, Map<String, ?> named) {
    return ParameterReader.read(type, new Written(named, List.of(), Set.of("root", "junk")));
  }
}
